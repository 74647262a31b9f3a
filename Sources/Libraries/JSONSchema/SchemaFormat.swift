/// The formats that are checked; every other name is an annotation.
enum SchemaFormat: String, Sendable {
  case dateTime = "date-time"
  case email, ipv4, uri

  var text: String {
    switch self {
    case .dateTime: "a date and time as RFC 3339 writes it (2024-05-01T12:00:00Z)"
    case .email: "an e-mail address"
    case .ipv4: "an IPv4 address"
    case .uri: "a URI"
    }
  }

  func matches(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return switch self {
    case .dateTime: Self.isDateTime(bytes)
    case .email: Self.isEmail(bytes)
    case .ipv4: Self.isIPv4(text)
    case .uri: Self.isURI(bytes)
    }
  }

  private static func isDateTime(_ bytes: [UInt8]) -> Bool {
    let pattern = Array("0000-00-00T00:00:00".utf8)
    guard bytes.count > pattern.count else { return false }
    for (byte, expected) in zip(bytes, pattern) {
      let fits = expected == 0x30 ? isDigit(byte) : byte & 0xDF == expected & 0xDF
      guard fits else { return false }
    }
    guard isDate(bytes), number(bytes[11..<13]) < 24, number(bytes[14..<16]) < 60,
      number(bytes[17..<19]) <= 60
    else { return false }
    var rest = bytes[pattern.count...]
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      guard let first = rest.first, isDigit(first) else { return false }
      rest = rest.drop(while: isDigit)
    }
    return isZone(Array(rest))
  }

  private static func isDate(_ bytes: [UInt8]) -> Bool {
    let year = number(bytes[0..<4])
    let month = number(bytes[5..<7])
    guard (1...12).contains(month) else { return false }
    let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return (1...days[month - 1]).contains(number(bytes[8..<10]))
  }

  private static func isZone(_ zone: [UInt8]) -> Bool {
    if zone.count == 1 { return zone[0] & 0xDF == UInt8(ascii: "Z") }
    guard zone.count == 6, zone[0] == UInt8(ascii: "+") || zone[0] == UInt8(ascii: "-"),
      zone[3] == UInt8(ascii: ":"), [1, 2, 4, 5].allSatisfy({ isDigit(zone[$0]) })
    else { return false }
    return number(zone[1..<3]) < 24 && number(zone[4..<6]) < 60
  }

  private static func isEmail(_ bytes: [UInt8]) -> Bool {
    guard let at = bytes.lastIndex(of: UInt8(ascii: "@")), at > 0, at < bytes.count - 1 else {
      return false
    }
    let domain = bytes[(at + 1)...]
    let isPlain = bytes.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    return isPlain && !bytes[..<at].contains(UInt8(ascii: "@"))
      && !domain.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        .contains { $0.isEmpty }
  }

  private static func isIPv4(_ text: String) -> Bool {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return parts.count == 4
      && parts.allSatisfy { part in
        (1...3).contains(part.count) && part.allSatisfy(isDigit) && number(part) < 256
          && (part.count == 1 || part.first != UInt8(ascii: "0"))
      }
  }

  private static func isURI(_ bytes: [UInt8]) -> Bool {
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon > 0, isLetter(bytes[0]) else {
      return false
    }
    let scheme = bytes[..<colon].allSatisfy { byte in
      isLetter(byte) || isDigit(byte) || "+-.".utf8.contains(byte)
    }
    let rest = bytes[(colon + 1)...]
    return scheme && !rest.isEmpty
      && rest.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\"<>\\^`{|}".utf8.contains($0) }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
  private static func isLetter(_ byte: UInt8) -> Bool {
    byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A
  }

  private static func number(_ digits: some Sequence<UInt8>) -> Int {
    digits.reduce(0) { $0 * 10 + Int($1 & 0x0F) }
  }
}
