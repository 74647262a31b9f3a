public import JSON
public import Streams

/// What a worker says to the home lane of an execution.
public enum WorkerReport: FactCoding, Equatable {
  /// The runner is called next.
  case started(execution: Identifier, attempt: Int, by: WorkerName)
  case finished(execution: Identifier, attempt: Int, by: WorkerName, Outcome)

  /// How the runner ended.
  public struct Outcome: Sendable, Equatable {
    public let status: ExecutionStatus
    public let result: JSONValue

    public init(status: ExecutionStatus, result: JSONValue) {
      self.status = status
      self.result = result
    }
  }

  public var execution: Identifier {
    switch self {
    case .started(let id, _, _), .finished(let id, _, _, _): id
    }
  }

  public var type: StaticString {
    switch self {
    case .started: "petrel.WorkStarted"
    case .finished: "petrel.WorkFinished"
    }
  }

  public var subject: String? { execution.description }

  public func write(into writer: inout JSONWriter) {
    writer.beginObject()
    switch self {
    case .started(let execution, let attempt, let worker):
      writer.member("execution", execution)
      writer.member("attempt", attempt)
      worker.write(into: &writer)
    case .finished(let execution, let attempt, let worker, let outcome):
      writer.member("execution", execution)
      writer.member("attempt", attempt)
      worker.write(into: &writer)
      writer.member("status", outcome.status.rawValue)
      writer.member("result", outcome.result)
    }
    writer.endObject()
  }

  public init(type: String, data: JSONView) throws(RecordError) {
    let execution = try data.identifier("execution")
    let attempt = try data.integer("attempt")
    let worker = try WorkerName(data)
    switch type {
    case "petrel.WorkStarted":
      self = .started(execution: execution, attempt: attempt, by: worker)
    case "petrel.WorkFinished":
      let outcome = Outcome(
        status: try ExecutionStatus(in: data), result: data["result"]?.copy() ?? .null)
      self = .finished(execution: execution, attempt: attempt, by: worker, outcome)
    default: throw RecordError("a worker's report must be WorkStarted or WorkFinished")
    }
  }
}

/// That a worker lives; written every ten seconds while it holds work, and once when it starts.
public struct WorkerSeen: FactCoding, Equatable {
  public let name: WorkerName
  /// Executions that it holds.
  public let running: Int

  public init(name: WorkerName, running: Int) {
    self.name = name
    self.running = running
  }

  public var type: StaticString { "petrel.WorkerSeen" }
  public var subject: String? { name.worker }

  public func write(into writer: inout JSONWriter) {
    writer.beginObject()
    name.write(into: &writer)
    writer.member("running", running)
    writer.endObject()
  }

  public init(type: String, data: JSONView) throws(RecordError) {
    name = try WorkerName(data)
    running = try data.integer("running")
  }
}

/// A piece of an action's live output.
public struct OutputWritten: FactCoding, Equatable {
  public let execution: Identifier
  /// `stdout`, `stderr` or `output`.
  public let stream: String
  /// Counts the pieces of an execution from 0.
  public let number: Int
  public let text: String

  public init(execution: Identifier, stream: String, number: Int, text: String) {
    self.execution = execution
    self.stream = stream
    self.number = number
    self.text = text
  }

  public var type: StaticString { "petrel.OutputWritten" }
  public var subject: String? { execution.description }

  public func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("execution", execution)
    writer.member("stream", stream)
    writer.member("number", number)
    writer.member("text", text)
    writer.endObject()
  }

  public init(type: String, data: JSONView) throws(RecordError) {
    execution = try data.identifier("execution")
    stream = try data.text("stream")
    number = try data.integer("number")
    text = try data.text("text")
  }
}
