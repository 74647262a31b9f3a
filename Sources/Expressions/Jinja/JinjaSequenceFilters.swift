/// Filters on lists, and on what can be gone through like one: texts by code points, dicts by keys.
extension JinjaFilter {
  static let sequenceFilters = [
    JinjaFilter("default", ["default_value", "boolean"]) {
      _, value, bound throws(ExpressionError) in
      let fallback = bound[0] ?? .string("")
      if case .undefined = value { return fallback }
      guard try bound.isTrue(1), try !PythonSemantics.isTrue(value) else { return value }
      return fallback
    },
    JinjaFilter("length") { _, value, _ throws(ExpressionError) in
      guard let count = value.count else {
        throw .failed(.init("object of type '\(value.typeName)' has no len()"))
      }
      return .int(count)
    },
    JinjaFilter("first") { evaluator, value, _ throws(ExpressionError) in
      try evaluator.iterated(value).first
        ?? .undefined(Undefined(message: "No first item, sequence was empty."))
    },
    JinjaFilter("last") { evaluator, value, _ throws(ExpressionError) in
      try evaluator.iterated(value).last
        ?? .undefined(Undefined(message: "No last item, sequence was empty."))
    },
    JinjaFilter("list") { evaluator, value, _ throws(ExpressionError) in
      .list(try evaluator.iterated(value))
    },
    JinjaFilter("join", ["d", "attribute"]) { evaluator, value, bound throws(ExpressionError) in
      let separator =
        try bound[0].map { value throws(ExpressionError) in
          try evaluator.string(value)
        } ?? ""
      var text = ""
      for (index, part) in try evaluator.iterated(value).enumerated() {
        var part = part
        if let path = bound[1], path.isNotNone {
          part = try evaluator.attribute(at: path, of: part)
        }
        text += (index > 0 ? separator : "") + (try evaluator.string(part))
        try evaluator.budget.checkOutput(bytes: text.utf8.count)
      }
      return .string(text)
    },
  ]
}

extension JinjaEvaluator {
  /// `attribute='a.0.b'` of filters.
  func attribute(at path: Value, of value: Value) throws(ExpressionError) -> Value {
    guard case .string(let path) = path else { return try item(of: value, path) }
    var place = value
    for name in path.split(separator: ".", omittingEmptySubsequences: false) {
      place = try item(of: place, Int(name).map { .int($0) } ?? .string(String(name)))
    }
    return place
  }
}
