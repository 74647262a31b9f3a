/// Makes a syntax tree of tokens, by Jinja2's grammar: from loosest to tightest bind `,`, `if
/// else`, `or`, `and`, `not`, comparisons, `+ -`, `~`, `* / // %`, `**`, signs, then filters,
/// tests, attributes, items and calls.
struct JinjaParser {
  let source: [UInt8]
  let tokens: [JinjaToken]
  let depthMax: Int
  static let operationsMax = 1000

  var index = 0
  private var depth = 0
  /// Operators, look-ups, filters and calls of the expression that is being read.
  private var operations = 0

  init(_ source: [UInt8], _ tokens: [JinjaToken], depthMax: Int) {
    self.source = source
    self.tokens = tokens
    self.depthMax = depthMax
  }

  mutating func parse() throws(ExpressionError) -> [JinjaNode] {
    var nodes: [JinjaNode] = []
    while true {
      let token = tokens[index]
      index += 1
      switch token.kind {
      case .text(let text): nodes.append(.text(text))
      case .outputBegin:
        operations = 0
        if tokens[index].kind == .outputEnd { throw unexpected("an expression") }
        nodes.append(.output(try tuple(), token.offset))
        guard tokens[index].kind == .outputEnd else { throw unexpected("'}}'") }
        index += 1
      default: return nodes
      }
    }
  }

  var current: JinjaToken { tokens[index] }

  func error(_ message: String, at offset: Int) -> ExpressionError {
    .malformed(.init(message, at: SourcePlace(of: offset, in: source)))
  }

  func unexpected(_ expected: String) -> ExpressionError {
    error("expected \(expected), found \(current.name)", at: current.offset)
  }

  func isMark(_ mark: String) -> Bool { current.kind == .mark(mark) }
  func isWord(_ word: String) -> Bool { current.kind == .name(word) }

  mutating func takeMark(_ mark: String) -> Bool {
    guard isMark(mark) else { return false }
    index += 1
    return true
  }

  mutating func takeWord(_ word: String) -> Bool {
    guard isWord(word) else { return false }
    index += 1
    return true
  }

  mutating func expectMark(_ mark: String) throws(ExpressionError) {
    guard takeMark(mark) else { throw unexpected("'\(mark)'") }
  }

  mutating func expectName() throws(ExpressionError) -> String {
    guard case .name(let name) = current.kind else { throw unexpected("a name") }
    index += 1
    return name
  }

  /// Every nesting of the text goes through here.
  mutating func deeper<Result>(
    _ body: (inout JinjaParser) throws(ExpressionError) -> Result
  ) throws(ExpressionError) -> Result {
    depth += 1
    defer { depth -= 1 }
    if depth > depthMax {
      throw .limitReached(.init("an expression nested more than \(depthMax) deep"))
    }
    return try body(&self)
  }

  /// A chain `a.b.c` or `a + b + c` makes the tree deeper without nesting in the text. The tree is
  /// walked and freed by recursion, so its depth must be bounded.
  mutating func countOperation() throws(ExpressionError) {
    operations += 1
    if operations > Self.operationsMax {
      throw .limitReached(
        .init("an expression of more than \(Self.operationsMax) operations"))
    }
  }
}

// MARK: - Operators

extension JinjaParser {
  /// One expression, or several with commas: a tuple.
  mutating func tuple() throws(ExpressionError) -> JinjaExpression {
    let first = try expression()
    guard isMark(",") else { return first }
    var parts = [first]
    while takeMark(",") {
      if current.kind == .outputEnd || isMark(")") { break }
      parts.append(try expression())
    }
    return .tuple(parts)
  }

  mutating func expression() throws(ExpressionError) -> JinjaExpression {
    try deeper { parser throws(ExpressionError) in try parser.conditional() }
  }

  private mutating func conditional() throws(ExpressionError) -> JinjaExpression {
    var result = try either()
    while takeWord("if") {
      try countOperation()
      let condition = try either()
      let otherwise = takeWord("else") ? try expression() : nil
      result = .conditional(result, if: condition, else: otherwise)
    }
    return result
  }

  private mutating func either() throws(ExpressionError) -> JinjaExpression {
    var left = try both()
    while takeWord("or") {
      try countOperation()
      left = .either(left, try both())
    }
    return left
  }

  private mutating func both() throws(ExpressionError) -> JinjaExpression {
    var left = try negation()
    while takeWord("and") {
      try countOperation()
      left = .both(left, try negation())
    }
    return left
  }

  private mutating func negation() throws(ExpressionError) -> JinjaExpression {
    let offset = current.offset
    guard takeWord("not") else { return try comparison() }
    return try deeper { parser throws(ExpressionError) in
      .unary(.not, try parser.negation(), offset)
    }
  }

  private mutating func comparison() throws(ExpressionError) -> JinjaExpression {
    let first = try sum()
    let offset = current.offset
    var rest: [(JinjaExpression.Comparison, JinjaExpression)] = []
    while let comparison = comparisonMark() { rest.append((comparison, try sum())) }
    return rest.isEmpty ? first : .comparison(first, rest, offset)
  }

  private mutating func comparisonMark() -> JinjaExpression.Comparison? {
    switch current.kind {
    case .mark(let mark):
      guard let comparison = JinjaExpression.Comparison(rawValue: mark) else { return nil }
      index += 1
      return comparison
    case .name("in"):
      index += 1
      return .contained
    case .name("not"):
      guard tokens[index + 1].kind == .name("in") else { return nil }
      index += 2
      return .notContained
    default: return nil
    }
  }

  private mutating func binary(
    _ operators: Set<String>,
    _ operand: (inout JinjaParser) throws(ExpressionError) -> JinjaExpression
  ) throws(ExpressionError) -> JinjaExpression {
    var left = try operand(&self)
    while case .mark(let mark) = current.kind, operators.contains(mark),
      let operation = JinjaExpression.Binary(rawValue: mark)
    {
      let offset = current.offset
      index += 1
      try countOperation()
      left = .binary(operation, left, try operand(&self), offset)
    }
    return left
  }

  private mutating func sum() throws(ExpressionError) -> JinjaExpression {
    try binary(["+", "-"]) { parser throws(ExpressionError) in try parser.concatenation() }
  }

  private mutating func concatenation() throws(ExpressionError) -> JinjaExpression {
    var parts = [try product()]
    while takeMark("~") { parts.append(try product()) }
    return parts.count == 1 ? parts[0] : .concatenation(parts)
  }

  private mutating func product() throws(ExpressionError) -> JinjaExpression {
    try binary(["*", "/", "//", "%"]) { parser throws(ExpressionError) in try parser.power() }
  }

  private mutating func power() throws(ExpressionError) -> JinjaExpression {
    try binary(["**"]) { parser throws(ExpressionError) in
      try parser.unary(withFilters: true)
    }
  }

  private mutating func unary(withFilters: Bool) throws(ExpressionError) -> JinjaExpression {
    let offset = current.offset
    var node: JinjaExpression
    if isMark("-") || isMark("+") {
      let sign: JinjaExpression.Unary = isMark("-") ? .negative : .positive
      index += 1
      node = try deeper { parser throws(ExpressionError) in
        .unary(sign, try parser.unary(withFilters: false), offset)
      }
    } else {
      node = try primary()
    }
    node = try postfix(node)
    return withFilters ? try filters(node) : node
  }
}
