public import JSON
public import Streams

/// What people and programs ask the engine for. Secret parameters are sealed before a command is
/// appended.
public enum Command: FactCoding, Equatable {
  /// Run an action. The execution's id is made from the command's position with ordinal 0.
  case run(Run)
  /// Cancel an execution; goes to the lane that its id names.
  case cancel(execution: Identifier, user: String)

  public struct Run: Sendable, Equatable {
    public var action: String
    public var parameters: JSONObject
    public var user: String
    /// What the caller adds to the execution's context.
    public var context: JSONObject
    /// Wait before it is scheduled.
    public var delayMs: Int

    public init(
      action: String, parameters: JSONObject = [:], user: String, context: JSONObject = [:],
      delayMs: Int = 0
    ) {
      self.action = action
      self.parameters = parameters
      self.user = user
      self.context = context
      self.delayMs = delayMs
    }
  }

  public var type: StaticString {
    switch self {
    case .run: "petrel.RunAsked"
    case .cancel: "petrel.CancelAsked"
    }
  }

  public var subject: String? {
    switch self {
    case .run(let run): run.action
    case .cancel(let execution, _): execution.description
    }
  }

  public func write(into writer: inout JSONWriter) {
    writer.beginObject()
    switch self {
    case .run(let run):
      writer.member("action", run.action)
      writer.member("parameters", run.parameters)
      writer.member("user", run.user)
      writer.member("context", run.context)
      writer.member("delay_ms", run.delayMs == 0 ? nil : run.delayMs)
    case .cancel(let execution, let user):
      writer.member("execution", execution)
      writer.member("user", user)
    }
    writer.endObject()
  }

  public init(type: String, data: JSONView) throws(RecordError) {
    switch type {
    case "petrel.RunAsked":
      var run = Run(
        action: try data.text("action"), parameters: data.object("parameters"),
        user: try data.text("user"), context: data.object("context"))
      run.delayMs = data["delay_ms"]?.intValue ?? 0
      self = .run(run)
    case "petrel.CancelAsked":
      self = .cancel(
        execution: try data.identifier("execution"), user: try data.text("user"))
    default:
      throw RecordError("a command must be RunAsked or CancelAsked, found '\(type)'")
    }
  }
}
