/// What `re.sub` puts in place of each match: text with `\1`, `\g<1>`, `\g<name>` and escapes.
struct RegexReplacement {
  private enum Part {
    case text(String)
    case group(Int)
  }

  private var parts: [Part] = []

  init(_ template: String, for regex: Regex) throws(ExpressionError) {
    var reader = RegexReader(template)
    var text = ""
    while let scalar = reader.next {
      let start = reader.offset
      reader.advance()
      guard scalar == "\\" else {
        text.unicodeScalars.append(scalar)
        continue
      }
      switch try Self.escape(&reader, start, regex) {
      case .text(let more): text += more
      case .group(let number):
        parts += [.text(text), .group(number)]
        text = ""
      }
    }
    parts.append(.text(text))
  }

  private static func escape(
    _ reader: inout RegexReader, _ start: Int, _ regex: Regex
  ) throws(ExpressionError) -> Part {
    guard let letter = reader.next else { throw reader.error("bad escape (end of pattern)") }
    reader.advance()
    switch letter {
    case "g":
      guard reader.take("<") else { throw reader.error("missing <") }
      return .group(try group(named: try reader.name(until: ">"), reader, regex))
    case "0":
      let digits = reader.take(while: { ("0"..."7").contains($0) }, max: 2)
      return .text(character(UInt32(digits, radix: 8) ?? 0))
    case "1"..."9": return try numbered(letter, &reader, start, regex)
    case "a": return .text("\u{7}")
    case "b": return .text("\u{8}")
    case "f": return .text("\u{C}")
    case "n": return .text("\n")
    case "r": return .text("\r")
    case "t": return .text("\t")
    case "v": return .text("\u{B}")
    case "\\": return .text("\\")
    case "a"..."z", "A"..."Z": throw reader.error("bad escape \\\(letter)", at: start)
    default: return .text("\\\(letter)")
    }
  }

  private static func character(_ value: UInt32) -> String {
    Unicode.Scalar(value).map(String.init) ?? ""
  }

  private static func numbered(
    _ first: Unicode.Scalar, _ reader: inout RegexReader, _ start: Int, _ regex: Regex
  ) throws(ExpressionError) -> Part {
    func isOctal(_ scalar: Unicode.Scalar) -> Bool { ("0"..."7").contains(scalar) }
    var digits = String(first) + reader.take(while: { ("0"..."9").contains($0) }, max: 1)
    if digits.count == 2, digits.unicodeScalars.allSatisfy(isOctal) {
      digits += reader.take(while: isOctal, max: 1)
      if digits.count == 3 {
        guard let value = UInt32(digits, radix: 8), value <= 0o377 else {
          throw reader.error("octal escape value \\\(digits) outside of range 0-0o377", at: start)
        }
        return .text(character(value))
      }
    }
    guard let number = Int(digits), number <= regex.groupCount else {
      throw reader.error("invalid group reference \(digits)", at: start + 1)
    }
    return .group(number)
  }

  private static func group(
    named name: String, _ reader: RegexReader, _ regex: Regex
  ) throws(ExpressionError) -> Int {
    if RegexReader.isIdentifier(name) {
      guard let number = regex.groupNames[name] else {
        throw reader.error("unknown group name '\(name)'")
      }
      return number
    }
    guard let number = Int(name), name.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      throw reader.error("bad character in group name '\(name)'")
    }
    guard number <= regex.groupCount else {
      throw reader.error("invalid group reference \(number)")
    }
    return number
  }

  /// `re.sub(pattern, template, text)`
  static func replace(
    _ regex: Regex, with template: String, in text: String, _ budget: inout Budget
  ) throws(ExpressionError) -> String {
    let replacement = try RegexReplacement(template, for: regex)
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var offset = 0
    for match in try regex.allMatches(in: text, &budget) {
      guard let range = match.ranges[0] else { continue }
      result += bytes[offset..<range.lowerBound]
      for part in replacement.parts {
        switch part {
        case .text(let text): result += Array(text.utf8)
        case .group(let number): if let group = match.ranges[number] { result += bytes[group] }
        }
        try budget.checkOutput(bytes: result.count)
      }
      offset = range.upperBound
    }
    result += bytes[offset...]
    try budget.checkOutput(bytes: result.count)
    return String(decoding: result, as: UTF8.self)
  }
}

extension Regex {
  /// `re.sub(pattern, template, text)`
  public func replacingMatches(
    in text: String, with template: String, limits: EvaluationLimits = .standard
  ) throws(ExpressionError) -> String {
    var budget = Budget(limits)
    return try RegexReplacement.replace(self, with: template, in: text, &budget)
  }
}
