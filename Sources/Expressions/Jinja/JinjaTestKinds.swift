/// The tests that can stand behind `is`: kinds of values, comparisons, properties.
extension JinjaTest {
  /// By name, aliases included.
  static let named: [String: JinjaTest] = {
    var named = Dictionary(uniqueKeysWithValues: (kinds + values).map { ($0.name, $0) })
    let comparisons: [([String], JinjaExpression.Comparison)] = [
      (["eq", "equalto", "=="], .equal), (["ne", "!="], .notEqual),
      (["lt", "lessthan", "<"], .less), (["le", "<="], .lessOrEqual),
      (["gt", "greaterthan", ">"], .greater), (["ge", ">="], .greaterOrEqual),
      (["in"], .contained),
    ]
    for (names, comparison) in comparisons {
      for name in names {
        named[name] = JinjaTest(name, ["other"]) { value, bound throws(ExpressionError) in
          try JinjaEvaluator.holds(comparison, value, bound[0] ?? .none)
        }
      }
    }
    return named
  }()

  private static func isUndefined(_ value: Value) -> Bool {
    if case .undefined = value { true } else { false }
  }

  /// An undefined value is of no kind; asking is no error.
  private static func kind(
    _ name: String, _ isKind: @escaping @Sendable (Value) -> Bool
  ) -> JinjaTest {
    JinjaTest(name, takesUndefined: true) { value, _ throws(ExpressionError) in isKind(value) }
  }

  /// Python's `value % divisor`.
  private static func remainder(
    _ value: Value, _ divisor: Value
  ) throws(ExpressionError) -> Double {
    if let value = value.wholeIndex, let divisor = divisor.wholeIndex, divisor != 0 {
      let remainder = divisor == -1 ? 0 : value % divisor
      return Double(remainder < 0 ? remainder + abs(divisor) : remainder)
    }
    guard let value = value.floating, let divisor = divisor.floating else {
      throw .failed(.init("this test wants a number, not \(value.typeName)"))
    }
    guard divisor != 0 else { throw .failed(.init("division by zero")) }
    let remainder = value.truncatingRemainder(dividingBy: divisor)
    return remainder < 0 ? remainder + divisor.magnitude : remainder
  }

  private static let kinds = [
    JinjaTest("defined", takesUndefined: true) { value, _ throws(ExpressionError) in
      !isUndefined(value)
    },
    JinjaTest("undefined", takesUndefined: true) { value, _ throws(ExpressionError) in
      isUndefined(value)
    },
    kind("none") { !$0.isNotNone },
    kind("string") { $0.typeName == "str" },
    kind("integer") { $0.typeName == "int" },
    kind("float") { $0.typeName == "float" },
    kind("boolean") { $0.typeName == "bool" },
    kind("number") { $0.floating != nil },
    kind("mapping") { $0.isMapping },
    kind("sequence") { $0.count != nil },
    JinjaTest("iterable") { value, _ throws(ExpressionError) in value.count != nil },
    kind("true") { value in
      if case .bool(true) = value { true } else { false }
    },
    kind("false") { value in
      if case .bool(false) = value { true } else { false }
    },
  ]

  private static let values = [
    JinjaTest("odd") { value, _ throws(ExpressionError) in
      try remainder(value, .int(2)) == 1
    },
    JinjaTest("even") { value, _ throws(ExpressionError) in
      try remainder(value, .int(2)) == 0
    },
    JinjaTest("divisibleby", ["num"]) { value, bound throws(ExpressionError) in
      try remainder(value, bound[0] ?? .none) == 0
    },
    JinjaTest("lower") { value, _ throws(ExpressionError) in
      let text = try PythonPrinter.string(value, Budget(.standard))
      return PythonText.isCased(text) && PythonText.equal(text, PythonText.lower(text))
    },
    JinjaTest("upper") { value, _ throws(ExpressionError) in
      let text = try PythonPrinter.string(value, Budget(.standard))
      return PythonText.isCased(text) && PythonText.equal(text, PythonText.upper(text))
    },
  ]
}

extension PythonText {
  static func isCased(_ text: String) -> Bool {
    text.unicodeScalars.contains { $0.properties.isCased }
  }
}
