/// Filters on texts. Any value is printed first; what comes out keeps the evaluation's limit.
extension JinjaFilter {
  /// A filter on the value's text.
  private static func onText(
    _ name: String, _ body: @escaping @Sendable (String) -> String
  ) -> JinjaFilter {
    JinjaFilter(name) { evaluator, value, _ throws(ExpressionError) in
      let text = body(try evaluator.string(value))
      try evaluator.budget.checkOutput(bytes: text.utf8.count)
      return .string(text)
    }
  }

  static let textFilters = [
    onText("upper", PythonText.upper),
    onText("lower", PythonText.lower),
    onText("capitalize", PythonText.capitalize),
    onText("string") { $0 },
    JinjaFilter("trim", ["chars"]) { evaluator, value, bound throws(ExpressionError) in
      let text = try evaluator.string(value)
      guard bound[0]?.isNotNone == true else { return .string(PythonText.strip(text)) }
      let stripped = Set(try bound.text(0, of: "trim").unicodeScalars)
      return .string(PythonText.strip(text) { stripped.contains($0) })
    },
    JinjaFilter("replace", ["old", "new", "count"], required: 2) {
      evaluator, value, bound throws(ExpressionError) in
      let text = try evaluator.string(value)
      let old = try evaluator.string(bound[0] ?? .none)
      let new = try evaluator.string(bound[1] ?? .none)
      let count = try bound.int(2, of: "replace") ?? -1
      return .string(
        try PythonText.replace(
          text, (old, new), max: count < 0 ? .max : count, &evaluator.budget))
    },
  ]
}

extension Value {
  var isNotNone: Bool {
    if case .none = self { false } else { true }
  }
}

extension PythonText {
  /// `text.replace(old, new, max)`; an empty `old` stands between all code points.
  static func replace(
    _ text: String, _ words: (old: String, new: String), max: Int, _ budget: inout Budget
  ) throws(ExpressionError) -> String {
    let (old, new) = words
    if old.isEmpty { return try interleave(text, new, max: max, budget) }
    let bytes = Array(text.utf8)
    let pattern = Array(old.utf8)
    var result: [UInt8] = []
    var start = 0
    var count = 0
    while count < max, let place = place(of: pattern, in: bytes, from: start) {
      result += bytes[start..<place] + Array(new.utf8)
      start = place + pattern.count
      count += 1
      try budget.spend()
      try budget.checkOutput(bytes: result.count)
    }
    result += bytes[start...]
    try budget.checkOutput(bytes: result.count)
    return String(decoding: result, as: UTF8.self)
  }

  static func place(of pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    bytes.withUnsafeBufferPointer { hay in
      pattern.withUnsafeBufferPointer { firstPlace(of: $0, in: hay, from: start) }
    }
  }

  private static func interleave(
    _ text: String, _ new: String, max: Int, _ budget: Budget
  ) throws(ExpressionError) -> String {
    let count = text.unicodeScalars.count + 1
    let (added, isOver) = new.utf8.count.multipliedReportingOverflow(by: min(count, max))
    try budget.checkOutput(bytes: isOver ? .max : added + text.utf8.count)
    var result = max > 0 ? new : ""
    for (index, scalar) in text.unicodeScalars.enumerated() {
      result.unicodeScalars.append(scalar)
      if index + 1 < max { result += new }
    }
    return result
  }

  /// `text.split(separator, max)`; without a separator at runs of white space.
  static func split(_ text: String, separator: String?, max: Int) -> [String] {
    guard let separator else { return splitAtSpace(text, max: max) }
    let bytes = Array(text.utf8)
    let pattern = Array(separator.utf8)
    var parts: [String] = []
    var start = 0
    while parts.count < max, let place = place(of: pattern, in: bytes, from: start) {
      parts.append(String(decoding: bytes[start..<place], as: UTF8.self))
      start = place + pattern.count
    }
    return parts + [String(decoding: bytes[start...], as: UTF8.self)]
  }

  private static func splitAtSpace(_ text: String, max: Int) -> [String] {
    var rest = text.unicodeScalars[...].drop(while: isSpace)
    var parts: [String] = []
    while !rest.isEmpty, parts.count < max {
      let word = rest.prefix { !isSpace($0) }
      parts.append(String(word))
      rest = rest[word.endIndex...].drop(while: isSpace)
    }
    return rest.isEmpty ? parts : parts + [String(rest)]
  }
}
