/// Filters that make numbers. Integers have 64 bits; what does not fit is an error.
extension JinjaFilter {
  static let numberFilters = [
    JinjaFilter("int", ["default", "base"]) { _, value, bound throws(ExpressionError) in
      let base = try bound.int(1, of: "int") ?? 10
      guard (2...36).contains(base) else {
        throw .failed(.init("int wants a base from 2 to 36, not \(base)"))
      }
      let fallback = bound[0] ?? .int(0)
      switch value {
      case .int, .uint: return value
      case .bool(let flag): return .int(flag ? 1 : 0)
      case .double(let number): return try truncated(number) ?? fallback
      case .string(let text):
        if let number = PythonNumbers.int(text, radix: base) { return .int(number) }
        return try PythonNumbers.float(text).flatMap { number throws(ExpressionError) in
          try truncated(number)
        } ?? fallback
      default: return fallback
      }
    },
    JinjaFilter("float", ["default"]) { _, value, bound throws(ExpressionError) in
      if let number = value.floating { return .double(number) }
      if case .string(let text) = value, let number = PythonNumbers.float(text) {
        return .double(number)
      }
      return bound[0] ?? .double(0)
    },
    JinjaFilter("abs") { _, value, _ throws(ExpressionError) in
      switch value {
      case .double(let number): return .double(number.magnitude)
      case .uint: return value
      case .int, .bool:
        let number = value.wholeIndex ?? 0
        guard number != .min else { throw .failed(.init("an integer beyond 64 bits")) }
        return .int(abs(number))
      default: throw .failed(.init("bad operand type for abs(): '\(value.typeName)'"))
      }
    },
  ]

  /// `int(number)`; nil for infinity and NaN.
  private static func truncated(_ number: Double) throws(ExpressionError) -> Value? {
    guard number.isFinite else { return nil }
    guard let whole = Int(exactly: number.rounded(.towardZero)) else {
      throw .failed(.init("\(PythonNumbers.text(number)) is an integer beyond 64 bits"))
    }
    return .int(whole)
  }
}
