public import JSON
public import Streams

/// A scheduled execution with all that a worker needs.
public struct Work: FactCoding, Equatable {
  public let execution: Identifier
  public let attempt: Int
  public let action: String
  public let runner: String
  /// File below the pack's `actions/`; empty for actions that are no file.
  public let entryPoint: String
  public let packDigest: String
  /// Rendered and cast; where a template touches a secret it is left to the worker.
  public let runnerParameters: JSONObject
  public let actionParameters: JSONObject
  /// The action's parameters that a script gets without their names, in their order.
  public let positional: [PositionalParameter]
  /// Parameters that the action's metadata calls secret, whether they were sealed or not.
  public let secretNames: Set<String>
  public let user: String
  public let context: JSONObject

  public init(
    execution: Identifier, attempt: Int, action: Action, parameters: RenderedParameters,
    request: ExecutionRequest
  ) {
    self.execution = execution
    self.attempt = attempt
    self.action = action.ref
    runner = action.runner
    entryPoint = action.entryPoint
    packDigest = action.packDigest
    runnerParameters = parameters.runner
    actionParameters = parameters.action
    positional = PositionalParameter.all(in: action.parameters)
    secretNames = Parameters(action).secretNames
    user = request.user
    context = request.context
  }

  /// Whether it surely fits into a record, with its envelope.
  var fitsRecord: Bool {
    let values = [runnerParameters, actionParameters, context].map { JSONValue.object($0) }
    return values.reduce(0) { $0 + $1.byteCountMax } < Limits.valueBytesMax - (64 << 10)
  }

  /// The pack of the action.
  public var pack: String { String(action.prefix { $0 != "." }) }

  public var type: StaticString { "petrel.WorkScheduled" }
  public var subject: String? { execution.description }

  public func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("execution", execution)
    writer.member("attempt", attempt)
    writer.member("action", action)
    writer.member("runner", runner)
    writer.member("entry_point", entryPoint)
    writer.member("pack_digest", packDigest)
    writer.member("runner_parameters", runnerParameters)
    writer.member("action_parameters", actionParameters)
    writer.member("positional", positional.isEmpty ? nil : .array(positional.map(\.json)))
    writer.member(
      "secret",
      secretNames.isEmpty ? nil : .array(secretNames.sorted().map { .string($0) }))
    writer.member("user", user)
    writer.member("context", context)
    writer.endObject()
  }

  public init(type: String, data: JSONView) throws(RecordError) {
    execution = try data.identifier("execution")
    attempt = try data.integer("attempt")
    action = try data.text("action")
    runner = try data.text("runner")
    entryPoint = try data.text("entry_point")
    packDigest = try data.text("pack_digest")
    runnerParameters = data.object("runner_parameters")
    actionParameters = data.object("action_parameters")
    positional = (data["positional"]?.copy().arrayValue ?? []).map(PositionalParameter.init)
    secretNames = Set((data["secret"]?.copy().arrayValue ?? []).compactMap(\.stringValue))
    user = try data.text("user")
    context = data.object("context")
  }
}

/// A parameter with a `position` in an action's metadata.
public struct PositionalParameter: Sendable, Equatable {
  public let name: String
  /// The schema's type; nil where it says none.
  public let type: String?

  public init(name: String, type: String?) {
    self.name = name
    self.type = type
  }

  init(_ json: JSONValue) {
    self.init(name: json["name"]?.stringValue ?? "", type: json["type"]?.stringValue)
  }

  var json: JSONValue {
    var members: JSONObject = ["name": .string(name)]
    if let type { members["type"] = .string(type) }
    return .object(members)
  }

  /// Those of an action, by position. Of two with one position the later one counts.
  static func all(in parameters: JSONObject) -> [PositionalParameter] {
    var places: [Int: PositionalParameter] = [:]
    for (name, schema) in parameters {
      guard let position = schema["position"]?.intValue else { continue }
      places[position] = PositionalParameter(name: name, type: schema["type"]?.stringValue)
    }
    return places.sorted { $0.key < $1.key }.map(\.value)
  }
}
