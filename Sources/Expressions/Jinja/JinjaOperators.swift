import Glibc

/// Arithmetic and comparison. Integers have 64 bits; a result beyond them is an error, never a
/// rounded number.
extension JinjaEvaluator {
  mutating func unary(
    _ sign: JinjaExpression.Unary, _ inner: JinjaExpression, _ offset: Int
  ) throws(ExpressionError) -> Value {
    let value = try operand(inner)
    return try placed(offset) { _ throws(ExpressionError) in
      switch (sign, value) {
      case (.not, _): return .bool(try !PythonSemantics.isTrue(value))
      case (.negative, .double(let number)): return .double(-number)
      case (.positive, .double), (.positive, .uint): return value
      case (_, .int), (_, .bool):
        let number = value.wholeIndex ?? 0
        if sign == .positive { return .int(number) }
        return .int(try Self.whole(number.multipliedReportingOverflow(by: -1)))
      default:
        let mark = sign == .negative ? "-" : "+"
        throw .failed(.init("bad operand type for unary \(mark): '\(value.typeName)'"))
      }
    }
  }

  mutating func compare(
    _ first: JinjaExpression, _ rest: [(JinjaExpression.Comparison, JinjaExpression)],
    _ offset: Int
  ) throws(ExpressionError) -> Value {
    var left = try operand(first)
    for (comparison, expression) in rest {
      let right = try operand(expression)
      let holds = try placed(offset) { _ throws(ExpressionError) in
        try Self.holds(comparison, left, right)
      }
      if !holds { return .bool(false) }
      left = right
    }
    return .bool(true)
  }

  static func holds(
    _ comparison: JinjaExpression.Comparison, _ left: Value, _ right: Value
  ) throws(ExpressionError) -> Bool {
    switch comparison {
    case .equal: return try PythonSemantics.equal(left, right)
    case .notEqual: return try !PythonSemantics.equal(left, right)
    case .less: return try PythonSemantics.less(left, right)
    case .greater: return try PythonSemantics.greater(left, right)
    case .lessOrEqual:
      if try PythonSemantics.less(left, right, sign: "<=") { return true }
      return try PythonSemantics.equal(left, right)
    case .greaterOrEqual:
      if try PythonSemantics.less(right, left, sign: ">=") { return true }
      return try PythonSemantics.equal(left, right)
    case .contained: return try PythonSemantics.contains(right, left)
    case .notContained: return try !PythonSemantics.contains(right, left)
    }
  }

  mutating func compute(
    _ operation: JinjaExpression.Binary, _ left: Value, _ right: Value
  ) throws(ExpressionError) -> Value {
    if let one = left.wholeIndex, let other = right.wholeIndex {
      return try Self.compute(operation, one, other)
    }
    if left.typeName == "int", right.typeName == "int" {
      throw .failed(.init("arithmetic on an integer beyond 64 bits"))
    }
    if let one = left.floating, let other = right.floating {
      return .double(try Self.compute(operation, one, other))
    }
    switch (operation, left, right) {
    case (.add, .string(let one), .string(let other)):
      try budget.checkOutput(bytes: one.utf8.count + other.utf8.count)
      return .string(one + other)
    case (.add, .tuple(let one), .tuple(let other)):
      try budget.spend(one.count + other.count)
      return .tuple(one + other)
    case (.multiply, .string(let text), _) where right.wholeIndex != nil:
      return try repeated(text, right.wholeIndex ?? 0)
    case (.multiply, _, .string(let text)) where left.wholeIndex != nil:
      return try repeated(text, left.wholeIndex ?? 0)
    case (.modulo, .string(let format), _):
      return .string(try PythonFormat.format(format, right, budget))
    default: break
    }
    if operation == .add, left.typeName == "list", right.typeName == "list",
      let one = left.elements, let other = right.elements
    {
      try budget.spend(one.count + other.count)
      return .list(one + other)
    }
    if operation == .multiply, let (parts, count) = Self.repetition(left, right) {
      let (total, isOver) = parts.count.multipliedReportingOverflow(by: max(0, count))
      try budget.spend(isOver ? .max : total)
      let repeated = Array(repeatElement(parts, count: max(0, count)).joined())
      return left.typeName == "tuple" || right.typeName == "tuple"
        ? .tuple(repeated) : .list(repeated)
    }
    throw .failed(
      .init(
        "unsupported operand types for \(operation.rawValue): '\(left.typeName)' and "
          + "'\(right.typeName)'"))
  }

  private static func repetition(
    _ left: Value, _ right: Value
  ) -> (parts: [Value], count: Int)? {
    if let parts = left.elements, let count = right.wholeIndex { return (parts, count) }
    if let parts = right.elements, let count = left.wholeIndex { return (parts, count) }
    return nil
  }

  private func repeated(_ text: String, _ count: Int) throws(ExpressionError) -> Value {
    let (bytes, isOver) = text.utf8.count.multipliedReportingOverflow(by: max(0, count))
    try budget.checkOutput(bytes: isOver ? .max : bytes)
    return .string(String(repeating: text, count: max(0, count)))
  }

  private static func whole(
    _ result: (partialValue: Int, overflow: Bool)
  ) throws(ExpressionError) -> Int {
    if result.overflow { throw .failed(.init("the result is an integer beyond 64 bits")) }
    return result.partialValue
  }

  private static func compute(
    _ operation: JinjaExpression.Binary, _ one: Int, _ other: Int
  ) throws(ExpressionError) -> Value {
    switch operation {
    case .add: return .int(try whole(one.addingReportingOverflow(other)))
    case .subtract: return .int(try whole(one.subtractingReportingOverflow(other)))
    case .multiply: return .int(try whole(one.multipliedReportingOverflow(by: other)))
    case .divide:
      guard other != 0 else { throw .failed(.init("division by zero")) }
      return .double(Double(one) / Double(other))
    case .floorDivide:
      guard other != 0 else { throw .failed(.init("division by zero")) }
      let quotient = try whole(one.dividedReportingOverflow(by: other))
      return .int(quotient * other != one && (one < 0) != (other < 0) ? quotient - 1 : quotient)
    case .modulo:
      guard other != 0 else { throw .failed(.init("division by zero")) }
      let remainder = other == -1 ? 0 : one % other
      return .int(remainder != 0 && (remainder < 0) != (other < 0) ? remainder + other : remainder)
    case .power:
      guard other >= 0 else {
        return .double(try compute(.power, Double(one), Double(other)))
      }
      var result = 1
      switch one {
      case 0, 1: result = other == 0 ? 1 : one
      case -1: result = other % 2 == 0 ? 1 : -1
      default:
        // Beyond 63 doublings no other base stays within 64 bits.
        for _ in 0..<min(other, 64) {
          result = try whole(result.multipliedReportingOverflow(by: one))
        }
      }
      return .int(result)
    }
  }

  private static func compute(
    _ operation: JinjaExpression.Binary, _ one: Double, _ other: Double
  ) throws(ExpressionError) -> Double {
    switch operation {
    case .add: return one + other
    case .subtract: return one - other
    case .multiply: return one * other
    case .divide:
      guard other != 0 else { throw .failed(.init("float division by zero")) }
      return one / other
    case .floorDivide:
      guard other != 0 else { throw .failed(.init("float floor division by zero")) }
      return ((one - modulo(one, other)) / other).rounded()
    case .modulo:
      guard other != 0 else { throw .failed(.init("float modulo by zero")) }
      return modulo(one, other)
    case .power:
      guard one != 0 || other >= 0 else {
        throw .failed(.init("0.0 cannot be raised to a negative power"))
      }
      let result = pow(one, other)
      guard !result.isNaN || one.isNaN || other.isNaN else {
        throw .failed(.init("the result is a complex number"))
      }
      if result.isInfinite, one.isFinite, other.isFinite {
        throw .failed(.init("the result is too large for a float"))
      }
      return result
    }
  }

  /// With the sign of the divisor.
  private static func modulo(_ one: Double, _ other: Double) -> Double {
    let remainder = one.truncatingRemainder(dividingBy: other)
    if remainder == 0 { return other < 0 ? -0.0 : 0 }
    return (remainder < 0) != (other < 0) ? remainder + other : remainder
  }
}

extension Value {
  /// Any number as a floating-point one.
  var floating: Double? {
    switch self {
    case .bool(let value): value ? 1 : 0
    case .int(let value): Double(value)
    case .uint(let value): Double(value)
    case .double(let value): value
    default: nil
    }
  }
}
