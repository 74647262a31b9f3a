public import Expressions
public import JSON

/// What an index over rules can look for: that the payload has this scalar at the end of this path.
public struct EqualityKey: Hashable, Sendable {
  /// Names below the payload, `trigger` left out. Never empty.
  public let path: [JSONKey]
  public let scalar: ScalarKey
}

/// A scalar under Python's equality: `1`, `1.0` and `true` are one key, a text is none of them.
public enum ScalarKey: Hashable, Sendable {
  case int(Int)
  case uint(UInt64)
  case double(Double)
  case text(JSONKey)

  /// Nil for containers, null and what is no plain value.
  public init?(_ value: Value) {
    switch value {
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
    case .string(let value): self = .text(JSONKey(value))
    default: return nil
    }
  }

  /// The key of a place in a payload.
  public init?(_ place: JSONView) {
    switch place.kind {
    case .null, .array, .object: return nil
    default: self.init(Value(place))
    }
  }
}

extension Criteria {
  /// The criteria that hold exactly when a path of names below the payload ends at one scalar. A
  /// payload that lacks any of them cannot match.
  public var equalityKeys: [EqualityKey] {
    list.compactMap { criterion in
      guard let path = criterion.names, !path.isEmpty, case .fixed(let test) = criterion.test,
        test.kind == .equals, let scalar = ScalarKey(test.pattern)
      else { return nil }
      return EqualityKey(path: path, scalar: scalar)
    }
  }
}
