import Calendar
import Expressions
public import JSON
import JSONSchema
import Streams

/// Why parameters cannot be used; names the parameter.
public struct ParameterError: Error, Equatable, CustomStringConvertible {
  public let text: String
  public init(_ text: String) { self.text = text }
  public var description: String { text }
}

/// An action's parameters and those of its runner: what may be given, and how what is given becomes
/// what the runner gets.
///
/// Templates are rendered in the order of what they need of each other, then every value is cast to
/// its type, defaults are filled in and the whole is checked. A template that needs a secret is
/// left to the worker.
public struct Parameters: Sendable {
  private let action: Action
  /// The runner's schemas, what the action overrides merged in.
  private let runnerSchemas: JSONObject
  private let schemas: JSONObject

  public init(_ action: Action) {
    self.action = action
    var runner = RunnerType.named(action.runner)?.parameters ?? [:]
    var schemas = runner
    for (name, schema) in action.parameters {
      if let inherited = runner[name]?.objectValue {
        var merged = inherited
        for (key, value) in schema.objectValue ?? [:] { merged[key] = value }
        runner[name] = .object(merged)
        schemas[name] = .object(merged)
      } else {
        schemas[name] = schema
      }
    }
    runnerSchemas = runner
    self.schemas = schemas
  }

  /// The names of parameters whose values are secret.
  public var secretNames: Set<String> {
    Set(schemas.filter { $0.value["secret"]?.boolValue ?? false }.map(\.key))
  }

  /// The declared type; nil where there is none.
  public func type(of name: String) -> String? { schemas[name]?["type"]?.stringValue }

  /// What is given in the request, with templates rendered, cast, checked and filled up.
  func render(
    _ request: ExecutionRequest, executionID: Identifier, at time: Instant
  ) throws(ParameterError) -> RenderedParameters {
    var context = request.context
    context["execution_id"] = .string(executionID.description)
    // What a rule has rendered came from outside: its texts are data, not templates.
    return try render(request.parameters, areData: request.rule != nil, actionContext: context)
  }

  /// Checks what is given without running it.
  public func check(_ given: JSONObject, actionContext: JSONObject) throws(ParameterError) {
    _ = try render(given, areData: false, actionContext: actionContext)
  }

  private func render(
    _ given: JSONObject, areData: Bool, actionContext: JSONObject
  ) throws(ParameterError) -> RenderedParameters {
    let raw = try filled(given)
    var rendering = ParameterRendering(
      raw, dataNames: areData ? dataNames(given) : [], actionContext: actionContext)
    var values = try rendering.run()
    for (name, value) in values {
      guard let type = type(of: name), !SecretHandle.isIn(value) else { continue }
      let cast = try Cast(name: name, type: type).cast(value)
      // A text that is cast to an object may say anything.
      guard !SecretHandle.isIn(cast) else {
        throw ParameterError("Parameter '\(name)': \(SecretHandle.refusal)")
      }
      values[name] = cast
    }
    try validate(values)
    var rendered = RenderedParameters(runner: [:], action: [:])
    for (name, value) in values {
      if runnerSchemas[name] != nil {
        rendered.runner[name] = value
      } else {
        rendered.action[name] = value
      }
    }
    return rendered
  }

  /// The names of what is given; an immutable parameter has its default, given or not.
  private func dataNames(_ given: JSONObject) -> Set<String> {
    Set(given.keys.filter { !(schemas[$0]?["immutable"]?.boolValue ?? false) })
  }

  /// Given values and defaults, every parameter present; refuses what is unknown or immutable.
  private func filled(_ given: JSONObject) throws(ParameterError) -> JSONObject {
    for (name, value) in given {
      guard let schema = schemas[name] else {
        let known = schemas.keys.sorted().joined(separator: ", ")
        throw ParameterError(
          "Parameter '\(name)' is unknown to \(action.ref); known are: \(known).")
      }
      let isImmutable = schema["immutable"]?.boolValue ?? false
      guard !isImmutable || value == schema["default"] ?? .null else {
        throw ParameterError("Parameter '\(name)' of \(action.ref) is immutable.")
      }
    }
    var filled: JSONObject = [:]
    for (name, schema) in schemas {
      filled[name] = given[name] ?? schema["default"] ?? .null
    }
    return filled
  }

  private func validate(_ values: JSONObject) throws(ParameterError) {
    // What is secret has no value here; only that it is there can be checked.
    let visible = JSONObject(
      values.filter { !SecretHandle.isIn($0.value) && !$0.value.isNull }
        .map { ($0.key, $0.value) })
    var checked = schemas
    for (name, value) in values where SecretHandle.isIn(value) { checked[name] = nil }
    let schema: JSONSchema
    do {
      schema = try JSONSchema(
        compiling: JSONSchema.schema(ofParameters: checked), options: .parameters,
        patterns: Regex.schemaPattern)
    } catch {
      throw ParameterError("The parameter schema of \(action.ref) is broken: \(error)")
    }
    let violations = schema.validate(.object(visible))
    guard violations.isEmpty else {
      throw ParameterError(violations.map { "\($0)" }.joined(separator: "; "))
    }
  }

  /// Renders one template with given values: what the worker does with a template that was left to
  /// it.
  public static func render(
    _ template: String, _ values: JSONObject
  ) throws(ParameterError) -> JSONValue {
    do {
      let template = try Template(parsing: template)
      let context = TemplateValues(
        Dictionary(values.map { ($0.key, Value($0.value)) }, uniquingKeysWith: { $1 }))
      return .string(try template.render(context))
    } catch {
      throw ParameterError("\(error)")
    }
  }
}
