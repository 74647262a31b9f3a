/// Cuts a template into tokens as Jinja2's lexer does in StackStorm's environment: one newline at
/// the end of the text is dropped, line ends become `\n`, `{{-` and `-}}` strip the text beside
/// them, a comment alone on its line leaves nothing. Statements (`{% %}`) are recognised and
/// refused.
struct JinjaLexer {
  private let source: [UInt8]
  private let depthMax: Int
  private var offset = 0
  private var tokens: [JinjaToken] = []
  /// The closing brackets that are awaited inside `{{ }}`.
  private var awaited: [UInt8] = []
  /// What the tag before asked for the text behind it.
  private var strip = Strip.nothing

  private enum Strip { case nothing, newline, space }

  static func tokens(
    of source: [UInt8], depthMax: Int
  ) throws(ExpressionError) -> [JinjaToken] {
    var lexer = JinjaLexer(source: source, depthMax: depthMax)
    try lexer.readText()
    lexer.tokens.append(JinjaToken(kind: .end, offset: source.count))
    return lexer.tokens
  }

  /// The text with Jinja's line ends, without the last one.
  static func normalized(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    var isAfterReturn = false
    for byte in text.utf8 {
      let isReturn = byte == UInt8(ascii: "\r")
      if !(isAfterReturn && byte == UInt8(ascii: "\n")) {
        bytes.append(isReturn ? UInt8(ascii: "\n") : byte)
      }
      isAfterReturn = isReturn
    }
    if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
    return bytes
  }

  private init(source: [UInt8], depthMax: Int) {
    self.source = source
    self.depthMax = depthMax
  }

  private func byte(_ place: Int) -> UInt8 { place < source.count ? source[place] : 0 }

  private func isAt(_ text: StaticString, _ place: Int) -> Bool {
    text.withUTF8Buffer { source[min(place, source.count)...].starts(with: $0) }
  }

  private func error(_ message: String, at place: Int) -> ExpressionError {
    .malformed(.init(message, at: SourcePlace(of: place, in: source)))
  }
}

// MARK: - Text, comments, statements

extension JinjaLexer {
  private enum Tag { case output, statement, comment }

  private mutating func readText() throws(ExpressionError) {
    while true {
      let start = offset
      let (tag, place) = nextTag()
      appendText(start..<place, before: tag)
      guard let tag else { return }
      offset = place + 2
      let opensWith = byte(offset)
      if opensWith == UInt8(ascii: "-") || opensWith == UInt8(ascii: "+") { offset += 1 }
      switch tag {
      case .output:
        tokens.append(JinjaToken(kind: .outputBegin, offset: place))
        try readExpression(from: place)
      case .comment: try readComment(from: place)
      case .statement: throw refusal(at: place)
      }
    }
  }

  private func nextTag() -> (Tag?, Int) {
    var place = offset
    while let brace = source[place...].firstIndex(of: UInt8(ascii: "{")) {
      switch byte(brace + 1) {
      case UInt8(ascii: "{"): return (.output, brace)
      case UInt8(ascii: "%"): return (.statement, brace)
      case UInt8(ascii: "#"): return (.comment, brace)
      default: place = brace + 1
      }
    }
    return (nil, source.count)
  }

  private mutating func appendText(_ range: Range<Int>, before tag: Tag?) {
    var start = range.lowerBound
    var end = range.upperBound
    switch strip {
    case .nothing: break
    case .newline: if start < end, source[start] == UInt8(ascii: "\n") { start += 1 }
    case .space: while start < end, Self.isSpace(source[start]) { start += 1 }
    }
    strip = .nothing
    let sign = tag == nil ? 0 : byte(range.upperBound + 2)
    if sign == UInt8(ascii: "-") {
      while start < end, Self.isSpace(source[end - 1]) { end -= 1 }
    } else if tag == .comment, sign != UInt8(ascii: "+") {
      var line = end
      while line > start, source[line - 1] != UInt8(ascii: "\n"), Self.isSpace(source[line - 1]) {
        line -= 1
      }
      let startsLine =
        line > start ? source[line - 1] == UInt8(ascii: "\n") : line == 0 || byte(line - 1) == 0x0A
      if startsLine { end = line }
    }
    if start < end {
      let text = String(decoding: source[start..<end], as: UTF8.self)
      tokens.append(JinjaToken(kind: .text(text), offset: start))
    }
  }

  static func isSpace(_ byte: UInt8) -> Bool { (0x09...0x0D).contains(byte) || byte == 0x20 }

  private mutating func readComment(from place: Int) throws(ExpressionError) {
    if offset >= source.count { return }  // An opening mark at the very end opens nothing.
    while offset < source.count, !isAt("#}", offset) { offset += 1 }
    guard offset < source.count else {
      throw error("expected '#}', found the end: this comment does not end", at: place)
    }
    let before = byte(offset - 1)
    strip = before == UInt8(ascii: "-") ? .space : before == UInt8(ascii: "+") ? .nothing : .newline
    offset += 2
  }

  /// Names the statement, so that its author sees what cannot be used.
  private mutating func refusal(at place: Int) -> ExpressionError {
    while Self.isSpace(byte(offset)) { offset += 1 }
    let word = source[min(offset, source.count)...].prefix { Self.isNamePart($0) }
    let name = String(decoding: word, as: UTF8.self)
    return .unsupported(
      .init(
        "the statement '{% \(name.isEmpty ? "" : name + " ")... %}' is not supported",
        at: SourcePlace(of: place, in: source)))
  }
}

// MARK: - Expressions

extension JinjaLexer {
  static func isNamePart(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), 0x80...: true
    default: false
    }
  }

  private mutating func readExpression(from begin: Int) throws(ExpressionError) {
    awaited = []
    while true {
      while Self.isSpace(byte(offset)) { offset += 1 }
      guard offset < source.count else {
        throw error("expected '}}', found the end: this expression does not end", at: begin)
      }
      if awaited.isEmpty, isAt("}}", offset) || isAt("-}}", offset) {
        let isStripping = byte(offset) == UInt8(ascii: "-")
        tokens.append(JinjaToken(kind: .outputEnd, offset: offset))
        offset += isStripping ? 3 : 2
        strip = isStripping ? .space : .nothing
        return
      }
      try readToken()
    }
  }

  private mutating func readToken() throws(ExpressionError) {
    let start = offset
    let first = byte(start)
    let kind: JinjaToken.Kind
    switch first {
    case 0x30...0x39: kind = try number()
    case UInt8(ascii: "'"), UInt8(ascii: "\""): kind = .string(try string(first))
    case _ where Self.isNamePart(first): kind = .name(try name())
    default: kind = .mark(try mark())
    }
    tokens.append(JinjaToken(kind: kind, offset: start))
  }

  private mutating func name() throws(ExpressionError) -> String {
    let start = offset
    while Self.isNamePart(byte(offset)) { offset += 1 }
    let name = String(decoding: source[start..<offset], as: UTF8.self)
    guard RegexReader.isIdentifier(name) else {
      throw error("invalid character in the name '\(name)'", at: start)
    }
    return name
  }

  private mutating func mark() throws(ExpressionError) -> String {
    let start = offset
    let pairs = ["//", "**", "==", "!=", ">=", "<="]
    let two = String(decoding: source[start..<min(start + 2, source.count)], as: UTF8.self)
    if pairs.contains(two) {
      offset += 2
      return two
    }
    let first = byte(start)
    guard "+-/*%~[](){}><=.:|,;".utf8.contains(first) else {
      let found = String(decoding: source[start...].prefix(4), as: UTF8.self).prefix(1)
      throw error("unexpected character '\(found)'", at: start)
    }
    offset += 1
    try balance(first, at: start)
    return String(Character(Unicode.Scalar(first)))
  }

  private mutating func balance(_ mark: UInt8, at place: Int) throws(ExpressionError) {
    switch mark {
    case UInt8(ascii: "("): awaited.append(UInt8(ascii: ")"))
    case UInt8(ascii: "["): awaited.append(UInt8(ascii: "]"))
    case UInt8(ascii: "{"): awaited.append(UInt8(ascii: "}"))
    case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
      let found = Character(Unicode.Scalar(mark))
      guard let expected = awaited.popLast() else {
        throw error("unexpected '\(found)'", at: place)
      }
      if expected != mark {
        throw error(
          "expected '\(Character(Unicode.Scalar(expected)))', found '\(found)'", at: place)
      }
    default: break
    }
    if awaited.count > depthMax {
      throw .limitReached(.init("brackets nested more than \(depthMax) deep"))
    }
  }

  private mutating func number() throws(ExpressionError) -> JinjaToken.Kind {
    let start = offset
    let radix = [0x62: 2, 0x6F: 8, 0x78: 16][Int(byte(start + 1) | 0x20)]
    if byte(start) == 0x30, let radix, hasDigit(at: start + 2, radix) {
      offset = start + 2
      return .int(try integer(digits(radix), radix, at: start))
    }
    // `a.0.1` is two look-ups, not a fraction.
    let isAfterPoint = start > 0 && byte(start - 1) == UInt8(ascii: ".")
    var text = digits(10)
    guard !isAfterPoint else { return .int(try integer(text, 10, at: start)) }
    var isFraction = false
    if byte(offset) == UInt8(ascii: "."), hasDigit(at: offset + 1, 10) {
      offset += 1
      text += "." + digits(10)
      isFraction = true
    }
    if byte(offset) | 0x20 == UInt8(ascii: "e") {
      let hasSign = byte(offset + 1) == 0x2B || byte(offset + 1) == 0x2D
      if hasDigit(at: offset + (hasSign ? 2 : 1), 10) {
        text += "e" + (byte(offset + 1) == 0x2D ? "-" : "")
        offset += hasSign ? 2 : 1
        text += digits(10)
        isFraction = true
      }
    }
    if isFraction { return .double(Double(text) ?? 0) }
    // Python knows no decimal number with zeros in front; Jinja reads `0` and `7` in `07`.
    if text.count > 1, text.first == "0", text.contains(where: { $0 != "0" }) {
      offset = start + 1
      return .int(0)
    }
    return .int(try integer(text, 10, at: start))
  }

  private func hasDigit(at place: Int, _ radix: Int) -> Bool {
    let place = radix != 10 && byte(place) == UInt8(ascii: "_") ? place + 1 : place
    return place < source.count
      && Character(Unicode.Scalar(byte(place))).hexDigitValue.map { $0 < radix } ?? false
  }

  /// Digits with single underscores between them taken out.
  private mutating func digits(_ radix: Int) -> String {
    var digits = ""
    while offset < source.count {
      let character = Character(Unicode.Scalar(byte(offset)))
      if let value = character.hexDigitValue, value < radix, character.isASCII {
        digits.append(character)
      } else if character != "_" || !hasDigit(at: offset + 1, radix)
        || byte(offset + 1) == UInt8(ascii: "_")
      {
        break
      }
      offset += 1
    }
    return digits
  }

  private func integer(
    _ digits: String, _ radix: Int, at place: Int
  ) throws(ExpressionError) -> Int {
    guard let value = Int(digits, radix: radix) else {
      throw ExpressionError.unsupported(
        .init("an integer beyond 64 bits", at: SourcePlace(of: place, in: source)))
    }
    return value
  }
}

// MARK: - Strings

extension JinjaLexer {
  private mutating func string(_ quote: UInt8) throws(ExpressionError) -> String {
    let start = offset
    offset += 1
    var scalars: [Unicode.Scalar] = []
    var plainStart = offset
    while offset < source.count, source[offset] != quote {
      guard source[offset] == UInt8(ascii: "\\") else {
        offset += 1
        continue
      }
      scalars += String(decoding: source[plainStart..<offset], as: UTF8.self).unicodeScalars
      if let scalar = try escaped() { scalars.append(scalar) }
      plainStart = offset
    }
    guard offset < source.count else {
      throw error("expected a closing quote, found the end", at: start)
    }
    scalars += String(decoding: source[plainStart..<offset], as: UTF8.self).unicodeScalars
    offset += 1
    var text = ""
    text.unicodeScalars.append(contentsOf: scalars)
    return text
  }

  /// Python's escapes; an unknown one keeps its backslash. Nil for a line that goes on.
  private mutating func escaped() throws(ExpressionError) -> Unicode.Scalar? {
    let start = offset
    let letter = byte(offset + 1)
    offset += 2
    switch letter {
    case UInt8(ascii: "\n"): return nil
    case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): return Unicode.Scalar(letter)
    case UInt8(ascii: "a"): return "\u{7}"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "v"): return "\u{B}"
    case 0x30...0x37:
      var value = UInt32(letter - 0x30)
      var count = 1
      while count < 3, (0x30...0x37).contains(byte(offset)) {
        value = value * 8 + UInt32(byte(offset) - 0x30)
        offset += 1
        count += 1
      }
      return Unicode.Scalar(value)
    case UInt8(ascii: "x"): return try hexadecimal(2, start)
    case UInt8(ascii: "u"): return try hexadecimal(4, start)
    case UInt8(ascii: "U"): return try hexadecimal(8, start)
    case UInt8(ascii: "N"):
      let name = source[min(offset, source.count)...].prefix { $0 != UInt8(ascii: "}") }
      guard byte(offset) == UInt8(ascii: "{"),
        let scalar = RegexCharacters.named(String(decoding: name.dropFirst(), as: UTF8.self))
      else { throw error("unknown Unicode character name", at: start) }
      offset += name.count + 1
      return scalar
    default:
      offset -= 1
      return "\\"
    }
  }

  private mutating func hexadecimal(
    _ width: Int, _ start: Int
  ) throws(ExpressionError) -> Unicode.Scalar {
    let digits = source[min(offset, source.count)...].prefix(width)
    let text = String(decoding: digits, as: UTF8.self)
    guard digits.count == width, text.allSatisfy(\.isHexDigit),
      let scalar = UInt32(text, radix: 16).flatMap(Unicode.Scalar.init)
    else { throw error("expected \(width) hexadecimal digits of a character", at: start) }
    offset += width
    return scalar
  }
}
