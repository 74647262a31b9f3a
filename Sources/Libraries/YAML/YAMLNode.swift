/// A value of a YAML document with the place where its text begins.
/// A node that stands for an alias carries the alias's place, its parts those of the anchor.
/// Equality looks at values and the order of keys, not at places.
public struct YAMLNode: Sendable, Equatable {
  public let value: YAMLValue
  public let place: YAMLPlace

  public init(_ value: YAMLValue, at place: YAMLPlace) {
    self.value = value
    self.place = place
  }

  public static func == (one: YAMLNode, other: YAMLNode) -> Bool { one.value == other.value }

  /// The value of a mapping's text key; nil for anything else and where there is none.
  /// A scan: content files have few keys a mapping.
  public subscript(key: String) -> YAMLNode? {
    guard case .mapping(let pairs) = value else { return nil }
    return pairs.first { $0.key.value == .string(key) }?.value
  }

  /// The element of a sequence; nil for anything else and outside its bounds.
  public subscript(index: Int) -> YAMLNode? {
    guard case .sequence(let items) = value, items.indices.contains(index) else { return nil }
    return items[index]
  }
}

/// What YAML 1.1 text means to PyYAML's safe loader.
public enum YAMLValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case int(Int)
  /// Only for values above `Int.max`.
  case uint(UInt64)
  /// An integer outside both, as it was written.
  case longInteger(String)
  case double(Double)
  case string(String)
  indirect case timestamp(YAMLTimestamp)
  case sequence([YAMLNode])
  /// Each key once, at its first place in the order; the last value given for it.
  case mapping([YAMLPair])

  /// The kind with its article, for messages.
  public var kindName: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .int, .uint, .longInteger: "an integer"
    case .double: "a number"
    case .string: "text"
    case .timestamp: "a date"
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }
}

/// One member of a mapping.
public struct YAMLPair: Sendable, Equatable {
  /// A scalar: sequences and mappings are refused as keys.
  public let key: YAMLNode
  public let value: YAMLNode

  public init(key: YAMLNode, value: YAMLNode) {
    self.key = key
    self.value = value
  }
}

/// A line and a column, both counted from 1; columns count Unicode scalars, a tab is one.
public struct YAMLPlace: Sendable, Hashable, CustomStringConvertible {
  public let line: Int
  public let column: Int

  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  public var description: String { "\(line):\(column)" }
}
