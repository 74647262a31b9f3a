import Expressions
public import JSON
import Streams

/// A rule as content holds it, compiled once.
public final class Rule: Sendable {
  public let definition: RuleDefinition
  /// The rule as StackStorm's API shows it.
  public let body: JSONValue
  /// Its offset in topic `content`.
  public let revision: Int
  let criteria: Criteria
  /// The action's parameters, their templates parsed.
  private let parameters: [(name: String, tree: TemplateTree)]
  /// Why the rule can decide nothing but an error when it matches.
  let fault: String?

  public var ref: String { definition.ref }
  public var name: String { definition.name }

  init(_ definition: RuleDefinition, body: JSONValue, revision: Int) {
    self.definition = definition
    self.body = body
    self.revision = revision
    criteria = Criteria(body["criteria"]?.objectValue ?? [:])
    var fault: String?
    var parameters: [(String, TemplateTree)] = []
    for (name, value) in definition.action.parameters {
      do { parameters.append((name, try TemplateTree(value))) } catch {
        fault = fault ?? "parameter '\(name)' of action \(definition.action.ref): \(error)"
      }
    }
    self.parameters = parameters
    self.fault = fault
  }

  /// The action's parameters for a payload. Values keep their type where the action wants anything
  /// but a text.
  func render(_ payload: Value, _ content: Content) throws(ParameterError) -> JSONObject {
    let wanted = content.actions[definition.action.ref].map { Parameters($0) }
    let context = TemplateValues(["trigger": payload])
    var rendered: JSONObject = [:]
    for (name, tree) in parameters {
      let type = wanted?.type(of: name) ?? "string"
      let value: JSONValue
      do {
        value = try tree.render(context, isText: type == "string")
      } catch {
        throw ParameterError("parameter '\(name)': \(error)")
      }
      guard !SecretHandle.isIn(value) else {
        throw ParameterError("parameter '\(name)': \(SecretHandle.refusal)")
      }
      rendered[name] = value
    }
    return rendered
  }
}

/// A JSON value with templates in it, parsed once.
indirect enum TemplateTree: Sendable {
  case constant(JSONValue)
  case template(Template)
  case array([TemplateTree])
  case object([(String, TemplateTree)])

  init(_ value: JSONValue) throws(ExpressionError) {
    switch value {
    case .string(let text):
      self =
        ParameterRendering.isTemplate(text)
        ? .template(try Template(parsing: text)) : .constant(value)
    case .array(let elements):
      var trees: [TemplateTree] = []
      for element in elements { trees.append(try TemplateTree(element)) }
      self = .array(trees)
    case .object(let members):
      var trees: [(String, TemplateTree)] = []
      for (name, member) in members { trees.append((name, try TemplateTree(member))) }
      self = .object(trees)
    default: self = .constant(value)
    }
  }

  /// `isText`: a template of its own gives a text whatever its value is.
  func render(
    _ context: TemplateValues, isText: Bool = false
  ) throws(ExpressionError) -> JSONValue {
    switch self {
    case .constant(let value): return value
    case .template(let template):
      if isText || !template.isSingleExpression {
        return .string(try template.render(context))
      }
      return try template.evaluate(context).json()
    case .array(let trees):
      var rendered: [JSONValue] = []
      for tree in trees { rendered.append(try tree.render(context)) }
      return .array(rendered)
    case .object(let trees):
      var rendered: JSONObject = [:]
      for (name, tree) in trees { rendered[name] = try tree.render(context) }
      return .object(rendered)
    }
  }
}
