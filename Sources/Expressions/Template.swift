/// A template in Jinja2's language with StackStorm's settings: strict about undefined names,
/// filters of Jinja2 and StackStorm. Parsed once and kept; rendering changes nothing and may happen
/// anywhere. Expressions can reach their context and nothing else: no process, no file, no clock.
/// Statements (`{% %}`), functions and macros are refused when the text is parsed.
public struct Template: Sendable {
  public static let textBytesMax = 1 << 20

  public let text: String
  private let source: [UInt8]
  private let nodes: [JinjaNode]

  /// Errors are `malformed` or `unsupported` with line and column, or `limitReached`.
  public init(
    parsing text: String, limits: EvaluationLimits = .standard
  ) throws(ExpressionError) {
    guard text.utf8.count <= Self.textBytesMax else {
      throw .limitReached(.init("a template of more than \(Self.textBytesMax) bytes"))
    }
    self.text = text
    source = JinjaLexer.normalized(text)
    guard source.contains(UInt8(ascii: "{")) else {
      nodes = source.isEmpty ? [] : [.text(String(decoding: source, as: UTF8.self))]
      return
    }
    let tokens = try JinjaLexer.tokens(of: source, depthMax: limits.depthMax)
    var parser = JinjaParser(source, tokens, depthMax: limits.depthMax)
    nodes = try parser.parse()
  }

  /// Whether the answer is a text that no context can change: there is no expression in it.
  public var isConstant: Bool { constantText != nil }

  /// The answer of a constant template. It differs from the template's own text by comments, line
  /// ends, and one newline at the end, which goes.
  public var constantText: String? {
    var text = ""
    for node in nodes {
      guard case .text(let piece) = node else { return nil }
      text += piece
    }
    return text
  }

  /// Whether the whole text is one `{{ }}`, so that `evaluate` keeps the type of its value.
  public var isSingleExpression: Bool {
    guard nodes.count == 1, case .output = nodes[0] else { return false }
    return true
  }

  /// Of a single expression that ends with the filter `name`, without arguments: what the filter is
  /// put on. Nil for any other template.
  public func beforeFilter(_ name: String) -> Template? {
    guard nodes.count == 1, case .output(let expression, let offset) = nodes[0],
      case .filter(let inner, let filter, let arguments, _) = expression, filter.name == name,
      arguments.positional.isEmpty, arguments.named.isEmpty
    else { return nil }
    return Template(text: text, source: source, nodes: [.output(inner, offset)])
  }

  private init(text: String, source: [UInt8], nodes: [JinjaNode]) {
    self.text = text
    self.source = source
    self.nodes = nodes
  }

  /// The names that the template looks up in its context, each once, in the order of the text.
  public var names: [String] {
    var names: [String] = []
    for case .output(let expression, _) in nodes { expression.collect(&names) }
    return names
  }

  /// The text with every expression's value in its place, printed as Python prints it.
  public func render(
    _ context: any TemplateContext, limits: EvaluationLimits = .standard
  ) throws(ExpressionError) -> String {
    if let constantText { return constantText }
    var evaluator = JinjaEvaluator(context, source: source, limits: limits)
    return try evaluator.render(nodes)
  }

  /// The value of a single expression with its type; the rendered text of any other template.
  public func evaluate(
    _ context: any TemplateContext, limits: EvaluationLimits = .standard
  ) throws(ExpressionError) -> Value {
    guard nodes.count == 1, case .output(let expression, _) = nodes[0] else {
      return .string(try render(context, limits: limits))
    }
    var evaluator = JinjaEvaluator(context, source: source, limits: limits)
    return try evaluator.operand(expression)
  }
}

/// Where a template finds its names.
public protocol TemplateContext: Sendable {
  /// Nil where there is no such name. Asked only for names that an evaluation touches.
  func value(of name: String) throws(ExpressionError) -> Value?
}

/// A context of given values.
public struct TemplateValues: TemplateContext {
  public var values: [String: Value]

  public init(_ values: [String: Value] = [:]) { self.values = values }

  public func value(of name: String) throws(ExpressionError) -> Value? { values[name] }
}

extension JinjaExpression {
  fileprivate func collect(_ names: inout [String]) {
    switch self {
    case .constant: break
    case .name(let name, _): if !names.contains(name) { names.append(name) }
    case .attribute(let inner, _, _), .unary(_, let inner, _): inner.collect(&names)
    case .item(let one, let other, _), .binary(_, let one, let other, _), .both(let one, let other),
      .either(let one, let other):
      one.collect(&names)
      other.collect(&names)
    case .slice(let inner, let bounds, _):
      inner.collect(&names)
      for bound in [bounds.start, bounds.end, bounds.step] { bound?.collect(&names) }
    case .list(let parts), .tuple(let parts), .concatenation(let parts):
      for part in parts { part.collect(&names) }
    case .dict(let entries, _):
      for entry in entries {
        entry.key.collect(&names)
        entry.value.collect(&names)
      }
    case .comparison(let first, let rest, _):
      first.collect(&names)
      for (_, other) in rest { other.collect(&names) }
    case .conditional(let then, let condition, let otherwise):
      condition.collect(&names)
      then.collect(&names)
      otherwise?.collect(&names)
    case .filter(let inner, _, let arguments, _), .test(let inner, _, let arguments, _),
      .method(let inner, _, let arguments, _):
      inner.collect(&names)
      for argument in arguments.positional { argument.collect(&names) }
      for (_, argument) in arguments.named { argument.collect(&names) }
    }
  }
}
