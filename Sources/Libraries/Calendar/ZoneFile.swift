import Glibc

/// A compiled zone (TZif, version 2 or later): offsets between listed changes, a rule after the
/// last.
struct ZoneFile: Sendable {
  /// Seconds since the epoch at which clocks change.
  private let changes: [Int]
  /// `offsets[i]` holds before `changes[i]`, the last one after all.
  private let offsets: [Int]
  private let rule: ClockRule?

  /// The largest file of tzdata has about 4 KB.
  static let bytesMax = 65_536

  struct Damage: Error { let reason: String }

  init(fixedOffsetSeconds: Int) {
    changes = []
    offsets = [fixedOffsetSeconds]
    rule = nil
  }

  init(_ bytes: [UInt8]) throws(Damage) {
    guard bytes.count <= ZoneFile.bytesMax else { throw Damage(reason: "it is too long") }
    guard bytes.starts(with: Array("TZif".utf8)), bytes.count > 44, bytes[4] >= UInt8(ascii: "2")
    else { throw Damage(reason: "it is not a TZif file of version 2 or later") }
    let old = try Header(bytes, at: 0)
    let new = try Header(bytes, at: old.end(timeBytes: 4))
    let types = try (0..<new.typeCount).map { index throws(Damage) in
      try ZoneFile.integer(bytes, at: new.typesAt + index * 6, count: 4)
    }
    changes = try (0..<new.timeCount).map { index throws(Damage) in
      try ZoneFile.integer(bytes, at: new.timesAt + index * 8, count: 8)
    }
    let indexes = bytes[new.indexesAt..<(new.indexesAt + new.timeCount)]
    guard zip(changes, changes.dropFirst()).allSatisfy({ $0 < $1 }),
      indexes.allSatisfy({ $0 < types.count }), let first = types.first
    else { throw Damage(reason: "its table of changes is broken") }
    offsets = [first] + indexes.map { types[Int($0)] }
    let footer = bytes[new.end(timeBytes: 8)...].dropFirst().prefix { $0 != UInt8(ascii: "\n") }
    if footer.isEmpty {
      rule = nil
    } else {
      let text = String(decoding: footer, as: UTF8.self)
      guard let read = ClockRule(text) else { throw Damage(reason: "its rule is '\(text)'") }
      rule = read
    }
  }

  func offsetSeconds(at seconds: Int) -> Int {
    guard let last = changes.last, seconds < last else {
      return rule?.offsetSeconds(at: seconds) ?? offsets[offsets.count - 1]
    }
    var low = 0
    var high = changes.count  // The first change after `seconds` is in low...high.
    while low < high {
      let middle = (low + high) / 2
      if changes[middle] > seconds { high = middle } else { low = middle + 1 }
    }
    return offsets[low]
  }

  /// Nil if there is no such regular file.
  static func read(_ path: String) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: bytesMax + 1)
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes { buffer in
        Glibc.read(file, buffer.baseAddress?.advanced(by: count), buffer.count - count)
      }
      if got < 0 { return nil }
      if got == 0 { break }
      count += got
    }
    return Array(bytes.prefix(count))
  }

  /// Big-endian, signed.
  private static func integer(_ bytes: [UInt8], at place: Int, count: Int) throws(Damage) -> Int {
    guard place >= 0, place + count <= bytes.count else { throw Damage(reason: "it is cut off") }
    var value = bytes[place] >= 128 ? -1 : 0
    for byte in bytes[place..<(place + count)] { value = value << 8 | Int(byte) }
    return value
  }

  /// The counts at the start of a block, and where its tables begin.
  private struct Header {
    let start: Int
    /// In the order of the file: UT indicators, standard indicators, leap seconds, changes, types,
    /// name bytes.
    private let counts: [Int]

    init(_ bytes: [UInt8], at start: Int) throws(Damage) {
      self.start = start
      counts = try (0..<6).map { index throws(Damage) in
        let count = try ZoneFile.integer(bytes, at: start + 20 + index * 4, count: 4)
        guard (0...ZoneFile.bytesMax).contains(count) else { throw Damage(reason: "it is cut off") }
        return count
      }
      guard end(timeBytes: start == 0 ? 4 : 8) <= bytes.count else {
        throw Damage(reason: "it is cut off")
      }
    }

    var timeCount: Int { counts[3] }
    var typeCount: Int { counts[4] }
    var timesAt: Int { start + 44 }
    var indexesAt: Int { timesAt + timeCount * 8 }
    var typesAt: Int { indexesAt + timeCount }

    func end(timeBytes: Int) -> Int {
      start + 44 + timeCount * (timeBytes + 1) + typeCount * 6 + counts[5]
        + counts[2] * (timeBytes + 4) + counts[1] + counts[0]
    }
  }
}
