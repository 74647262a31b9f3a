public import JSON

/// The parts of containers, one way for all their representations.
extension Value {
  /// Python's name of the type.
  public var typeName: String {
    switch self {
    case .undefined: "Undefined"
    case .none: "NoneType"
    case .bool: "bool"
    case .int, .uint: "int"
    case .double: "float"
    case .string: "str"
    case .list: "list"
    case .tuple: "tuple"
    case .dict: "dict"
    case .view(let view): view.kind == .array ? "list" : "dict"
    case .owned(let value): value.arrayValue == nil ? "dict" : "list"
    case .lookup: "lookup"
    }
  }

  public var isMapping: Bool {
    switch self {
    case .dict: true
    case .view(let view): view.kind == .object
    case .owned(.object): true
    default: false
    }
  }

  /// A list or tuple.
  public var isSequence: Bool {
    switch self {
    case .list, .tuple: true
    case .view(let view): view.kind == .array
    case .owned(.array): true
    default: false
    }
  }

  /// Elements of a list or tuple; nil for anything else. Children of documents are not copied.
  public var elements: [Value]? {
    switch self {
    case .list(let values), .tuple(let values): values
    case .view(let view) where view.kind == .array: view.elements.map { Value($0) }
    case .owned(.array(let values)): values.map { Value($0) }
    default: nil
    }
  }

  /// Entries of a dict in their order; nil for anything else.
  public var entries: [(key: Value, value: Value)]? {
    switch self {
    case .dict(let dict): return zip(dict.keys, dict.values).map { ($0, $1) }
    case .owned(.object(let object)): return object.map { (.string($0.key), Value($0.value)) }
    case .view(let view) where view.kind == .object:
      return Self.entries(of: view)
    default: return nil
    }
  }

  /// A name that comes again keeps its first place and takes its last value.
  private static func entries(of view: JSONView) -> [(key: Value, value: Value)] {
    if view.count > 8 {
      var dict = ValueDictionary()
      for member in view.members { try? dict.set(.string(member.key), Value(member.value)) }
      return zip(dict.keys, dict.values).map { ($0, $1) }
    }
    var names: [String] = []
    var entries: [(key: Value, value: Value)] = []
    for member in view.members {
      let name = member.key
      if let place = names.firstIndex(where: { PythonText.equal($0, name) }) {
        entries[place].value = Value(member.value)
      } else {
        names.append(name)
        entries.append((.string(name), Value(member.value)))
      }
    }
    return entries
  }

  /// How many parts a container has; nil for anything else. Text counts code points.
  public var count: Int? {
    switch self {
    case .string(let text): text.unicodeScalars.count
    case .list(let values), .tuple(let values): values.count
    case .dict(let dict): dict.count
    case .view(let view): view.kind == .array ? view.count : entries?.count
    case .owned(.array(let values)): values.count
    case .owned(.object(let object)): object.count
    default: nil
    }
  }

  var isEmptyContainer: Bool {
    switch self {
    case .string(let text): text.isEmpty
    case .view(let view): view.count == 0
    default: count == 0
    }
  }

  /// The member of a dict under a text; nil where there is none and for anything else.
  public func member(_ name: String) -> Value? {
    switch self {
    case .dict(let dict): dict[.text(Array(name.utf8))]
    case .view(let view): view[name].map { Value($0) }
    case .owned(let value): value[name].map { Value($0) }
    default: nil
    }
  }

  /// The element of a list or tuple, counted from the end when negative; nil outside of it.
  func element(_ position: Int) -> Value? {
    guard isSequence, let count else { return nil }
    let place = position < 0 ? position + count : position
    guard place >= 0, place < count else { return nil }
    switch self {
    case .list(let values), .tuple(let values): return values[place]
    case .view(let view): return view[place].map { Value($0) }
    case .owned(let value): return value[place].map { Value($0) }
    default: return nil
    }
  }

  /// What stands in place of a look-up; any other value is itself. An undefined one is an error.
  public func settled() throws(ExpressionError) -> Value {
    switch self {
    case .lookup(let lookup): return try lookup.value().settled()
    case .undefined(let undefined) where undefined.isLenient: return .string("")
    case .undefined(let undefined): throw .undefined(.init(undefined.message))
    default: return self
    }
  }
}

extension Value {
  /// The value as JSON, look-ups settled, tuples as arrays, keys of dicts as Python's `json.dumps`
  /// writes them. Fails where JSON has no such value, and beyond `depthMax`.
  public func json(depthMax: Int = EvaluationLimits.standard.depthMax) throws(ExpressionError)
    -> JSONValue
  {
    guard depthMax >= 0 else { throw .limitReached(.init("nested too deep for JSON")) }
    switch self {
    case .none: return .null
    case .bool(let value): return .bool(value)
    case .int(let value): return .int(value)
    case .uint(let value): return .uint(value)
    case .double(let value): return .double(value)
    case .string(let value): return .string(value)
    case .view(let view): return view.copy()
    case .owned(let value): return value
    case .list(let values), .tuple(let values):
      var array: [JSONValue] = []
      for value in values { array.append(try value.json(depthMax: depthMax - 1)) }
      return .array(array)
    case .dict(let dict):
      var object = JSONObject()
      for (key, value) in zip(dict.keys, dict.values) {
        object[try Self.jsonKey(key)] = try value.json(depthMax: depthMax - 1)
      }
      return .object(object)
    case .lookup, .undefined:
      return try settled().json(depthMax: depthMax - 1)
    }
  }

  static func jsonKey(_ key: Value) throws(ExpressionError) -> String {
    switch key {
    case .string(let text): text
    case .none: "null"
    case .bool(let value): value ? "true" : "false"
    case .int(let value): String(value)
    case .uint(let value): String(value)
    case .double(let value): PythonNumbers.text(value)
    default:
      throw .failed(
        .init("keys must be str, int, float, bool or None, not \(key.typeName)"))
    }
  }
}
