/// StackStorm's filters with regular expressions. A pattern is compiled at each use, and matching
/// is counted against the evaluation's limit.
extension JinjaFilter {
  static let regexFilters = [
    JinjaFilter("regex_match", ["pattern", "ignorecase"], required: 1) {
      evaluator, value, bound throws(ExpressionError) in
      let regex = try regex(bound, ignoreCase: 1, anchor: .start, evaluator)
      return .bool(try regex.matches(try evaluator.string(value)))
    },
    JinjaFilter("regex_search", ["pattern", "ignorecase"], required: 1) {
      evaluator, value, bound throws(ExpressionError) in
      let regex = try regex(bound, ignoreCase: 1, anchor: .anywhere, evaluator)
      return .bool(try regex.matches(try evaluator.string(value)))
    },
    JinjaFilter("regex_replace", ["pattern", "replacement", "ignorecase"], required: 2) {
      evaluator, value, bound throws(ExpressionError) in
      let regex = try regex(bound, ignoreCase: 2, anchor: .anywhere, evaluator)
      let replacement = try bound.text(1, of: "regex_replace")
      let text = try evaluator.string(value)
      return .string(
        try RegexReplacement.replace(regex, with: replacement, in: text, &evaluator.budget))
    },
    JinjaFilter("regex_substring", ["pattern", "result_index", "ignorecase"], required: 1) {
      evaluator, value, bound throws(ExpressionError) in
      let regex = try regex(bound, ignoreCase: 2, anchor: .anywhere, evaluator)
      let text = try evaluator.string(value)
      let matches = try regex.allMatches(in: text, &evaluator.budget)
      let index = try bound.int(1, of: "regex_substring") ?? 0
      let place = index < 0 ? index + matches.count : index
      guard matches.indices.contains(place) else {
        throw .failed(.init("regex_substring: there are \(matches.count) matches, no \(index)"))
      }
      return found(matches[place], regex, in: text)
    },
  ]

  private static func regex(
    _ bound: JinjaBound, ignoreCase: Int, anchor: Regex.Anchor, _ evaluator: JinjaEvaluator
  ) throws(ExpressionError) -> Regex {
    try Regex(
      try bound.text(0, of: "a regex filter"),
      flags: try bound.isTrue(ignoreCase) ? .ignoreCase : [], anchor: anchor,
      matchStepsMax: evaluator.budget.limits.matchStepsMax)
  }

  /// As `re.findall` has it: the match, its only group, or the tuple of its groups.
  private static func found(_ match: Regex.Match, _ regex: Regex, in text: String) -> Value {
    func group(_ number: Int) -> Value { .string(match.group(number, in: text) ?? "") }
    switch regex.groupCount {
    case 0: return group(0)
    case 1: return group(1)
    default: return .tuple((1...regex.groupCount).map(group))
    }
  }
}
