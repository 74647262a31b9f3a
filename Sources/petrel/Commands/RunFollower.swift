import Arguments
import JSON

/// Follows an execution to its end: live output first, then the result.
///
/// A stream that breaks is taken up again; pieces of output have numbers, so none is shown twice.
struct RunFollower {
  /// Attempts in a row that bring nothing.
  static let attemptsMax = 5
  static let pause = Duration.milliseconds(200)
  /// How long the view may be behind the end that the stream told.
  static let viewAttemptsMax = 50

  private let client: Client
  private let id: String
  private let output: Output
  private let errors: Channel
  private var lastNumber = Int.min
  private var shownStreams: Set<String> = []
  private var isBehindLineEnd = true

  init(_ client: Client, id: String, _ output: Output, _ errors: Channel) {
    self.client = client
    self.id = id
    self.output = output
    self.errors = errors
  }

  /// Throws exit code 1 unless the action succeeded.
  func follow() async throws {
    var follower = self
    do {
      try await follower.run()
    } catch is CancellationError {
      try? errors.line(
        "the execution goes on: 'petrel executions get \(id)' shows it, "
          + "'petrel executions cancel \(id)' stops it")
      throw CancellationError()
    }
  }

  private mutating func run() async throws {
    let status = try await followOutput()
    if !isBehindLineEnd { try output.line("") }
    let reply = try await execution(endedWith: status)
    if output.isJSON {
      try output.json(reply.body)
    } else {
      try showResult(reply.json(), status)
    }
    if status != "succeeded" { throw ExitCode(ExitCode.failure) }
  }

  /// Returns the status with which the execution ended.
  private mutating func followOutput() async throws -> String {
    var attempts = 0
    while true {
      let before = lastNumber
      do {
        if let status = try await followStream() { return status }
      } catch let error as ClientError {
        guard case .unreachable = error, attempts < Self.attemptsMax else { throw error }
      }
      attempts = lastNumber > before ? 0 : attempts + 1
      guard attempts <= Self.attemptsMax else {
        throw ClientError.unreachable(
          "the server broke off; 'petrel executions get \(id)' shows how the execution stands")
      }
      try await Task.sleep(for: Self.pause)
    }
  }

  /// Nil: the stream ended before the execution.
  private mutating func followStream() async throws -> String? {
    let stream = try await client.stream(
      "/api/v2/executions/\(percentEncoded(id))/output", [QueryItem("follow", "true")])
    var parser = ServerSentEvents()
    while let piece = try await Client.next(of: stream) {
      for event in try parser.feed(piece) {
        guard let data = try? JSONValue(parsing: event.data, limits: Client.jsonLimits) else {
          throw ClientError.garbled("the server sent an event that is not JSON")
        }
        switch event.name {
        case "output": try show(data)
        case "end": return data.shown("status")
        default: break
        }
      }
    }
    return nil
  }

  private mutating func show(_ data: JSONValue) throws {
    let number = data["number"]?.intValue ?? lastNumber
    guard number > lastNumber || data["number"] == nil else { return }
    lastNumber = number
    guard !output.isJSON, let text = data["text"]?.stringValue, !text.isEmpty else { return }
    let stream = data.shown("stream")
    shownStreams.insert(stream)
    let channel = stream == "stderr" ? errors : output.channel
    try channel.put(channel.isTerminal ? SafeText.lines(text) : text)
    isBehindLineEnd = text.last?.isNewline == true
  }

  /// The view follows the log, so it may not have seen yet what the stream told.
  private func execution(endedWith status: String) async throws -> Client.Reply {
    var attempts = 0
    while true {
      let reply = try await client.get("/api/v1/executions/" + percentEncoded(id))
      attempts += 1
      let isThere = try reply.json().shown("status") == status
      if isThere || attempts == Self.viewAttemptsMax { return reply }
      try await Task.sleep(for: Self.pause)
    }
  }

  private func showResult(_ execution: JSONValue, _ status: String) throws {
    var result = execution["result"]
    if case .object(var members)? = result {
      // They were on the screen already.
      for name in shownStreams { members[name] = nil }
      result = .object(members)
    }
    try output.fields([
      ("execution", id), ("status", status),
      ("took", ExecutionCommands.took(execution)),
    ])
    try output.block("result", result)
  }
}
