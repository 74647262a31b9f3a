/// Characters, escapes and sets of a pattern, written out for PCRE2.
enum RegexCharacters {
  /// Ignoring case, Python takes these four for one letter, PCRE2 does not.
  private static let dotted: [Unicode.Scalar] = ["i", "I", "\u{130}", "\u{131}"]
  static let dottedMembers = "iI\\x{130}\\x{131}"

  static func isDotted(_ scalar: Unicode.Scalar, _ scope: Regex.Flags) -> Bool {
    scope.contains(.ignoreCase) && !scope.contains(.ascii) && dotted.contains(scalar)
  }

  static func literal(_ scalar: Unicode.Scalar, _ scope: Regex.Flags) -> String {
    isDotted(scalar, scope) ? "[\(dottedMembers)]" : member(scalar)
  }

  /// One character, safe outside a set and in it.
  static func member(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_": String(scalar)
    case " "..."~": "\\" + String(scalar)
    default: "\\x{\(String(scalar.value, radix: 16))}"
    }
  }

  /// `\d \D \s \S \w \W` as members of a set; nil for other letters. White space is written out,
  /// because PCRE2's differs; the others differ only in ASCII mode.
  static func category(_ letter: Unicode.Scalar, _ scope: Regex.Flags) -> String? {
    let isASCII = scope.contains(.ascii)
    switch letter {
    case "d": return isASCII ? "0-9" : "\\d"
    case "D": return isASCII ? "\\x{0}-\\/\\:-\\x{10ffff}" : "\\D"
    case "w": return isASCII ? "0-9A-Z_a-z" : "\\w"
    case "W":
      return isASCII ? "\\x{0}-\\/\\:-\\@\\[-\\^\\`\\{-\\x{10ffff}" : "\\W"
    case "s":
      return isASCII
        ? "\\x{9}-\\x{d}\\ "
        : "\\x{9}-\\x{d}\\x{1c}-\\ \\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}"
          + "\\x{202f}\\x{205f}\\x{3000}"
    case "S":
      return isASCII
        ? "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\!-\\x{10ffff}"
        : "\\x{0}-\\x{8}\\x{e}-\\x{1b}\\!-\\x{84}\\x{86}-\\x{9f}\\x{a1}-\\x{167f}"
          + "\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}"
          + "\\x{2060}-\\x{2fff}\\x{3001}-\\x{10ffff}"
    default: return nil
    }
  }

  /// A word boundary between ASCII letters.
  static let asciiBoundary =
    "(?-i:(?<=[0-9A-Z_a-z])(?![0-9A-Z_a-z])|(?<![0-9A-Z_a-z])(?=[0-9A-Z_a-z]))"
  static let asciiNoBoundary =
    "(?-i:(?<=[0-9A-Z_a-z])(?=[0-9A-Z_a-z])|(?<![0-9A-Z_a-z])(?![0-9A-Z_a-z])(?!\\A\\z))"
  /// In an empty text Python finds no place that is no boundary.
  static let noBoundary = "(?:\\B(?!\\A\\z))"

  /// The character of `\N{name}`.
  static func named(_ name: String) -> Unicode.Scalar? {
    let wanted = name.uppercased()
    let ideograph = "CJK UNIFIED IDEOGRAPH-"
    guard wanted.hasPrefix(ideograph) else { return names[wanted] }
    return UInt32(wanted.dropFirst(ideograph.count), radix: 16).flatMap(Unicode.Scalar.init)
      .flatMap { $0.properties.isIdeographic ? $0 : nil }
  }

  /// Made when the first text asks for a name, so that asking for many costs no search each.
  private static let names: [String: Unicode.Scalar] = {
    var names: [String: Unicode.Scalar] = [:]
    for value in UInt32(0x20)..<0x1_FC00 {
      guard let scalar = Unicode.Scalar(value), !scalar.properties.isIdeographic else { continue }
      if let alias = scalar.properties.nameAlias { names[alias] = scalar }
      if let name = scalar.properties.name { names[name] = scalar }
    }
    return names
  }()
}

extension RegexTranslation {
  /// Behind a backslash outside a set.
  mutating func escape(
    _ scope: Regex.Flags, _ start: Int
  ) throws(ExpressionError) -> RegexItem {
    guard let letter = reader.next else { throw reader.error("bad escape (end of pattern)") }
    if let category = RegexCharacters.category(letter, scope) {
      reader.advance()
      // Ignoring case must not let letters outside ASCII in again.
      let text = scope.contains(.ascii) ? "(?-i:[\(category)])" : "[\(category)]"
      return RegexItem(text: text, width: RegexWidth(1))
    }
    let isASCII = scope.contains(.ascii)
    let position: String? =
      switch letter {
      case "A": "\\A"
      case "Z": "\\z"
      case "b": isASCII ? RegexCharacters.asciiBoundary : "\\b"
      case "B": isASCII ? RegexCharacters.asciiNoBoundary : RegexCharacters.noBoundary
      default: nil
      }
    if let position {
      reader.advance()
      return RegexItem(text: position, width: RegexWidth(0), kind: .position)
    }
    if ("1"..."9").contains(letter) { return try numbered(scope, start) }
    return literal(try character(start), scope)
  }

  /// `\1` to `\99` is a reference, three octal digits are a character.
  private mutating func numbered(
    _ scope: Regex.Flags, _ start: Int
  ) throws(ExpressionError) -> RegexItem {
    func isOctal(_ scalar: Unicode.Scalar) -> Bool { ("0"..."7").contains(scalar) }
    var digits = reader.take(while: { ("0"..."9").contains($0) }, max: 2)
    if digits.count == 2, digits.unicodeScalars.allSatisfy(isOctal) {
      digits += reader.take(while: isOctal, max: 1)
      if digits.count == 3 { return literal(try octal(digits, start), scope) }
    }
    return try reference(to: Int(digits) ?? 0, start)
  }

  private func octal(_ digits: String, _ start: Int) throws(ExpressionError) -> Unicode.Scalar {
    guard let value = UInt32(digits, radix: 8), value <= 0o377, let scalar = Unicode.Scalar(value)
    else {
      throw reader.error("octal escape value \\\(digits) outside of range 0-0o377", at: start)
    }
    return scalar
  }

  /// A character written as an escape, alike outside a set and in it.
  private mutating func character(_ start: Int) throws(ExpressionError) -> Unicode.Scalar {
    guard let letter = reader.next else { throw reader.error("bad escape (end of pattern)") }
    reader.advance()
    switch letter {
    case "a": return "\u{7}"
    case "f": return "\u{C}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "v": return "\u{B}"
    case "x": return try hexadecimal(2, start)
    case "u": return try hexadecimal(4, start)
    case "U": return try hexadecimal(8, start)
    case "N":
      guard reader.take("{") else { throw reader.error("missing {", at: start + 2) }
      let name = try reader.name(until: "}")
      guard let scalar = RegexCharacters.named(name) else {
        throw reader.error("undefined character name '\(name)'", at: start)
      }
      return scalar
    case "0":
      return try octal("0" + reader.take(while: { ("0"..."7").contains($0) }, max: 2), start)
    case "a"..."z", "A"..."Z":
      throw reader.error("bad escape \\\(letter)", at: start)
    default: return letter
    }
  }

  private mutating func hexadecimal(
    _ width: Int, _ start: Int
  ) throws(ExpressionError) -> Unicode.Scalar {
    let digits = reader.take(while: { $0.properties.isASCIIHexDigit }, max: width)
    guard digits.count == width else {
      throw reader.error("incomplete escape, \(width) hexadecimal digits expected", at: start)
    }
    guard let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init) else {
      throw reader.error("bad escape, no character \(digits)", at: start)
    }
    return scalar
  }
}

// MARK: - Sets

extension RegexTranslation {
  private enum Member {
    case one(Unicode.Scalar)
    case category(String, name: String)

    var name: String {
      switch self {
      case .one(let scalar): String(scalar)
      case .category(_, let name): name
      }
    }
  }

  /// Behind `[`.
  mutating func characterClass(
    _ scope: Regex.Flags, _ start: Int
  ) throws(ExpressionError) -> String {
    var text = reader.take("^") ? "[^" : "["
    var isFirst = true
    var hasDotted = false
    while isFirst || reader.next != "]" {
      isFirst = false
      let memberStart = reader.offset
      let low = try classMember(scope, start)
      guard reader.next == "-" else {
        append(low, to: &text, &hasDotted, scope)
        continue
      }
      reader.advance()
      if reader.next == "]" {
        append(low, to: &text, &hasDotted, scope)
        append(.one("-"), to: &text, &hasDotted, scope)
        break
      }
      let high = try classMember(scope, start)
      guard case .one(let first) = low, case .one(let last) = high, first <= last else {
        throw reader.error("bad character range \(low.name)-\(high.name)", at: memberStart)
      }
      text += RegexCharacters.member(first) + "-" + RegexCharacters.member(last)
    }
    guard reader.take("]") else { throw reader.error("unterminated character set", at: start) }
    return text + (hasDotted ? RegexCharacters.dottedMembers : "") + "]"
  }

  private func append(
    _ member: Member, to text: inout String, _ hasDotted: inout Bool, _ scope: Regex.Flags
  ) {
    switch member {
    case .one(let scalar):
      hasDotted = hasDotted || RegexCharacters.isDotted(scalar, scope)
      text += RegexCharacters.member(scalar)
    case .category(let members, _): text += members
    }
  }

  private mutating func classMember(
    _ scope: Regex.Flags, _ start: Int
  ) throws(ExpressionError) -> Member {
    guard let scalar = reader.next else {
      throw reader.error("unterminated character set", at: start)
    }
    let memberStart = reader.offset
    reader.advance()
    guard scalar == "\\" else { return .one(scalar) }
    guard let letter = reader.next else {
      throw reader.error("bad escape (end of pattern)", at: memberStart)
    }
    if let category = RegexCharacters.category(letter, scope) {
      reader.advance()
      return .category(category, name: "\\\(letter)")
    }
    if letter == "b" {
      reader.advance()
      return .one("\u{8}")
    }
    if ("1"..."9").contains(letter) {
      let digits = reader.take(while: { ("0"..."7").contains($0) }, max: 3)
      guard !digits.isEmpty else { throw reader.error("bad escape \\\(letter)", at: memberStart) }
      return .one(try octal(digits, memberStart))
    }
    return .one(try character(memberStart))
  }
}
