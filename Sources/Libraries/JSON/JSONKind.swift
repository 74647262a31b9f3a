/// What a JSON value is. Integers above `Int.max` are `uint`; numbers written with a point or an
/// exponent are `double`.
public enum JSONKind: Sendable, Hashable {
  case null, bool, int, uint, double, string, array, object

  /// JSON Schema's name of the kind.
  public var name: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .int, .uint: "integer"
    case .double: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }
}
