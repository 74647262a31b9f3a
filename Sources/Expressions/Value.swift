public import JSON

/// What an expression works on and yields: Python's values as far as templates know them, and
/// places in documents that are looked at without being copied. `view` and `owned` hold arrays and
/// objects only; make them with `init(_:)`, which takes scalars out at once.
public enum Value: Sendable {
  /// A look-up that found nothing. Only `default`, `is defined` and the like may touch it.
  case undefined(Undefined)
  case none
  case bool(Bool)
  case int(Int)
  /// Only for JSON integers above `Int.max`.
  case uint(UInt64)
  case double(Double)
  case string(String)
  case list([Value])
  case tuple([Value])
  case dict(ValueDictionary)
  case view(JSONView)
  case owned(JSONValue)
  /// Members and a value that the caller looks up when they are asked for.
  case lookup(any ValueLookup)

  public init(_ view: JSONView) {
    switch view.kind {
    case .null: self = .none
    case .bool: self = .bool(view.boolValue ?? false)
    case .int: self = .int(view.intValue ?? 0)
    case .uint: self = .uint(view.uintValue ?? 0)
    case .double: self = .double(view.doubleValue ?? 0)
    case .string: self = .string(view.stringValue ?? "")
    case .array, .object: self = .view(view)
    }
  }

  public init(_ value: JSONValue) {
    switch value {
    case .null: self = .none
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .uint(let value): self = .uint(value)
    case .double(let value): self = .double(value)
    case .string(let value): self = .string(value)
    case .array, .object: self = .owned(value)
    }
  }
}

/// A name that has no value, with the words that an error shall use for it.
public struct Undefined: Hashable, Sendable {
  public let message: String
  /// Stands for an empty text where a value is needed, as an `if` without `else` does in Jinja2.
  let isLenient: Bool

  public init(message: String) { self.init(message: message, isLenient: false) }
  init(name: String) { self.init(message: "'\(name)' is undefined") }

  init(message: String, isLenient: Bool) {
    self.message = message
    self.isLenient = isLenient
  }
}

/// What the caller supplies lazily: datastore entries, secrets, configuration. It is asked only for
/// what an expression touches, so what an evaluation read can be recorded.
public protocol ValueLookup: Sendable {
  /// The member `name`; `undefined` where there is none. Throws to end the evaluation, as when the
  /// member is a secret that may not be seen here.
  func member(_ name: String) throws(ExpressionError) -> Value
  /// What stands here where a plain value is wanted. Never a look-up again.
  func value() throws(ExpressionError) -> Value
}

/// A dict that a template made: any hashable keys, in the order in which they came.
public struct ValueDictionary: Sendable {
  public private(set) var keys: [Value] = []
  public private(set) var values: [Value] = []
  private var places: [ValueKey: Int] = [:]

  public init() {}

  public var count: Int { keys.count }

  subscript(key: ValueKey) -> Value? { places[key].map { values[$0] } }

  /// Fails as Python's dict does on a key that is not hashable.
  public mutating func set(_ key: Value, _ value: Value) throws(ExpressionError) {
    let found = try ValueKey(key)
    if let place = places[found] {
      values[place] = value
    } else {
      places[found] = keys.count
      keys.append(key)
      values.append(value)
    }
  }
}

/// A value as a key of a dict or member of a set: `1`, `1.0` and `True` are the same one.
enum ValueKey: Hashable {
  case none
  case int(Int)
  case uint(UInt64)
  case double(Double)
  case text([UInt8])
  case tuple([ValueKey])

  init(_ value: Value) throws(ExpressionError) {
    switch value {
    case .none: self = .none
    case .bool(let value): self = .int(value ? 1 : 0)
    case .int(let value): self = .int(value)
    case .uint(let value): self = .uint(value)
    case .double(let value):
      if let whole = Int(exactly: value) {
        self = .int(whole)
      } else if let whole = UInt64(exactly: value) {
        self = .uint(whole)
      } else {
        self = .double(value)
      }
    case .string(let value): self = .text(Array(value.utf8))
    case .tuple(let parts):
      var keys: [ValueKey] = []
      for part in parts { keys.append(try ValueKey(part)) }
      self = .tuple(keys)
    case .list, .dict, .view, .owned, .undefined, .lookup:
      throw .failed(.init("unhashable type: '\(value.typeName)'"))
    }
  }
}
