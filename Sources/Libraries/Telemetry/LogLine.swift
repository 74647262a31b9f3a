import Calendar

/// The bytes of one log line in the making.
struct LogLine {
  static let textBytesMax = 4096
  static let lineBytesMax = 65_536

  private(set) var bytes: [UInt8]
  private let form: LogOutput.Form

  init(_ form: LogOutput.Form, bytes: [UInt8] = []) {
    self.form = form
    self.bytes = bytes
    self.bytes.reserveCapacity(bytes.count + 256)
  }

  mutating func begin(_ level: Level, _ message: String, isColoured: Bool) {
    switch form {
    case .json:
      bytes += #"{"time":""#.utf8
      Instant.now().writeISO8601(into: &bytes)
      bytes += #"","level":""#.utf8
      bytes += level.rawValue.utf8
      bytes += #"","message":"#.utf8
      quote(message)
    case .text:
      Instant.now().writeISO8601(into: &bytes)
      bytes.append(UInt8(ascii: " "))
      if isColoured { bytes += level.colour.utf8 }
      bytes += level.rawValue.utf8
      if isColoured { bytes += "\u{1B}[0m".utf8 }
      for _ in level.rawValue.utf8.count..<8 { bytes.append(UInt8(ascii: " ")) }
      escape(message)
    }
  }

  /// Fields that another line has rendered in the same form.
  mutating func append(rendered fields: [UInt8]) { bytes += fields }

  mutating func append(_ name: String, _ value: Field) {
    guard bytes.count < LogLine.lineBytesMax else { return }
    switch form {
    case .json:
      bytes.append(UInt8(ascii: ","))
      quote(name)
      bytes.append(UInt8(ascii: ":"))
    case .text:
      bytes.append(UInt8(ascii: " "))
      escape(name)
      bytes.append(UInt8(ascii: "="))
    }
    append(value)
  }

  func finished() -> [UInt8] {
    switch form {
    case .json: bytes + [UInt8(ascii: "}"), UInt8(ascii: "\n")]
    case .text: bytes + [UInt8(ascii: "\n")]
    }
  }

  private mutating func append(_ value: Field) {
    switch value {
    case .text(let text):
      if form == .json || text.utf8.isEmpty || text.utf8.contains(where: LogLine.needsQuotes) {
        quote(text)
      } else {
        escape(text)
      }
    case .int(let number): bytes += String(number).utf8
    case .double(let number) where number.isFinite: bytes += String(number).utf8
    case .double(let number): quote(String(number))
    case .bool(let value): bytes += (value ? "true" : "false").utf8
    }
  }

  private static func needsQuotes(_ byte: UInt8) -> Bool {
    byte <= 32 || byte == 127 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "=")
  }

  private mutating func quote(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    escape(text, quotes: true)
    bytes.append(UInt8(ascii: "\""))
  }

  /// Escapes controls (C0, delete, C1) as JSON does and, inside quotes, quote and backslash.
  private mutating func escape(_ text: String, quotes: Bool = false) {
    var text = text
    text.withUTF8 { utf8 in
      let isCut = utf8.count > LogLine.textBytesMax
      var end = min(utf8.count, LogLine.textBytesMax)
      // Never cut inside of a character: its later bytes are 10xxxxxx.
      while isCut, end > 0, utf8[end] & 0xC0 == 0x80 { end -= 1 }
      var index = 0
      while index < end {
        let byte = utf8[index]
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
          if quotes { bytes.append(UInt8(ascii: "\\")) }
          bytes.append(byte)
        case UInt8(ascii: "\n"): bytes += #"\n"#.utf8
        case UInt8(ascii: "\r"): bytes += #"\r"#.utf8
        case UInt8(ascii: "\t"): bytes += #"\t"#.utf8
        case 0..<32, 127: escape(code: byte)
        case 0xC2 where index < end && utf8[index] < 0xA0:
          escape(code: utf8[index])
          index += 1
        default: bytes.append(byte)
        }
      }
      if isCut { bytes += "…".utf8 }
    }
  }

  private mutating func escape(code: UInt8) {
    bytes += #"\u00"#.utf8
    for digit in [code >> 4, code & 15] {
      bytes.append(digit < 10 ? 48 + digit : UInt8(ascii: "a") + digit - 10)
    }
  }
}

extension Level {
  fileprivate var colour: String {
    switch self {
    case .debug: "\u{1B}[2m"
    case .info: "\u{1B}[32m"
    case .warning: "\u{1B}[33m"
    case .error: "\u{1B}[31m"
    }
  }
}
