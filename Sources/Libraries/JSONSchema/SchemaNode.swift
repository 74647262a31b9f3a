import JSON

/// One compiled schema. Schemas refer to each other by their index in the compiled whole, so that a
/// schema may contain itself.
struct SchemaNode: Sendable {
  /// Where a `$ref` leads; it excludes everything else.
  var reference: Int?
  var checks: [SchemaCheck] = []
  var isSecret = false
  /// For filling in defaults.
  var types: SchemaTypes?
  var properties: [SchemaProperty] = []
  var items: Int?
}

/// One keyword, or several that only mean something together.
enum SchemaCheck: Sendable {
  case types(SchemaTypes)
  case values(Set<JSONValue>, text: String)
  case bound(JSONValue, isUpper: Bool, isExclusive: Bool)
  case multiple(of: JSONValue)
  case count(SchemaCounted, isMaximum: Bool, Int)
  case pattern(SchemaPattern)
  case format(SchemaFormat)
  case items(Int)
  case tuple([Int], others: SchemaOthers)
  case unique
  case members(SchemaMembers)
  case required([String])
  case dependency(String, [String])
  case dependentSchema(String, Int)
  case allOf([Int])
  case anyOf([Int])
  case oneOf([Int])
  case not(Int)
}

/// What a limit counts.
enum SchemaCounted: String, Sendable {
  case characters, elements, members
}

/// What becomes of the elements or members that a schema does not name.
enum SchemaOthers: Sendable {
  case allowed, refused
  case fitting(Int)
}

struct SchemaPattern: Sendable {
  let text: String
  let isFound: @Sendable (String) -> Bool
}

struct SchemaProperty: Sendable {
  let name: String
  let schema: Int
  let defaultValue: JSONValue?
  let isRequired: Bool
  let acceptsNull: Bool
}

/// `properties`, `patternProperties` and `additionalProperties`.
struct SchemaMembers: Sendable {
  var properties: [SchemaProperty] = []
  var places: [JSONKey: Int] = [:]
  var patterns: [(SchemaPattern, schema: Int)] = []
  var others = SchemaOthers.allowed

  func property(_ name: String) -> SchemaProperty? {
    places[JSONKey(name)].map { properties[$0] }
  }
}

struct SchemaTypes: OptionSet, Sendable {
  let rawValue: UInt8

  static let null = SchemaTypes(rawValue: 1)
  static let boolean = SchemaTypes(rawValue: 2)
  static let integer = SchemaTypes(rawValue: 4)
  static let number: SchemaTypes = [SchemaTypes(rawValue: 8), .integer]
  static let string = SchemaTypes(rawValue: 16)
  static let array = SchemaTypes(rawValue: 32)
  static let object = SchemaTypes(rawValue: 64)
  static let any: SchemaTypes = [.null, .boolean, .number, .string, .array, .object]

  static let names: [(String, SchemaTypes)] = [
    ("array", .array), ("boolean", .boolean), ("integer", .integer), ("null", .null),
    ("number", .number), ("object", .object), ("string", .string), ("raw_string", .string),
    ("any", .any),
  ]

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Nil for an unknown name.
  init?(name: String) {
    guard let types = Self.names.first(where: { $0.0 == name })?.1 else { return nil }
    self = types
  }

  init(of kind: JSONKind) {
    switch kind {
    case .null: self = .null
    case .bool: self = .boolean
    case .int, .uint: self = .integer
    case .double: self = SchemaTypes(rawValue: 8)
    case .string: self = .string
    case .array: self = .array
    case .object: self = .object
    }
  }

  var text: String {
    if self == .any { return "any value" }
    var names = Self.names.filter { contains($0.1) && !["raw_string", "any"].contains($0.0) }
      .map(\.0)
    if contains(.number) { names.removeAll { $0 == "integer" } }
    return names.joined(separator: " or ")
  }
}
