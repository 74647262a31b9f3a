import Calendar
import Streams

/// Which events a lane has seen, in 24 bytes each: a hash of 96 bits of the sender's source and id,
/// the trigger instance that the first copy gave, and the beginning of its body's digest. Kept
/// sorted, with a small tail that is merged in now and then.
///
/// That two different ids among some million share 96 bits is as likely as a disk that lies.
struct SeenTable: Sendable {
  struct Entry: Sendable {
    /// The first 64 bits of the hash.
    let high: UInt64
    /// The other 32, and the seconds of the trigger instance's id.
    let middle: UInt64
    /// The offset in that id (32 bits), its ordinal (8), 24 bits of the digest.
    let low: UInt64

    static let byteCount = 24

    var seconds: UInt32 { UInt32(truncatingIfNeeded: middle) }

    func isBefore(_ other: Entry) -> Bool {
      high != other.high ? high < other.high : middle >> 32 < other.middle >> 32
    }

    func isSame(_ other: Entry) -> Bool {
      high == other.high && middle >> 32 == other.middle >> 32
    }
  }

  private static let tailMax = 256

  private var sorted: [Entry] = []
  private var tail: [Entry] = []

  var count: Int { sorted.count + tail.count }

  /// The entry of the same hash, if there is one.
  func entry(like wanted: Entry) -> Entry? {
    for entry in tail where entry.isSame(wanted) { return entry }
    var low = 0
    var high = sorted.count
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle].isBefore(wanted) { low = middle + 1 } else { high = middle }
    }
    return low < sorted.count && sorted[low].isSame(wanted) ? sorted[low] : nil
  }

  /// - Precondition: there is none of the same hash.
  mutating func insert(_ entry: Entry) {
    tail.append(entry)
    if tail.count >= Self.tailMax { merge() }
  }

  /// Takes many at once, in any order.
  mutating func insert(contentsOf entries: [Entry]) {
    tail += entries
    if tail.count >= Self.tailMax { merge() }
  }

  mutating func removeAll(where isGone: (Entry) -> Bool) {
    sorted.removeAll(where: isGone)
    tail.removeAll(where: isGone)
  }

  /// The entries that are wanted, in the order of their hashes.
  func filtered(_ isWanted: (Entry) -> Bool) -> [Entry] {
    (sorted.filter(isWanted) + tail.filter(isWanted)).sorted { $0.isBefore($1) }
  }

  private mutating func merge() {
    tail.sort { $0.isBefore($1) }
    var merged: [Entry] = []
    merged.reserveCapacity(count)
    var place = 0
    for entry in tail {
      while place < sorted.count, sorted[place].isBefore(entry) {
        merged.append(sorted[place])
        place += 1
      }
      merged.append(entry)
    }
    merged += sorted[place...]
    sorted = merged
    tail.removeAll(keepingCapacity: true)
  }
}

extension SeenTable.Entry {
  init(hash: (high: UInt64, low: UInt32), id: Identifier, digest: UInt32) {
    high = hash.high
    middle = UInt64(hash.low) << 32 | UInt64(id.seconds)
    low =
      UInt64(id.offset) << 32 | UInt64(min(id.ordinal, 0xff)) << 24 | UInt64(digest & 0xff_ffff)
  }

  /// The trigger instance of the first copy.
  func id(lane: Lane) -> Identifier {
    Root(
      time: Instant(seconds: Int64(seconds)), lane: lane, topic: .events, offset: Int64(low >> 32)
    ).identifier(UInt32(truncatingIfNeeded: low >> 24) & 0xff)
  }

  var digest: UInt32 { UInt32(truncatingIfNeeded: low) & 0xff_ffff }
}
