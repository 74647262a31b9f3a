public import Calendar
import JSON
public import Streams

/// The events that a lane has seen by their sender's source and id, so that a second copy gives no
/// second trigger instance. They are let go in segments of ten minutes: after `window`, or when
/// there are more than `idsMax`, whichever comes first.
///
/// A checkpoint holds them in chunks; what was added since the last one is a chunk more.
public struct SeenEvents: Sendable {
  static let segmentSeconds: Int64 = 600
  /// Ids in one chunk of a checkpoint: 128 KiB as text.
  static let chunkMax = 4_096

  public struct First: Sendable, Equatable {
    public let id: Identifier
    /// The first 24 bits of the body's digest, as hexadecimal digits.
    public let digest: String
  }

  private struct Segment {
    var count = 0
    /// Chunks that the checkpoint has.
    var chunkCount = 0
    /// What it does not have yet.
    var unsaved: [SeenTable.Entry] = []
    /// Whether something that it has is gone.
    var isRewritten = false
  }

  public let window: Duration
  public let idsMax: Int
  private var table = SeenTable()
  private var segments: [Int64: Segment] = [:]
  /// Segments that were let go since the last save, with the chunks that the checkpoint has.
  private var dropped: [Int64: Int] = [:]

  public init(window: Duration = .seconds(86_400), idsMax: Int = 65_536) {
    self.window = window
    self.idsMax = idsMax
  }

  public var count: Int { table.count }

  /// The first copy of an event of a lane, if it is still remembered at that time.
  public func first(
    _ source: String, _ senderID: String, at time: Instant, lane: Lane
  ) -> First? {
    guard count > 0,
      let entry = table.entry(like: SeenTable.Entry(source, senderID)),
      Self.segment(of: entry) >= Self.segment(of: time - window)
    else { return nil }
    return First(id: entry.id(lane: lane), digest: Self.digits(entry.digest))
  }

  public mutating func insert(
    _ source: String, _ senderID: String, id: Identifier, digest: String, at time: Instant
  ) {
    let oldest = Self.segment(of: time - window)
    if segments.keys.contains(where: { $0 < oldest }) { drop { $0 < oldest } }
    let entry = SeenTable.Entry(source, senderID, id: id, digest: Self.number(digest))
    guard table.entry(like: entry) == nil else { return }
    table.insert(entry)
    segments[Self.segment(of: entry), default: Segment()].count += 1
    segments[Self.segment(of: entry)]!.unsaved.append(entry)
    while count > idsMax { shorten() }
  }

  /// Lets go of the oldest segment, or of half of the only one.
  private mutating func shorten() {
    guard let oldest = segments.keys.min() else { return }
    guard segments.count == 1 else { return drop { $0 == oldest } }
    let all = table.filtered { _ in true }.sorted {
      ($0.seconds, $0.low) < ($1.seconds, $1.low)
    }
    table = SeenTable()
    table.insert(contentsOf: Array(all[((all.count + 1) / 2)...]))
    segments[oldest]!.count = table.count
    segments[oldest]!.isRewritten = true
  }

  private mutating func drop(_ isGone: (Int64) -> Bool) {
    for segment in segments.keys.filter(isGone) {
      dropped[segment] = max(
        dropped[segment] ?? 0, segments.removeValue(forKey: segment)!.chunkCount)
    }
    table.removeAll { isGone(Self.segment(of: $0)) }
  }

  private static func segment(of time: Instant) -> Int64 { time.seconds / segmentSeconds }

  private static func segment(of entry: SeenTable.Entry) -> Int64 {
    Int64(entry.seconds) / segmentSeconds
  }

  /// The first six hexadecimal digits of a digest as a number.
  private static func number(_ digest: String) -> UInt32 {
    var number: UInt32 = 0
    for place in 0..<6 {
      let digits = digest.utf8
      let digit =
        place < digits.count ? digits[digits.index(digits.startIndex, offsetBy: place)] : 0
      number = number << 4 | UInt32(Character(UnicodeScalar(digit)).hexDigitValue ?? 0)
    }
    return number
  }

  private static func digits(_ number: UInt32) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 6 - digits.count) + digits
  }

  // MARK: - checkpoints

  static let entityPrefix = "seen/"

  mutating func save(_ scope: CheckpointScope, into writer: inout CheckpointWriter) {
    if scope == .changes {
      for (segment, count) in dropped.sorted(by: { $0.key < $1.key }) {
        remove(segment, count, into: &writer)
      }
    }
    dropped = [:]
    for segment in segments.keys.sorted() {
      var saved = segments[segment]!
      if scope == .everything || saved.isRewritten {
        if scope == .changes { remove(segment, saved.chunkCount, into: &writer) }
        saved.chunkCount = 0
        saved.unsaved = table.filtered { Self.segment(of: $0) == segment }
      }
      for start in stride(from: 0, to: saved.unsaved.count, by: Self.chunkMax) {
        let chunk = saved.unsaved[start..<min(start + Self.chunkMax, saved.unsaved.count)]
        writer.entity(Self.name(segment, saved.chunkCount)) { $0.value(SeenText.text(chunk)) }
        saved.chunkCount += 1
      }
      saved.unsaved = []
      saved.isRewritten = false
      segments[segment] = saved
    }
  }

  private func remove(_ segment: Int64, _ count: Int, into writer: inout CheckpointWriter) {
    for number in 0..<count { writer.remove(Self.name(segment, number)) }
  }

  private static func name(_ segment: Int64, _ chunk: Int) -> String {
    "\(entityPrefix)\(segment)/\(chunk)"
  }

  /// Chunks go segment by segment: a removed one takes the whole segment with it.
  mutating func restore(_ entity: String, _ value: JSONView?) throws(RecordError) {
    let parts = entity.dropFirst(Self.entityPrefix.count).split(separator: "/")
    guard parts.count == 2, let segment = Int64(parts[0]), let number = Int(parts[1]) else {
      throw RecordError("'\(entity)' is no chunk of seen events")
    }
    guard let value else {
      if segments.removeValue(forKey: segment) != nil {
        table.removeAll { Self.segment(of: $0) == segment }
      }
      return
    }
    let entries = try SeenText.entries(value.stringValue ?? "")
    table.insert(contentsOf: entries)
    segments[segment, default: Segment()].count += entries.count
    segments[segment]!.chunkCount = number + 1
  }
}

extension SeenTable.Entry {
  /// What an event is looked up by.
  init(
    _ source: String, _ senderID: String, id: Identifier = Identifier.none, digest: UInt32 = 0
  ) {
    self.init(hash: SenderHash.hash(source, senderID), id: id, digest: digest)
  }
}

extension Identifier {
  /// Of nothing.
  fileprivate static let none = Root(
    time: Instant(seconds: 0), lane: Lane(0), topic: .events, offset: 0
  ).identifier(0)
}
