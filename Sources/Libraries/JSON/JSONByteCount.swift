extension JSONValue {
  /// At most so many bytes when it is written without line breaks; exact but for numbers and
  /// control characters.
  public var byteCountMax: Int {
    switch self {
    case .null, .bool: 5
    case .int, .uint, .double: 25
    case .string(let text): Self.byteCountMax(of: text)
    case .array(let elements): elements.reduce(2) { $0 + $1.byteCountMax + 1 }
    case .object(let members):
      members.reduce(2) { $0 + Self.byteCountMax(of: $1.key) + $1.value.byteCountMax + 2 }
    }
  }

  private static func byteCountMax(of text: String) -> Int {
    text.utf8.reduce(2) { count, byte in
      switch byte {
      case 0x00..<0x20: count + 6
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): count + 2
      default: count + 1
      }
    }
  }
}
