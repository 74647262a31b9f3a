/// PostgreSQL's text cannot hold U+0000, and `jsonb` not its escape. Every text and every JSON text
/// that goes to the server passes here: U+0000 becomes U+FFFD (the replacement character), in JSON
/// `\u0000` becomes `\ufffd`. So one character of a name or an output never costs a row; who needs
/// the very bytes uses `bytea` or reads the log. Everything else passes unchanged.
enum PostgresText {
  static let replacement: [UInt8] = [0xef, 0xbf, 0xbd]

  /// Appends UTF-8 text.
  static func append(text: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
    guard text.contains(0) else {
      bytes.append(contentsOf: text)
      return
    }
    for byte in text {
      if byte == 0 { bytes.append(contentsOf: replacement) } else { bytes.append(byte) }
    }
  }

  /// Appends a JSON text. A zero byte, which JSON cannot have, is treated as in text.
  static func append(json: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
    var start = 0
    var place = 0
    while place < json.count {
      switch json[place] {
      case 0:
        bytes.append(contentsOf: json[start..<place])
        bytes.append(contentsOf: replacement)
        place += 1
        start = place
      case UInt8(ascii: "\\"):
        if isEscapedNul(json, at: place) {
          bytes.append(contentsOf: json[start..<place])
          bytes.append(contentsOf: #"\ufffd"#.utf8)
          place += 6
          start = place
        } else {
          place += 2
        }
      default: place += 1
      }
    }
    if start < json.count { bytes.append(contentsOf: json[start...]) }
  }

  private static func isEscapedNul(_ json: UnsafeRawBufferPointer, at place: Int) -> Bool {
    place + 6 <= json.count && json[place + 1] == UInt8(ascii: "u")
      && json[(place + 2)..<(place + 6)].allSatisfy { $0 == UInt8(ascii: "0") }
  }
}
