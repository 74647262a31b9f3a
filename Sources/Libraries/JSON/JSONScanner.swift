/// A strict, slow reader of JSON that finds the first fault's place and says what was expected
/// there. It runs only on texts that the fast parser has refused, and must refuse them too; its
/// memory is one bit pattern a level.
struct JSONScanner {
  private let bytes: UnsafeRawBufferPointer
  private let depthMax: Int
  private var place = 0
  /// Whether each open container is an object, the innermost last.
  private var open: [Bool] = []

  init(_ bytes: UnsafeRawBufferPointer, depthMax: Int) {
    self.bytes = bytes
    self.depthMax = depthMax
  }

  /// One value and nothing behind it.
  mutating func scanDocument() throws(JSONError) {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      throw fault("expected a value, found a byte order mark")
    }
    skipSpace()
    guard place < bytes.count else { throw fault("expected a value, found only white space") }
    repeat {
      try scanValueStart()
      try scanClosings()
    } while !open.isEmpty
    skipSpace()
    guard place == bytes.count else { throw fault("expected the end of the text, found \(found)") }
  }

  /// A scalar, or a container's opening up to its first value.
  private mutating func scanValueStart() throws(JSONError) {
    while true {
      skipSpace()
      switch byte {
      case UInt8(ascii: "{"):
        if try openContainer(isObject: true) { return }
        try scanName(or: " or '}'")
      case UInt8(ascii: "["):
        if try openContainer(isObject: false) { return }
      default:
        return try scanScalar()
      }
    }
  }

  /// What follows a value: closing brackets, then a comma (and a member's name) if one is still
  /// open.
  private mutating func scanClosings() throws(JSONError) {
    while let isObject = open.last {
      skipSpace()
      let closing = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
      if byte == closing {
        place += 1
        open.removeLast()
      } else if byte == UInt8(ascii: ",") {
        place += 1
        if isObject { try scanName(or: "") }
        return
      } else {
        throw fault("expected ',' or '\(isObject ? "}" : "]")', found \(found)")
      }
    }
  }

  /// Tells whether the container is empty; its closing bracket is still to come then.
  private mutating func openContainer(isObject: Bool) throws(JSONError) -> Bool {
    let start = place
    place += 1
    skipSpace()
    let isEmpty = byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
    guard isEmpty || open.count < depthMax else {
      place = start
      throw fault(
        "expected at most \(depthMax) containers around a value, found one more", .tooDeep)
    }
    open.append(isObject)
    return isEmpty
  }

  private mutating func scanName(or other: String) throws(JSONError) {
    skipSpace()
    guard byte == UInt8(ascii: "\"") else {
      throw fault("expected a member's name in double quotes\(other), found \(found)")
    }
    try scanString()
    skipSpace()
    guard byte == UInt8(ascii: ":") else {
      throw fault("expected ':' behind the member's name, found \(found)")
    }
    place += 1
  }

  private mutating func scanScalar() throws(JSONError) {
    guard let byte else { throw fault("expected a value, found \(found)") }
    switch byte {
    case UInt8(ascii: "\""): try scanString()
    case UInt8(ascii: "t"): try scanWord("true")
    case UInt8(ascii: "f"): try scanWord("false")
    case UInt8(ascii: "n"): try scanWord("null")
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try scanNumber()
    default: throw fault("expected a value, found \(found)")
    }
  }

  private mutating func scanWord(_ word: String) throws(JSONError) {
    let start = place
    while let byte, isWordByte(byte) { place += 1 }
    guard bytes[start..<place].elementsEqual(word.utf8) else {
      place = start
      throw fault("expected \(word), found another word")
    }
  }

  private func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}

// MARK: - Where it stands

extension JSONScanner {
  private var byte: UInt8? { place < bytes.count ? bytes[place] : nil }

  private mutating func skipSpace() {
    while let byte, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { place += 1 }
  }

  /// The byte at hand in words.
  private var found: String {
    byte.map(Self.name(of:)) ?? "the end of the text"
  }

  /// A byte in words.
  static func name(of byte: UInt8) -> String {
    if byte > 0x20, byte < 0x7F { return "'\(Character(Unicode.Scalar(byte)))'" }
    return "byte 0x\(byte < 16 ? "0" : "")\(String(byte, radix: 16, uppercase: true))"
  }

  private func fault(_ message: String, _ reason: JSONError.Reason = .malformed) -> JSONError {
    JSONError(reason, message, at: place, of: bytes)
  }
}

// MARK: - Numbers

extension JSONScanner {
  /// Whether the whole text is one number as JSON writes it; its size does not count.
  static func isNumber(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var scanner = JSONScanner(bytes, depthMax: 0)
    do {
      _ = try scanner.scanDigits()
      return scanner.place == bytes.count
    } catch {
      return false
    }
  }

  private mutating func scanNumber() throws(JSONError) {
    let start = place
    let isInteger = try scanDigits()
    if let byte, isWordByte(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") {
      throw fault("expected the number's end, found \(found)")
    }
    let digits = String(decoding: bytes[start..<place], as: UTF8.self)
    let isHeld =
      if isInteger {
        Int64(digits) != nil || UInt64(digits) != nil
      } else {
        Double(digits)?.isFinite ?? false
      }
    guard isHeld else {
      place = start
      throw fault(
        isInteger
          ? "expected an integer of 64 bits, found one of \(digits.utf8.count) characters"
          : "expected a number up to 1.8e308, found \(digits.prefix(40))",
        .numberOutOfRange)
    }
  }

  /// The number's grammar; tells whether it has neither point nor exponent.
  private mutating func scanDigits() throws(JSONError) -> Bool {
    var isInteger = true
    if byte == UInt8(ascii: "-") { place += 1 }
    if byte == UInt8(ascii: "0") {
      place += 1
      if let byte, isDigit(byte) { throw fault("expected no digit behind a leading zero") }
    } else {
      try skipDigits()
    }
    if byte == UInt8(ascii: ".") {
      isInteger = false
      place += 1
      try skipDigits()
    }
    if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
      isInteger = false
      place += 1
      if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { place += 1 }
      try skipDigits()
    }
    return isInteger
  }

  private mutating func skipDigits() throws(JSONError) {
    guard let byte, isDigit(byte) else { throw fault("expected a digit, found \(found)") }
    while let byte = self.byte, isDigit(byte) { place += 1 }
  }

  private func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}

// MARK: - Strings

extension JSONScanner {
  private mutating func scanString() throws(JSONError) {
    place += 1
    while let byte {
      switch byte {
      case UInt8(ascii: "\""):
        place += 1
        return
      case UInt8(ascii: "\\"): try scanEscape()
      case ..<0x20: throw fault("expected a control character written as \\u00.., found \(found)")
      case ..<0x80: place += 1
      default: try scanScalarValue(first: byte)
      }
    }
    throw fault("expected '\"' at the string's end, found the end of the text")
  }

  private mutating func scanEscape() throws(JSONError) {
    let start = place
    place += 1
    guard let byte, "\"\\/bfnrtu".utf8.contains(byte) else {
      throw fault("expected one of \"\\/bfnrtu behind a backslash, found \(found)")
    }
    place += 1
    guard byte == UInt8(ascii: "u") else { return }
    let unit = try scanHex()
    if unit & 0xFC00 == 0xDC00 { throw surrogate(at: start) }
    guard unit & 0xFC00 == 0xD800 else { return }
    guard self.byte == UInt8(ascii: "\\"), place + 1 < bytes.count,
      bytes[place + 1] == UInt8(ascii: "u")
    else { throw surrogate(at: start) }
    place += 2
    guard try scanHex() & 0xFC00 == 0xDC00 else { throw surrogate(at: start) }
  }

  private mutating func surrogate(at start: Int) -> JSONError {
    place = start
    return fault("expected a pair of surrogates, found half of one")
  }

  private mutating func scanHex() throws(JSONError) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let byte, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw fault("expected four hexadecimal digits behind \\u, found \(found)")
      }
      unit = unit << 4 | UInt32(digit)
      place += 1
    }
    return unit
  }

  /// One character of more than one byte: UTF-8's table of well-formed sequences.
  private mutating func scanScalarValue(first: UInt8) throws(JSONError) {
    let second: ClosedRange<UInt8>
    let length: Int
    switch first {
    case 0xC2...0xDF: (second, length) = (0x80...0xBF, 2)
    case 0xE0: (second, length) = (0xA0...0xBF, 3)
    case 0xED: (second, length) = (0x80...0x9F, 3)
    case 0xE1...0xEF: (second, length) = (0x80...0xBF, 3)
    case 0xF0: (second, length) = (0x90...0xBF, 4)
    case 0xF1...0xF3: (second, length) = (0x80...0xBF, 4)
    case 0xF4: (second, length) = (0x80...0x8F, 4)
    default: throw fault("expected UTF-8, found \(found)")
    }
    for step in 1..<length {
      let allowed = step == 1 ? second : 0x80...0xBF
      guard place + step < bytes.count, allowed.contains(bytes[place + step]) else {
        throw fault("expected UTF-8, found \(found) without what must follow it")
      }
    }
    place += length
  }
}
