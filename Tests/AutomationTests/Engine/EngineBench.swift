import Automation
import Calendar
import JSON
import Streams
import TestSupport
import Testing

/// The whole chain on a log in memory: content goes in, events and commands go in, and the test
/// reads what was recorded.
struct EngineBench {
  let clock = HandClock()
  let log: MemoryLog

  init() {
    let clock = clock
    log = MemoryLog { clock.now }
  }

  // MARK: - What goes in

  func content(_ facts: [ContentFact]) async throws {
    var outgoing = Outgoing()
    for fact in facts + [.changed(pack: "test", count: facts.count)] {
      add(fact, .content, Lane(0), id: "c", to: &outgoing)
    }
    _ = try await log.append(outgoing, .synced)
  }

  /// The trigger type `test.alert`, and an action `test.say` of the runner noop.
  func standard(_ rules: [JSONValue] = []) async throws {
    var facts: [ContentFact] = [
      .recorded(
        .triggerType, ref: "test.alert",
        body: [
          "name": "alert", "pack": "test", "key": "host",
          "payload_schema": [
            "type": "object",
            "properties": ["host": ["type": "string", "required": true]],
          ],
        ]),
      .recorded(
        .triggerType, ref: "core.st2.generic.actiontrigger",
        body: ["name": "st2.generic.actiontrigger", "pack": "core"]),
      .recorded(
        .action, ref: "test.say",
        body: [
          "name": "say", "pack": "test", "runner_type": "noop", "enabled": true,
          "parameters": [
            "word": ["type": "string", "default": "hi"], "count": ["type": "integer"],
            "data": ["type": "object"], "token": ["type": "string", "secret": true],
          ],
        ]),
      .recorded(
        .action, ref: "test.again",
        body: [
          "name": "again", "pack": "test", "runner_type": "noop", "enabled": true,
          "idempotent": true, "parameters": [:],
        ]),
      .recorded(
        .action, ref: "test.off",
        body: ["name": "off", "pack": "test", "runner_type": "noop", "enabled": false]),
    ]
    for rule in rules {
      facts.append(
        .recorded(.rule, ref: "test.\(rule["name"]?.stringValue ?? "")", body: rule))
    }
    try await content(facts)
  }

  static func rule(
    _ name: String, criteria: JSONObject = [:], parameters: JSONObject = [:],
    action: String = "test.say", trigger: String = "test.alert", kind: String = "standard",
    enabled: Bool = true
  ) -> JSONValue {
    [
      "name": .string(name), "pack": "test", "enabled": .bool(enabled),
      "type": ["ref": .string(kind)], "trigger": ["type": .string(trigger)],
      "criteria": .object(criteria),
      "action": ["ref": .string(action), "parameters": .object(parameters)],
    ]
  }

  func event(
    _ payload: JSONValue, trigger: String = "test.alert", senderID: String? = nil,
    digest: String? = nil
  ) async throws {
    var outgoing = Outgoing()
    let body: JSONValue = ["trigger": .string(trigger), "payload": payload]
    let lane = Lane(key: payload["host"]?.stringValue ?? "")
    var head = EventReceived.Head(.short)
    head.senderID = senderID
    head.digest = digest
    let envelope = Envelope(
      id: senderID ?? "drawn", type: "petrel.EventReceived", source: "test", time: clock.now,
      lane: lane)
    outgoing.add(.events, lane) { writer in
      envelope.write(into: &writer) {
        EventReceived.write(head, body: Array(body.text().utf8), into: &$0)
      }
    }
    _ = try await log.append(outgoing, .synced)
  }

  /// Asks for a run; the id that the execution has to get.
  func run(
    _ action: String, _ parameters: JSONObject = [:], delayMs: Int = 0
  ) async throws -> Identifier {
    var run = Command.Run(action: action, parameters: parameters, user: "ann")
    run.delayMs = delayMs
    let lane = Lane(7)
    var outgoing = Outgoing()
    add(Command.run(run), .commands, lane, id: "r", to: &outgoing)
    let appended = try await log.append(outgoing, .synced)[0]
    return Root(
      time: appended.time, lane: lane, topic: .commands, offset: appended.position.offset
    ).identifier(0)
  }

  func cancel(_ execution: Identifier) async throws {
    var outgoing = Outgoing()
    add(
      Command.cancel(execution: execution, user: "ann"), .commands, execution.lane, id: "x",
      to: &outgoing)
    _ = try await log.append(outgoing, .synced)
  }

  func report(_ report: WorkerReport) async throws {
    var outgoing = Outgoing()
    add(report, .results, report.execution.lane, id: "w", to: &outgoing)
    _ = try await log.append(outgoing, .synced)
  }

  func seen(_ worker: WorkerName) async throws {
    var outgoing = Outgoing()
    add(WorkerSeen(name: worker, running: 1), .workers, Lane(0), id: "s", to: &outgoing)
    _ = try await log.append(outgoing, .synced)
  }

  private func add(
    _ fact: some FactCoding, _ topic: Topic, _ lane: Lane, id: String,
    to outgoing: inout Outgoing
  ) {
    let envelope = Envelope(
      id: id, type: fact.type.description, source: "test", time: clock.now, lane: lane)
    outgoing.add(topic, lane) { writer in
      envelope.write(into: &writer) { fact.write(into: &$0) }
    }
  }

  // MARK: - Running

  /// Runs the chain until all inputs are taken and `isDone` holds.
  func settle(
    _ settings: PipelineSettings = PipelineSettings(),
    until isDone: @escaping @Sendable () async throws -> Bool = { true }
  ) async throws {
    var settings = settings
    settings.idleCommitAfter = .milliseconds(5)
    let pipeline = Pipeline(
      group: "engine", inputs: [.results, .commands, .letters, .events], settings: settings
    ) {
      (
        [TriggerProcessor(), RuleProcessor(), ExecutionProcessor()],
        Tables([ContentTable(), WorkersTable()])
      )
    }
    let log = log
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await pipeline.run(on: log) }
      tasks.addTask {
        while true {
          if try await Self.hasTakenAll(log), try await isDone() { return }
          // Woken by whatever is appended; positions alone are looked for again soon.
          let ends = try await log.bounds(Partition(.executions)).end
          _ = try await log.read(
            from: [Partition(.executions): ends], to: .recorded, bytesMax: 1,
            wait: .milliseconds(5))
        }
      }
      try await tasks.next()
      tasks.cancelAll()
      while let result = await tasks.nextResult() {
        if case .failure(let error) = result, !(error is CancellationError) { throw error }
      }
    }
  }

  private static func hasTakenAll(_ log: MemoryLog) async throws -> Bool {
    let committed = try await log.committed("engine", partition: 0)
    for topic in [Topic.results, .commands, .letters, .events] {
      let end = try await log.bounds(Partition(topic)).end
      if committed[Partition(topic)] ?? 0 < end { return false }
    }
    return true
  }

  // MARK: - What came out

  func decisions() async throws -> [JSONValue] {
    try await log.all(.decisions).compactMap { $0["data"] }
  }

  /// Type and data of the execution facts, in order.
  func executions() async throws -> [(type: String, id: String, data: JSONValue)] {
    try await log.all(.executions).map {
      (
        ($0["type"]?.stringValue ?? "")
          .replacing("petrel.Execution", with: "").replacing("petrel.", with: ""),
        $0["id"]?.stringValue ?? "", $0["data"] ?? .null
      )
    }
  }

  func work() async throws -> [JSONValue] { try await log.all(.work).compactMap { $0["data"] } }
}
