import Automation
import Calendar
import Connectors
import Crypto
import HTTPServer
import JSON
import Streams

/// Asking for executions: `POST /executions` runs an action, `DELETE /executions/{id}` cancels.
/// What cannot be obeyed is refused here; secrets are sealed before anything is appended, and the
/// answer comes when the log has synced.
struct ExecutionCommands: Sendable {
  static let delayMsMax = 366 * 86_400_000
  static let userBytesMax = 256

  let log: any EventLog
  let vault: any SecretVault
  let space: any SpaceWatch
  let executions: ExecutionRoutes
  /// Who asks, where the request does not say.
  let user: String
  let bodyBytesMax: Int

  func register(on server: HTTPServer) {
    for name in ["/executions", "/actionexecutions"] {
      server.serveStackStorm(.post, name, bodyBytesMax: bodyBytesMax) {
        try await self.run($0)
      }
      server.serveStackStorm(.delete, name + "/{id}") { try await self.cancel($0) }
    }
  }

  // MARK: - Run

  private func run(_ request: Request) async throws -> Response {
    guard !space.isLow else { return .refusal(space.refusal) }
    var run = try asked(request.object())
    let action = try await executions.content.find { $0.actions[run.action] }
    guard let action else { throw Fault(400, "there is no action '\(run.action)'") }
    guard action.isEnabled else { throw Fault(400, "the action '\(action.ref)' is disabled") }
    run.context["user"] = .string(run.user)
    run.context["pack"] = .string(action.pack)
    do {
      try Parameters(action).check(run.parameters, actionContext: run.context)
    } catch {
      throw Fault(400, error.text)
    }
    run.parameters = SecretParts(action).replacing(in: run.parameters) { parameter, value in
      vault.seal(value, for: SecretPlace(action: action.ref, parameter: parameter)).value
    }
    return try await answer(run, append(run))
  }

  private func asked(_ body: JSONObject) throws(Fault) -> Command.Run {
    guard let action = body["action"]?.stringValue else {
      throw Fault(400, "action must be the reference of an action, such as core.local")
    }
    var run = Command.Run(action: action, user: user)
    run.parameters = try Self.object("parameters", body)
    run.context = try Self.object("context", body)
    if let user = body["user"], !user.isNull {
      guard let name = user.stringValue, (1...Self.userBytesMax).contains(name.utf8.count) else {
        throw Fault(400, "user must be a text of 1 to \(Self.userBytesMax) bytes")
      }
      run.user = name
    }
    if let delay = body["delay"], !delay.isNull {
      guard let delayMs = delay.intValue, (0...Self.delayMsMax).contains(delayMs) else {
        throw Fault(400, "delay must be milliseconds from 0 to \(Self.delayMsMax)")
      }
      run.delayMs = delayMs
    }
    return run
  }

  private static func object(
    _ name: String, _ body: JSONObject
  ) throws(Fault) -> JSONObject {
    guard let value = body[name], !value.isNull else { return [:] }
    guard let object = value.objectValue else {
      throw Fault(400, "\(name) must be an object, found \(value.kindName)")
    }
    guard !SecretHandle.isIn(value) else { throw Fault(400, "\(name): \(SecretHandle.refusal)") }
    return object
  }

  private func append(_ run: Command.Run) async throws(LogError) -> (Appended, Lane) {
    let key = Hex.encode(randomBytes(12))
    let lane = Lane(key: key)
    return (try await append(.run(run), id: key, lane), lane)
  }

  private func append(
    _ command: Command, id: String, _ lane: Lane
  ) async throws(LogError) -> Appended {
    var envelope = Envelope(
      id: id, type: command.type.description, source: "petrel/api", time: Instant.now(),
      lane: lane, subject: command.subject)
    envelope.contentEnd = executions.content.content.end
    var outgoing = Outgoing()
    outgoing.add(.commands, lane) { writer in
      envelope.write(into: &writer) { command.write(into: &$0) }
    }
    return try await log.append(outgoing, .synced)[0]
  }

  /// The execution as it will be: its id is made from where the command stands.
  private func answer(
    _ run: Command.Run, _ appended: (Appended, Lane)
  ) async throws -> Response {
    let (command, lane) = appended
    let root = Root(
      time: command.time, lane: lane, topic: .commands, offset: command.position.offset)
    let row = ExecutionProjection.Row(
      requested: root.identifier(0).description, run.action, at: command.time,
      ExecutionProjection.RequestedTexts(
        parameters: Array(JSONValue.object(Sealed.masked(run.parameters)).text().utf8),
        context: Array(JSONValue.object(run.context).text().utf8), user: run.user),
      delayMs: run.delayMs)
    let document = try await executions.document(row)
    return .json(status: 201) { document.write(into: &$0) }
  }

  // MARK: - Cancel

  private func cancel(_ request: Request) async throws -> Response {
    let row = try await executions.row(request.parameter("id") ?? "")
    let status = ExecutionStatus(rawValue: row.status)
    guard let id = Identifier(row.id), let status, !status.isCompleted else {
      // StackStorm says so with 200.
      return .fault(200, "the execution cannot be canceled, it is \(row.status)")
    }
    let command = try await append(
      .cancel(execution: id, user: user), id: Hex.encode(randomBytes(12)), id.lane)
    try await executions.freshness.settle(
      command.position, lane: id.lane, in: ExecutionProjection())
    let document = try await executions.document(
      executions.row(row.id, resultBytesMax: .max))
    return .json { document.write(into: &$0) }
  }
}
