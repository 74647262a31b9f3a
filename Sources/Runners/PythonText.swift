import JSON

/// Values as Python's `str` writes them: that is how StackStorm's scripts get numbers, lists and
/// objects as arguments. Nesting is bounded by the JSON that the values came from.
enum PythonText {
  /// `str(value)`: a text as it is, anything else as it is written in Python.
  static func string(_ value: JSONValue) -> String {
    if case .string(let text) = value { return text }
    return literal(value)
  }

  private static func literal(_ value: JSONValue) -> String {
    switch value {
    case .null: "None"
    case .bool(let value): value ? "True" : "False"
    case .int(let value): String(value)
    case .uint(let value): String(value)
    case .double(let value): number(value)
    case .string(let text): quoted(text)
    case .array(let elements): "[" + elements.map(literal).joined(separator: ", ") + "]"
    case .object(let members):
      "{" + members.map { "\(quoted($0.key)): \(literal($0.value))" }.joined(separator: ", ") + "}"
    }
  }

  /// The shortest digits that read back; with an exponent below 1e-4 and from 1e16 on.
  private static func number(_ value: Double) -> String {
    let text = value.description
    guard value.isFinite, let mark = text.firstIndex(of: "e") else { return text }
    guard let exponent = Int(text[text.index(after: mark)...]), (-4..<16).contains(exponent) else {
      return exponentText(text, mark)
    }
    let sign = text.hasPrefix("-") ? "-" : ""
    let digits = text[..<mark].filter(\.isNumber)
    let whole = digits.hasSuffix("0") && digits.count == 2 ? String(digits.prefix(1)) : digits
    if exponent < 0 {
      return sign + "0." + String(repeating: "0", count: -exponent - 1) + whole
    }
    let padding = String(repeating: "0", count: max(0, exponent + 1 - whole.count))
    let all = whole + padding
    let fraction = all.dropFirst(exponent + 1)
    return sign + all.prefix(exponent + 1) + "." + (fraction.isEmpty ? "0" : fraction)
  }

  /// `1.0e-07` is `1e-07` there: no `.0`, and at least two digits behind the sign.
  private static func exponentText(_ text: String, _ mark: String.Index) -> String {
    var mantissa = String(text[..<mark])
    if mantissa.hasSuffix(".0") { mantissa.removeLast(2) }
    let exponent = text[text.index(after: mark)...]
    let digits = exponent.drop { $0 == "+" || $0 == "-" }
    return mantissa + "e" + (exponent.hasPrefix("-") ? "-" : "+")
      + (digits.count < 2 ? "0" : "") + digits
  }

  /// Single quotes, unless the text holds one and no double quote.
  private static func quoted(_ text: String) -> String {
    let quote: Unicode.Scalar =
      text.unicodeScalars.contains("'") && !text.unicodeScalars.contains("\"") ? "\"" : "'"
    var quoted = String(quote)
    for scalar in text.unicodeScalars {
      switch scalar {
      case quote, "\\": quoted += "\\\(scalar)"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case _ where scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value):
        let digits = String(scalar.value, radix: 16)
        quoted += "\\x" + (digits.count < 2 ? "0" : "") + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + String(quote)
  }
}
