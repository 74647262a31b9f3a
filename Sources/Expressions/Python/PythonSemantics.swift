/// How Python compares and tests values. Look-ups are settled first; an undefined value is an
/// error. Recursion is bounded by the depth of the values, which their makers bound.
public enum PythonSemantics {
  /// `bool(value)`
  public static func isTrue(_ value: Value) throws(ExpressionError) -> Bool {
    switch value {
    case .none: false
    case .bool(let value): value
    case .int(let value): value != 0
    case .uint: true
    case .double(let value): value != 0
    case .string, .list, .tuple, .dict, .view, .owned: !value.isEmptyContainer
    case .lookup, .undefined: try isTrue(try value.settled())
    }
  }

  /// `one == other`: deep, `1 == 1.0 == True`, a text never equals a number, a list never a tuple.
  public static func equal(_ one: Value, _ other: Value) throws(ExpressionError) -> Bool {
    switch (one, other) {
    case (.string(let one), .string(let other)): return PythonText.equal(one, other)
    case (.none, .none): return true
    case (.lookup, _), (.undefined, _), (_, .lookup), (_, .undefined):
      return try equal(try one.settled(), try other.settled())
    default: break
    }
    if let left = one.number, let right = other.number { return left == right }
    if let left = one.elements, let right = other.elements {
      guard left.count == right.count, one.isTuple == other.isTuple else { return false }
      for (left, right) in zip(left, right) where try !equal(left, right) { return false }
      return true
    }
    guard let left = one.entries, let right = other.entries, left.count == right.count else {
      return false
    }
    for (key, value) in left {
      guard let counterpart = try member(of: other, key), try equal(value, counterpart) else {
        return false
      }
    }
    return true
  }

  /// `one < other`; fails for values that Python does not order.
  public static func less(_ one: Value, _ other: Value) throws(ExpressionError) -> Bool {
    try less(one, other, sign: "<")
  }

  /// `one > other`
  public static func greater(_ one: Value, _ other: Value) throws(ExpressionError) -> Bool {
    try less(other, one, sign: ">")
  }

  /// `sign` is the operator as written, for the message; with `>` and `>=` the sides are swapped.
  static func less(
    _ one: Value, _ other: Value, sign: String
  ) throws(ExpressionError) -> Bool {
    let one = try one.settled()
    let other = try other.settled()
    if let left = one.number, let right = other.number { return left < right }
    if case .string(let left) = one, case .string(let right) = other {
      return PythonText.less(left, right)
    }
    if let left = one.elements, let right = other.elements, one.isTuple == other.isTuple {
      for (left, right) in zip(left, right) where try !equal(left, right) {
        return try less(left, right, sign: sign)
      }
      return left.count < right.count
    }
    let names = sign.hasPrefix(">") ? (other, one) : (one, other)
    throw .failed(
      .init(
        "'\(sign)' not supported between instances of '\(names.0.typeName)' and "
          + "'\(names.1.typeName)'"))
  }

  /// `item in container`: part of a text, element of a list, key of a dict.
  public static func contains(
    _ container: Value, _ item: Value
  ) throws(ExpressionError) -> Bool {
    let container = try container.settled()
    let item = try item.settled()
    if case .string(let text) = container {
      guard case .string(let part) = item else {
        throw .failed(
          .init("'in <string>' requires string as left operand, not \(item.typeName)"))
      }
      return PythonText.contains(text, part)
    }
    if container.isMapping { return try member(of: container, item) != nil }
    guard let elements = container.elements else {
      throw .failed(.init("argument of type '\(container.typeName)' is not iterable"))
    }
    for element in elements where try equal(element, item) { return true }
    return false
  }

  /// `str(value)`
  public static func string(
    of value: Value, limits: EvaluationLimits = .standard
  ) throws(ExpressionError) -> String {
    try PythonPrinter.string(value, Budget(limits))
  }

  /// `float(value)`
  public static func float(_ value: Value) throws(ExpressionError) -> Double {
    let value = try value.settled()
    if let number = value.floating { return number }
    guard case .string(let text) = value else {
      throw .failed(
        .init("float() argument must be a string or a real number, not '\(value.typeName)'"))
    }
    guard let number = PythonNumbers.float(text) else {
      throw .failed(.init("could not convert string to float: \(PythonPrinter.quoted(text))"))
    }
    return number
  }

  /// `mapping[key]` of a dict; nil where there is none. Fails on a key that is not hashable.
  static func member(of mapping: Value, _ key: Value) throws(ExpressionError) -> Value? {
    let found = try ValueKey(key)
    if case .dict(let dict) = mapping { return dict[found] }
    guard case .string(let name) = key else { return nil }
    return mapping.member(name)
  }
}

/// A number for comparing: exact between whole numbers and fractions of any size.
private enum Number {
  case int(Int)
  case uint(UInt64)
  case double(Double)

  static func == (one: Number, other: Number) -> Bool {
    switch (one, other) {
    case (.int(let one), .int(let other)): one == other
    case (.uint(let one), .uint(let other)): one == other
    case (.double(let one), .double(let other)): one == other
    case (.int(let one), .double(let other)): Int(exactly: other) == one
    case (.double(let one), .int(let other)): Int(exactly: one) == other
    case (.uint(let one), .double(let other)): UInt64(exactly: other) == one
    case (.double(let one), .uint(let other)): UInt64(exactly: one) == other
    case (.int, .uint), (.uint, .int): false
    }
  }

  static func < (one: Number, other: Number) -> Bool {
    switch (one, other) {
    case (.int(let one), .int(let other)): one < other
    case (.uint(let one), .uint(let other)): one < other
    case (.double(let one), .double(let other)): one < other
    case (.int(let one), .double(let other)): compare(one, other) == -1
    case (.double(let one), .int(let other)): compare(other, one) == 1
    case (.uint(let one), .double(let other)): compare(one, other) == -1
    case (.double(let one), .uint(let other)): compare(other, one) == 1
    case (.int, .uint): true
    case (.uint, .int): false
    }
  }

  /// -1, 0, 1; nil with a NaN.
  private static func compare<Whole: FixedWidthInteger>(
    _ whole: Whole, _ fraction: Double
  ) -> Int? {
    if fraction.isNaN { return nil }
    guard let below = Whole(exactly: fraction.rounded(.down)) else { return fraction > 0 ? -1 : 1 }
    if whole != below { return whole < below ? -1 : 1 }
    return Double(below) < fraction ? -1 : 0
  }
}

extension Value {
  fileprivate var number: Number? {
    switch self {
    case .bool(let value): .int(value ? 1 : 0)
    case .int(let value): .int(value)
    case .uint(let value): .uint(value)
    case .double(let value): .double(value)
    default: nil
    }
  }

  fileprivate var isTuple: Bool {
    if case .tuple = self { true } else { false }
  }
}
