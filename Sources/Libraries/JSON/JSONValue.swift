/// A JSON value that owns its parts. Numbers keep their form: `1` is an integer, `1.0` is not,
/// and an integer above `Int.max` keeps all its digits up to 64 bits.
/// Equality is structural and strict (`1` differs from `1.0`; strings are compared byte by byte,
/// not by Unicode's equivalence); the order of an object's members does not count.
public enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case int(Int)
  /// Only for values above `Int.max`.
  case uint(UInt64)
  case double(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)
}

extension JSONValue {
  public var isNull: Bool {
    if case .null = self { true } else { false }
  }

  public var boolValue: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  public var intValue: Int? {
    if case .int(let value) = self { value } else { nil }
  }

  /// An integer that is not negative.
  public var uintValue: UInt64? {
    switch self {
    case .int(let value): UInt64(exactly: value)
    case .uint(let value): value
    default: nil
    }
  }

  /// Any number as a floating-point one.
  public var doubleValue: Double? {
    switch self {
    case .int(let value): Double(value)
    case .uint(let value): Double(value)
    case .double(let value): value
    default: nil
    }
  }

  public var stringValue: String? {
    if case .string(let value) = self { value } else { nil }
  }

  public var arrayValue: [JSONValue]? {
    if case .array(let value) = self { value } else { nil }
  }

  public var objectValue: JSONObject? {
    if case .object(let value) = self { value } else { nil }
  }

  /// The member of an object; nil for anything else and where there is none.
  public subscript(key: String) -> JSONValue? {
    if case .object(let value) = self { value[key] } else { nil }
  }

  /// The element of an array; nil for anything else and outside its bounds.
  public subscript(index: Int) -> JSONValue? {
    if case .array(let value) = self, value.indices.contains(index) { value[index] } else { nil }
  }

  public var kind: JSONKind {
    switch self {
    case .null: .null
    case .bool: .bool
    case .int: .int
    case .uint: .uint
    case .double: .double
    case .string: .string
    case .array: .array
    case .object: .object
    }
  }

  /// JSON Schema's name of the kind: null, boolean, integer, number, string, array or object.
  public var kindName: String { kind.name }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(nilLiteral: ()) { self = .null }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int) { self = .int(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(JSONObject(elements))
  }
}
