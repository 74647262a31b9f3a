public import JSON

/// A schema that cannot be used, with all its mistakes (at most `mistakesMax`).
public struct SchemaError: Error, Hashable, Sendable, CustomStringConvertible {
  public static let mistakesMax = 100

  public let mistakes: [SchemaMistake]

  public var description: String {
    mistakes.map(\.description).joined(separator: "; ")
  }
}

/// One mistake in a schema.
public struct SchemaMistake: Hashable, Sendable, CustomStringConvertible {
  /// The place in the schema.
  public let location: JSONLocation
  public let expected: String
  public let found: String

  public var description: String { "\(location): expected \(expected), found \(found)" }
}

/// A value's part that does not fit its schema.
public struct SchemaViolation: Hashable, Sendable, CustomStringConvertible {
  /// The place in the value.
  public let location: JSONLocation
  public let expected: String
  /// The value seen, cut off when it is long, hidden when it is secret.
  public let found: String

  public var message: String { "expected \(expected), found \(found)" }
  public var description: String { "\(location): \(message)" }
}

/// Values in messages.
enum SchemaText {
  static let charactersMax = 80

  static func shown(_ value: JSONValue) -> String {
    switch value {
    case .null: "null"
    case .array(let elements): "an array of \(elements.count)"
    case .object(let members): "an object of \(members.count)"
    case .bool, .int, .uint, .double: "\(value.kindName) \(value.text())"
    case .string(let text): "string \(quoted(text))"
    }
  }

  static func quoted(_ text: String) -> String {
    guard text.unicodeScalars.count > charactersMax else { return JSONValue.string(text).text() }
    let start = String(text.unicodeScalars.prefix(charactersMax))
    return "\(JSONValue.string(start).text()) (cut off)"
  }

  /// A list of names, cut off when it is long.
  static func listed(_ names: [String]) -> String {
    let shown = names.prefix(20).map(quoted).joined(separator: ", ")
    return names.count > 20 ? "\(shown) and \(names.count - 20) more" : shown
  }
}
