import JSON

/// Filters between values and JSON, with StackStorm's marks and paths. Texts and nesting keep the
/// evaluation's limits.
extension JinjaFilter {
  /// What StackStorm writes in place of None so that a rendered text can become null again.
  static let noneMark = "%*****__%NONE%__*****%"

  static let dataFilters = [
    JinjaFilter("to_complex") { evaluator, value, _ throws(ExpressionError) in
      .string(try PythonJSON.dumps(value, evaluator.budget))
    },
    JinjaFilter("to_json_string", ["indent", "sort_keys", "separators"]) {
      evaluator, value, bound throws(ExpressionError) in
      var writer = PythonJSON(evaluator.budget)
      writer.itemSeparator = ","
      writer.indent = try bound.int(0, of: "to_json_string")
      writer.sortsKeys = try bound.isTrue(1)
      if let separators = bound[2], separators.isNotNone {
        let pair = separators.elements ?? []
        guard pair.count == 2, case .string(let item) = pair[0], case .string(let key) = pair[1]
        else { throw .failed(.init("to_json_string wants two texts as separators")) }
        writer.itemSeparator = item
        writer.keySeparator = key
      }
      guard (0...64).contains(writer.indent ?? 0) else {
        throw .failed(.init("to_json_string wants an indent from 0 to 64"))
      }
      return .string(try writer.dumps(value))
    },
    JinjaFilter("from_json_string") { evaluator, value, _ throws(ExpressionError) in
      guard case .string(let text) = value else {
        throw .failed(.init("from_json_string wants a text, not \(value.typeName)"))
      }
      do throws(JSONError) {
        let limits = JSONLimits(
          depthMax: evaluator.budget.limits.depthMax,
          bytesMax: evaluator.budget.limits.outputBytesMax)
        return Value(try JSONDocument(parsing: text, limits: limits).root)
      } catch {
        throw .failed(.init("not JSON: \(error)"))
      }
    },
    JinjaFilter("use_none") { _, value, _ throws(ExpressionError) in
      value.isNotNone ? value : .string(noneMark)
    },
    JinjaFilter("jsonpath_query", ["query"], required: 1) {
      evaluator, value, bound throws(ExpressionError) in
      let path = try JSONPath(try bound.text(0, of: "jsonpath_query"))
      let matches = try path.all(in: value, limits: evaluator.budget.limits)
      return matches.isEmpty ? .none : .list(matches)
    },
  ]
}
