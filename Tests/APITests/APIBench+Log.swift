import Connectors
import API
import Automation
import Calendar
import JSON
import Streams
import TestSupport

/// What tests put into the log.
extension APIBench {
  /// A trigger type, two packs, a few actions and rules.
  func standardContent() async throws {
    try await content([
      .recorded(
        .pack, ref: "shop",
        body: [
          "ref": "shop", "name": "Shop", "version": "1.0.0", "author": "Ann",
          "description": "Keeps the shop open", "files": ["pack.yaml"],
          "digest": "0123456789abcdef",
        ]),
      .recorded(
        .triggerType, ref: "core.st2.generic.actiontrigger",
        body: ["name": "st2.generic.actiontrigger", "pack": "core"]),
      .recorded(
        .triggerType, ref: "shop.alarm",
        body: [
          "name": "alarm", "pack": "shop", "key": "door",
          "payload_schema": [
            "type": "object", "properties": ["door": ["type": "string", "required": true]],
          ],
        ]),
      action("close"),
      action(
        "knock", ["description": "Knocks at a door", "tags": [["name": "kind", "value": "soft"]]]),
      action("off", ["enabled": false]),
      rule("close_front", ["trigger.door": ["type": "eq", "pattern": "front"]]),
      rule(
        "close_loud",
        [
          "trigger.door": ["type": "eq", "pattern": "front"],
          "trigger.volume": ["type": "gt", "pattern": 10],
          "trigger.colour": ["type": "exists", "pattern": true],
        ]),
      rule("close_never", enabled: false),
    ])
  }

  private func action(_ name: String, _ more: JSONObject = [:]) -> ContentFact {
    var body: JSONObject = [
      "name": .string(name), "pack": "shop", "ref": .string("shop.\(name)"), "enabled": true,
      "runner_type": "noop", "entry_point": "", "metadata_file": .string("actions/\(name).yaml"),
      "output_schema": [:], "notify": [:], "tags": [],
      "parameters": [
        "door": ["type": "string", "default": "front"], "times": ["type": "integer"],
        "token": ["type": "string", "secret": true],
        "login": [
          "type": "object",
          "properties": ["name": ["type": "string"], "word": ["type": "string", "secret": true]],
        ],
      ],
    ]
    for (key, value) in more { body[key] = value }
    return .recorded(.action, ref: "shop.\(name)", body: .object(body))
  }

  func rule(
    _ name: String, _ criteria: JSONObject = [:], enabled: Bool = true
  ) -> ContentFact {
    .recorded(
      .rule, ref: "shop.\(name)",
      body: [
        "name": .string(name), "pack": "shop", "ref": .string("shop.\(name)"),
        "enabled": .bool(enabled), "type": ["ref": "standard", "parameters": [:]],
        "trigger": ["type": "shop.alarm", "parameters": [:]], "criteria": .object(criteria),
        "action": ["ref": "shop.close", "parameters": ["door": "{{ trigger.door }}"]],
        "tags": [], "context": [:], "metadata_file": .string("rules/\(name).yaml"),
        "places": [:],
      ])
  }

  func content(_ facts: [ContentFact]) async throws {
    var outgoing = Outgoing()
    for fact in facts + [.changed(pack: "shop", count: facts.count)] {
      add(fact, .content, Lane(0), id: "c", to: &outgoing)
    }
    _ = try await log.append(outgoing, .synced)
    try await self.content.catchUp()
  }

  /// A rule fires for the front door; the id of the trigger instance.
  func alarm(_ payload: JSONValue = ["door": "front"]) async throws -> String {
    let event: JSONValue = ["trigger": "shop.alarm", "payload": payload]
    let answer = try await send("POST", "/api/v2/events?wait=decided", event)
    guard let id = answer.json["outcomes"]?[0]?["trigger_instance"]?.stringValue else {
      throw BenchError(text: "no trigger instance: \(answer.text)")
    }
    return id
  }

  /// Asks for an execution; its id.
  func run(_ action: String = "shop.close", _ more: JSONObject = [:]) async throws -> String {
    var body: JSONObject = ["action": .string(action)]
    for (key, value) in more { body[key] = value }
    let answer = try await send("POST", "/api/v1/executions", .object(body))
    guard answer.status == 201, let id = answer.json["id"]?.stringValue else {
      throw BenchError(text: "not run: \(answer.text)")
    }
    return id
  }

  static let worker = WorkerName(worker: "bench", incarnation: "1")

  /// What a worker says when it starts.
  func start(_ execution: String) async throws {
    try await report(execution) { .started(execution: $0, attempt: 1, by: Self.worker) }
  }

  /// What a worker says when it has ended.
  func finish(
    _ execution: String, _ status: ExecutionStatus = .succeeded,
    _ result: JSONValue = ["return_code": 0]
  ) async throws {
    try await report(execution) { id in
      .finished(
        execution: id, attempt: 1, by: Self.worker,
        WorkerReport.Outcome(status: status, result: result))
    }
  }

  private func report(
    _ execution: String, _ report: (Identifier) -> WorkerReport
  ) async throws {
    guard let id = Identifier(execution) else { throw BenchError(text: "no id: \(execution)") }
    var outgoing = Outgoing()
    add(report(id), .results, id.lane, id: "r", to: &outgoing)
    _ = try await log.append(outgoing, .synced)
  }

  /// A piece of live output.
  func output(_ execution: String, _ number: Int, _ text: String, _ stream: String = "stdout")
    async throws
  {
    guard let id = Identifier(execution) else { throw BenchError(text: "no id: \(execution)") }
    var outgoing = Outgoing()
    let piece = OutputWritten(execution: id, stream: stream, number: number, text: text)
    add(piece, .output, id.lane, id: "\(execution)-\(number)", to: &outgoing)
    _ = try await log.append(outgoing, .synced)
  }

  /// Facts of executions as the engine would have recorded them; ids in order.
  func executionFacts(_ count: Int) async throws -> [String] {
    var outgoing = Outgoing()
    let ids = (0..<count).map { place in
      Root(
        time: Instant(seconds: 1_700_000_000), lane: Lane(0), topic: .commands,
        offset: Int64(place)
      ).identifier(0).description
    }
    for id in ids {
      let request = ExecutionRequest(action: "shop.close", parameters: [:], user: "many")
      add(ExecutionFact.requested(request), .executions, Lane(0), id: id, to: &outgoing)
    }
    _ = try await log.append(outgoing, .synced)
    return ids
  }

  func add(
    _ fact: some FactCoding, _ topic: Topic, _ lane: Lane, id: String, to outgoing: inout Outgoing
  ) {
    let envelope = Envelope(
      id: id, type: fact.type.description, source: "test", time: log.now(), lane: lane)
    outgoing.add(topic, lane) { writer in
      envelope.write(into: &writer) { fact.write(into: &$0) }
    }
  }
}
