import JSON

/// One piece of a value that is too large for a record. The pieces of a value stand directly one
/// after another, in one append. A value is UTF-8; what is not comes back with replacement
/// characters.
struct Chunk {
  let number: Int
  let count: Int
  let text: String

  private static let opening = Array(#"{"specversion":"1.0","type":"petrel.Chunk","#.utf8)

  static func isChunk(_ stored: ArraySlice<UInt8>) -> Bool { stored.starts(with: opening) }

  init?(_ stored: ArraySlice<UInt8>) {
    guard Self.isChunk(stored),
      let data = try? JSONDocument(parsing: stored, limits: Limits.json).root["data"],
      let number = data["number"]?.intValue, let count = data["count"]?.intValue,
      let text = data["text"]?.stringValue, number >= 0, number < count
    else { return nil }
    self.number = number
    self.count = count
    self.text = text
  }

  /// The value whose chunks stand first, and how many those are; nil if it is not there whole.
  static func join(_ stored: ArraySlice<ArraySlice<UInt8>>) -> (value: [UInt8], count: Int)? {
    guard let first = stored.first.flatMap(Chunk.init), first.number == 0,
      first.count <= stored.count
    else { return nil }
    var value = Array(first.text.utf8)
    for (number, text) in stored.dropFirst().prefix(first.count - 1).enumerated() {
      guard let next = Chunk(text), next.number == number + 1, next.count == first.count else {
        return nil
      }
      value.append(contentsOf: next.text.utf8)
    }
    return (value, first.count)
  }

  /// Cuts a text so that no piece has more than `Limits.chunkBytesMax` bytes when it is escaped,
  /// and no character is cut.
  static func pieces(of value: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var start = value.startIndex
    var place = start
    var bytes = 0
    while place < value.endIndex {
      bytes += escapedByteCount(value[place])
      if bytes > Limits.chunkBytesMax {
        place = beginning(ofCharacterAt: place, in: value, after: start)
        pieces.append(value[start..<place])
        start = place
        bytes = 0
      } else {
        place += 1
      }
    }
    pieces.append(value[start...])
    return pieces
  }

  private static func escapedByteCount(_ byte: UInt8) -> Int {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): 2
    case ..<0x20: 6
    default: 1
    }
  }

  /// A character has at most three bytes behind its first; what has more is no text.
  private static func beginning(
    ofCharacterAt place: Int, in value: ArraySlice<UInt8>, after start: Int
  ) -> Int {
    var first = place
    while place - first < 3, first > start + 1, value[first] & 0xc0 == 0x80 { first -= 1 }
    return value[first] & 0xc0 == 0x80 ? place : first
  }

  static func write(
    _ piece: ArraySlice<UInt8>, number: Int, count: Int, lane: Lane, into bytes: inout [UInt8]
  ) {
    var writer = JSONWriter(capacity: piece.count + piece.count / 8 + 200)
    writer.beginObject()
    writer.key("id")
    writer.value("\(number + 1)-\(count)")
    writer.key("source")
    writer.value("petrel" as StaticString)
    writer.key("lane")
    writer.value(Int(lane.number))
    writer.key("data")
    writer.beginObject()
    writer.key("number")
    writer.value(number)
    writer.key("count")
    writer.value(count)
    writer.key("text")
    writer.value(String(decoding: piece, as: UTF8.self))
    writer.endObject()
    writer.endObject()
    bytes.append(contentsOf: opening)
    bytes.append(contentsOf: writer.bytes.dropFirst())
  }
}
