import Calendar
import Crypto
import JSON
import Streams

/// What stands before the records of a row: one commit is one row, and each row's header tells the
/// whole state of the log behind it, so that opening reads one row and finding an offset or a time
/// is a binary search. The header's JSON text is hashed as it is stored.
struct LogHeader: Equatable {
  static let version = 1
  /// Parts of one row at most.
  static let partsMax = 1024
  /// A row is closed when its parts have this many bytes; one order may be larger.
  static let rowBytesMax = 8 << 20
  private static let limits = JSONLimits(depthMax: 8, bytesMax: 16 << 20)

  /// The records of one partition that the row brings.
  struct Part: Equatable {
    let topic: Topic
    /// Offset of the first record.
    let first: Int64
    let count: Int
    /// Length in the row's parts.
    let bytes: Int
    /// SHA-256 of it, as hexadecimal digits.
    let digest: String
  }

  /// Where a group stands.
  struct Group: Equatable {
    var epoch: Int64
    var positions: [Int64?] = Array(repeating: nil, count: 16)
  }

  var incarnation: String
  var parts: [Part] = []
  /// One past the last offset of each topic, by its number.
  var ends = [Int64](repeating: 0, count: 16)
  /// The first offset of each topic that was not trimmed.
  var firsts = [Int64](repeating: 0, count: 16)
  var groups: [String: Group] = [:]
  /// In a segment's first row the hash of the row before, as hexadecimal digits, so that the chain
  /// can be followed from there when older segments are gone.
  var previous: String?

  init(incarnation: String) { self.incarnation = incarnation }

  /// The header's text.
  func text() -> [UInt8] {
    var writer = JSONWriter(capacity: 1024)
    writer.beginObject()
    writer.key("v")
    writer.value(Self.version)
    writer.key("incarnation")
    writer.value(incarnation)
    if let previous {
      writer.key("previous")
      writer.value(previous)
    }
    writer.key("parts")
    writer.beginArray()
    for part in parts { part.write(into: &writer) }
    writer.endArray()
    writer.key("ends")
    Self.write(ends.map { $0 }, into: &writer)
    writer.key("firsts")
    Self.write(firsts.map { $0 }, into: &writer)
    writer.key("groups")
    writer.beginObject()
    for (name, group) in groups.sorted(by: { $0.key < $1.key }) {
      writer.key(name)
      writer.beginObject()
      writer.key("epoch")
      writer.value(Int(group.epoch))
      writer.key("at")
      Self.write(group.positions, into: &writer)
      writer.endObject()
    }
    writer.endObject()
    writer.endObject()
    return writer.bytes
  }

  private static func write(_ offsets: [Int64?], into writer: inout JSONWriter) {
    writer.beginArray()
    for offset in offsets {
      if let offset { writer.value(Int(offset)) } else { writer.null() }
    }
    writer.endArray()
  }

  /// Nil if the text is not a header of a known version.
  init?(text: [UInt8]) {
    guard let document = try? JSONDocument(parsing: text, limits: Self.limits),
      case let root = document.root,
      root["v"]?.intValue == Self.version, let incarnation = root["incarnation"]?.stringValue,
      let parts = root["parts"], let ends = Self.offsets(root["ends"]),
      let firsts = Self.offsets(root["firsts"]), let groups = root["groups"]
    else { return nil }
    self.incarnation = incarnation
    previous = root["previous"]?.stringValue
    self.ends = ends.map { $0 ?? 0 }
    self.firsts = firsts.map { $0 ?? 0 }
    for element in parts.elements {
      guard let part = Part(element) else { return nil }
      self.parts.append(part)
    }
    for member in groups.members {
      guard let epoch = member.value["epoch"]?.intValue,
        let positions = Self.offsets(member.value["at"])
      else { return nil }
      self.groups[member.key] = Group(epoch: Int64(epoch), positions: positions)
    }
  }

  private static func offsets(_ view: JSONView?) -> [Int64?]? {
    guard let view, view.count == 16 else { return nil }
    return view.elements.map { $0.intValue.map(Int64.init) }
  }

  /// The hash that chains the row to all before it.
  static func hash(previous: [UInt8], time: Instant, header: [UInt8]) -> [UInt8] {
    var hash = IncrementalHash(.sha256)
    hash.update(previous)
    withUnsafeBytes(of: time.microseconds.littleEndian) { hash.update($0) }
    hash.update(header)
    return hash.digest()
  }
}

extension LogHeader.Part {
  fileprivate func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("topic")
    writer.value(Int(topic.number))
    writer.key("first")
    writer.value(Int(first))
    writer.key("count")
    writer.value(count)
    writer.key("bytes")
    writer.value(bytes)
    writer.key("sha256")
    writer.value(digest)
    writer.endObject()
  }

  fileprivate init?(_ view: JSONView) {
    guard let number = view["topic"]?.intValue, let topic = SQLiteLog.topic(number: number),
      let first = view["first"]?.intValue, let count = view["count"]?.intValue,
      let bytes = view["bytes"]?.intValue, let digest = view["sha256"]?.stringValue
    else { return nil }
    self.init(topic: topic, first: Int64(first), count: count, bytes: bytes, digest: digest)
  }
}

/// The records of one part as they are stored: each with its length before it, 32 bits, little
/// endian.
enum PartCoding {
  static func write(_ frame: Frame, into bytes: inout [UInt8]) {
    bytes.reserveCapacity(bytes.count + frame.bytes.count + 4 * frame.ends.count)
    var start = 0
    for end in frame.ends {
      withUnsafeBytes(of: UInt32(end - start).littleEndian) { bytes.append(contentsOf: $0) }
      bytes.append(contentsOf: frame.bytes[start..<end])
      start = end
    }
  }

  /// Nil if the lengths do not add up or there are not `count` records.
  static func read(_ bytes: ArraySlice<UInt8>, count: Int) -> [ArraySlice<UInt8>]? {
    var records: [ArraySlice<UInt8>] = []
    records.reserveCapacity(count)
    var place = bytes.startIndex
    while place < bytes.endIndex {
      guard place + 4 <= bytes.endIndex else { return nil }
      let length = (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
      let start = place + 4
      guard length <= bytes.endIndex - start else { return nil }
      records.append(bytes[start..<start + length])
      place = start + length
    }
    return records.count == count ? records : nil
  }
}
