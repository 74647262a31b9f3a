import Expressions
import JSON

/// Turns a text into a value of the declared type, as StackStorm does with rendered parameters.
/// What is no text is left to the check against the schema.
struct Cast {
  let name: String
  let type: String

  func cast(_ value: JSONValue) throws(ParameterError) -> JSONValue {
    switch (type, value) {
    case ("integer", .double(let number)) where Int(exactly: number.rounded(.towardZero)) != nil:
      return .int(Int(number))
    case ("number", .int(let number)): return .double(Double(number))
    case (_, .string(let text)): return try cast(text)
    default: return value
    }
  }

  private func cast(_ text: String) throws(ParameterError) -> JSONValue {
    let trimmed = text.trimmingSpaces
    switch type {
    case "array", "object":
      if trimmed.isEmpty { return .null }
      if let value = Self.json(trimmed) { return value }
      guard let value = PythonLiteral.value(of: trimmed) else { throw refused(text, "JSON") }
      return value
    case "boolean":
      switch trimmed.lowercased() {
      case "true", "1", "yes", "on": return true
      case "false", "0", "no", "off": return false
      case "", "none", "null": return .null
      default: throw refused(text, "true or false")
      }
    case "integer":
      if trimmed.isEmpty || trimmed == "None" { return .null }
      if let number = Int(trimmed) { return .int(number) }
      guard let number = Double(trimmed), let whole = Int(exactly: number.rounded(.towardZero))
      else { throw refused(text, "an integer") }
      return .int(whole)
    case "number":
      if trimmed.isEmpty || trimmed == "None" { return .null }
      guard let number = Double(trimmed), number.isFinite else {
        throw refused(text, "a number")
      }
      return .double(number)
    default: return .string(text)
    }
  }

  private static func json(_ text: String) -> JSONValue? { try? JSONValue(parsing: text) }

  private func refused(_ text: String, _ wanted: String) -> ParameterError {
    ParameterError("Parameter '\(name)' must be \(wanted), found '\(text.prefix(100))'.")
  }
}

extension String {
  var trimmingSpaces: String {
    func isSpace(_ character: Character) -> Bool { character.isWhitespace }
    return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
  }
}

/// Python's literals, which content writes where JSON would do: single quotes, `True`, `None`,
/// tuples. Read by turning them into JSON; nothing is evaluated.
enum PythonLiteral {
  static func value(of text: String) -> JSONValue? {
    // A template that is nothing but the literal has its value; it reaches no context.
    guard let template = try? Template(parsing: "{{ \(text) }}"), template.isSingleExpression,
      template.names.isEmpty, let value = try? template.evaluate(TemplateValues())
    else { return nil }
    return try? value.json()
  }
}
