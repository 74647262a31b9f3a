/// Reads a path. From loosest to tightest bind `[...]` behind a path, `..`, `.`, `|`, `&`, `where`,
/// all to the left; so `a..b[0]` is the first element of each match of `a..b`.
struct JSONPathParser {
  private enum Token: Hashable {
    case name(String)
    case number(Int)
    case operatorName(String)
    case symbol(String)

    var text: String {
      switch self {
      case .name(let name): "'\(name)'"
      case .number(let number): "'\(number)'"
      case .operatorName(let name): "`\(name)`"
      case .symbol(let text): "'\(text)'"
      }
    }
  }

  private let source: [UInt8]
  private var tokens: [(token: Token, offset: Int)] = []
  private var next = 0
  private var parts = 0

  init(_ text: String) throws(ExpressionError) {
    guard text.utf8.count <= JSONPath.textBytesMax else {
      throw .limitReached(.init("a path of more than \(JSONPath.textBytesMax) bytes"))
    }
    source = Array(text.utf8)
    try cut()
  }

  mutating func parse() throws(ExpressionError) -> JSONPath.Part {
    let part = try path(above: 0)
    if next < tokens.count { throw unexpected("'.', '[' or the end") }
    return part
  }

  private func error(_ message: String, at offset: Int) -> ExpressionError {
    .malformed(.init(message, at: SourcePlace(of: offset, in: source)))
  }

  private func unexpected(_ expected: String) -> ExpressionError {
    guard next < tokens.count else {
      return error("expected \(expected), found the end of the path", at: source.count)
    }
    return error(
      "expected \(expected), found \(tokens[next].token.text)", at: tokens[next].offset)
  }
}

// MARK: - Tokens

extension JSONPathParser {
  private mutating func cut() throws(ExpressionError) {
    var offset = 0
    while offset < source.count {
      let start = offset
      if let token = try token(&offset) { tokens.append((token, start)) }
    }
  }

  private func isNameStart(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x61...0x7A, 0x41...0x5A, UInt8(ascii: "_"), UInt8(ascii: "@"): true
    default: false
    }
  }

  private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// Nil for white space.
  private func token(_ offset: inout Int) throws(ExpressionError) -> Token? {
    let start = offset
    let byte = source[start]
    offset += 1
    switch byte {
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"): return nil
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return .name(try quoted(byte, &offset))
    case UInt8(ascii: "`"): return .operatorName(try quoted(byte, &offset))
    case UInt8(ascii: "."):
      guard offset < source.count, source[offset] == byte else { return .symbol(".") }
      offset += 1
      return .symbol("..")
    case _ where "*[]()$,:|&".utf8.contains(byte):
      return .symbol(String(Character(Unicode.Scalar(byte))))
    case _ where isNameStart(byte):
      while offset < source.count,
        isNameStart(source[offset]) || isDigit(source[offset]) || source[offset] == 0x2D
      {
        offset += 1
      }
      let name = String(decoding: source[start..<offset], as: UTF8.self)
      return name == "where" ? .symbol(name) : .name(name)
    case _
    where isDigit(byte) || (byte == 0x2D && offset < source.count && isDigit(source[offset])):
      while offset < source.count, isDigit(source[offset]) { offset += 1 }
      let digits = String(decoding: source[start..<offset], as: UTF8.self)
      guard let number = Int(digits) else { throw error("a number too large", at: start) }
      return .number(number)
    default:
      let found = String(decoding: source[start...], as: UTF8.self).prefix(1)
      throw error("expected a path, found the character '\(found)'", at: start)
    }
  }

  /// Up to the closing mark; a backslash takes the character behind it as it is.
  private func quoted(
    _ mark: UInt8, _ offset: inout Int
  ) throws(ExpressionError) -> String {
    let start = offset - 1
    var bytes: [UInt8] = []
    while offset < source.count, source[offset] != mark {
      if source[offset] == UInt8(ascii: "\\") {
        offset += 1
        guard offset < source.count, source[offset] != UInt8(ascii: "\n") else { break }
      }
      bytes.append(source[offset])
      offset += 1
    }
    guard offset < source.count, source[offset] == mark else {
      throw error("this quoted text does not end", at: start)
    }
    offset += 1
    return String(decoding: bytes, as: UTF8.self)
  }
}

// MARK: - Grammar

extension JSONPathParser {
  private var peek: Token? { next < tokens.count ? tokens[next].token : nil }

  private mutating func take(_ symbol: String) -> Bool {
    guard peek == .symbol(symbol) else { return false }
    next += 1
    return true
  }

  private mutating func expect(_ symbol: String) throws(ExpressionError) {
    guard take(symbol) else { throw unexpected("'\(symbol)'") }
  }

  private mutating func count() throws(ExpressionError) {
    parts += 1
    if parts > JSONPath.partsMax {
      throw .limitReached(.init("a path of more than \(JSONPath.partsMax) parts"))
    }
  }

  private static func strength(_ symbol: String) -> Int? {
    switch symbol {
    case "..": 1
    case ".": 2
    case "|": 3
    case "&": 4
    case "where": 5
    default: nil
    }
  }

  private mutating func path(above strength: Int) throws(ExpressionError) -> JSONPath.Part {
    var left = try single()
    while case .symbol(let symbol)? = peek {
      if symbol == "[", strength == 0 {
        left = .child(left, try bracket())
      } else if let own = Self.strength(symbol), own > strength {
        next += 1
        let right = try path(above: own)
        switch symbol {
        case ".": left = .child(left, right)
        case "..": left = .descendants(left, right)
        case "|": left = .union(left, right)
        case "&": left = .intersection(left, right)
        default: left = .filter(left, having: right)
        }
      } else {
        break
      }
    }
    return left
  }

  private mutating func single() throws(ExpressionError) -> JSONPath.Part {
    try count()
    switch peek {
    case .name: return .fields(try names())
    case .operatorName(let name):
      guard name == "this" || name == "parent" else { throw unexpected("`this` or `parent`") }
      next += 1
      return name == "this" ? .this : .parent
    case .symbol("*"):
      next += 1
      return .fields(["*"])
    case .symbol("$"):
      next += 1
      return .root
    case .symbol("["):
      parts -= 1
      return try bracket()
    case .symbol("("):
      next += 1
      let inner = try path(above: 0)
      try expect(")")
      return inner
    default: throw unexpected("a name, '*', '$', '[' or '('")
    }
  }

  private mutating func names() throws(ExpressionError) -> [String] {
    var names: [String] = []
    repeat {
      guard case .name(let name)? = peek else { throw unexpected("a name") }
      next += 1
      names.append(name)
    } while take(",")
    return names
  }

  private mutating func bracket() throws(ExpressionError) -> JSONPath.Part {
    try count()
    try expect("[")
    let part: JSONPath.Part
    if case .name? = peek {
      part = .fields(try names())
    } else if take("*") {
      part = .slice(nil, nil)
    } else {
      let start = number()
      if take(":") {
        part = .slice(start, number())
      } else if let start {
        part = .index(start)
      } else {
        throw unexpected("a name, a number, ':' or '*'")
      }
    }
    try expect("]")
    return part
  }

  private mutating func number() -> Int? {
    guard case .number(let number)? = peek else { return nil }
    next += 1
    return number
  }
}
