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
    user = request.user
    context = request.context
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
    user = try data.text("user")
    context = data.object("context")
  }
}
