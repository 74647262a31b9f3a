import Automation
import Calendar
import JSON
import Streams
import Verifier

/// Those who send events, ask for runs, cancel, and change content; and what they were promised.
final class SimulatedClients {
  private unowned let simulation: Simulation
  private let log: SimulatedLog
  private let ids = NameSource("c")
  /// Ids of envelopes whose append was acknowledged.
  private var acknowledged: Set<String> = []
  private var senders = 0
  private var executions: [Identifier] = []

  init(_ simulation: Simulation) {
    self.simulation = simulation
    // Clients do not die here; what they ask for may fail all the same.
    log = SimulatedLog(
      simulation.store, SimulatedProcess("client", incarnation: 0), .client, simulation.world,
      mutation: simulation.mutation)
  }

  private var world: FaultSource { simulation.world }

  // MARK: - Events

  func post() async throws {
    if world.happens(.poison) { return try await postPoison() }
    var outgoing = Outgoing()
    var names: [String] = []
    for _ in 0..<world.int(1...4) {
      let name = ids.next()
      names.append(name)
      addEvent(name, to: &outgoing)
    }
    var attempts = 0
    repeat {
      attempts += 1
      do {
        let appended = try await log.append(outgoing, .synced)
        acknowledged.formUnion(names)
        for place in appended where world.happens(.trap) {
          for host in simulation.processes { host.plant(place.position) }
        }
        return
      } catch {
        // Who has no answer repeats what he can tell apart by its id.
      }
    } while attempts < 3 && world.happens(.repeated)
  }

  private func addEvent(_ name: String, to outgoing: inout Outgoing) {
    let lane = Lane(UInt8(world.int(0...7) * 36))
    var payload: JSONObject = [
      "host": .string("h\(world.int(0...3))"), "value": .int(world.int(0...3)),
      "tags": ["a", "b"],
    ]
    if world.oneIn(3) { payload["severity"] = .string(world.oneIn(2) ? "high" : "low") }
    if world.oneIn(6) { payload["ask"] = .int(world.int(0...7) * 36) }
    if world.oneIn(8) { payload["wait"] = .int(world.int(1...40)) }
    var head = EventReceived.Head(.short)
    let senderID = world.oneIn(3) ? nil : "s\(senderNumber())"
    head.senderID = senderID
    head.digest = senderID.map { _ in "0123456789abcdef" }
    let type = world.oneIn(15) ? "sim.none" : "sim.alert"
    let body: JSONValue = ["trigger": .string(type), "payload": .object(payload)]
    let envelope = Envelope(
      id: name, type: "petrel.EventReceived", source: "sim", time: log.now(), lane: lane)
    outgoing.add(.events, lane) { writer in
      envelope.write(into: &writer) {
        EventReceived.write(head, body: Array(body.text().utf8), into: &$0)
      }
    }
  }

  /// Now and then an id that was used before.
  private func senderNumber() -> Int {
    if senders > 0, world.oneIn(4) { return world.int(1...senders) }
    senders += 1
    return senders
  }

  /// What somebody else may have written into the topic: no JSON, no envelope, nonsense.
  private func postPoison() async throws {
    let lane = Lane(UInt8(world.int(0...7) * 36))
    let envelope =
      #"{"specversion":"1.0","id":"\#(ids.next())","source":"x","lane":\#(lane.number),"#
    let time = #""time":"2026-01-01T00:00:00.000000Z","#
    let texts = [
      "", "{", "nonsense", "[]", "{}", "null", "\u{0}\u{1}", envelope + #""type":"x"}"#,
      envelope + time + #""type":"petrel.EventReceived"}"#,
      envelope + time + #""type":"petrel.EventReceived","data":{}}"#,
      envelope + time + #""type":"petrel.EventReceived","data":{"form":"short","body":7}}"#,
      envelope + time + #""type":"petrel.EventReceived","version":99,"data":{}}"#,
      envelope + time + #""type":"petrel.NoSuchCommand","data":{"execution":"x"}}"#,
      String(repeating: "[", count: 200),
    ]
    let topic = world.int(0...3) == 0 ? Topic.commands : .events
    var outgoing = Outgoing()
    outgoing.add(topic, lane, value: Array(world.pick(texts).utf8))
    _ = try? await log.append(outgoing, .synced)
  }

  // MARK: - Commands

  func command() async throws {
    let lane = Lane(UInt8(world.int(0...7) * 36))
    var outgoing = Outgoing()
    if world.oneIn(4), let id = executions.isEmpty ? nil : world.pick(executions) {
      add(Command.cancel(execution: id, user: "sim"), .commands, id.lane, to: &outgoing)
      _ = try? await log.append(outgoing, .synced)
      return
    }
    var run = Command.Run(
      action: world.pick(["sim.effect", "sim.pure", "sim.again", "sim.none"]), user: "sim")
    if world.oneIn(4) { run.delayMs = world.int(1...30_000) }
    add(Command.run(run), .commands, lane, to: &outgoing)
    guard let appended = try? await log.append(outgoing, .synced).first else { return }
    executions.append(
      Root(
        time: appended.time, lane: lane, topic: .commands, offset: appended.position.offset
      ).identifier(0))
  }

  private func add(
    _ fact: some FactCoding, _ topic: Topic, _ lane: Lane, to outgoing: inout Outgoing
  ) {
    let envelope = Envelope(
      id: ids.next(), type: "\(fact.type)", source: "sim", time: log.now(), lane: lane,
      subject: fact.subject)
    outgoing.add(topic, lane) { writer in
      envelope.write(into: &writer) { fact.write(into: &$0) }
    }
  }

  // MARK: - Content

  /// Puts some rules in force and takes others away.
  func changeContent() async throws {
    var facts: [ContentFact] = [
      .recorded(.triggerType, ref: "sim.alert", body: ["name": "alert", "pack": "sim"]),
      .recorded(
        .triggerType, ref: "core.st2.generic.actiontrigger",
        body: ["name": "st2.generic.actiontrigger", "pack": "core"]),
    ]
    for (name, runner, isIdempotent) in [
      ("effect", "sim-effect", false), ("pure", "sim-pure", false), ("again", "sim-effect", true),
    ] {
      facts.append(
        .recorded(
          .action, ref: "sim.\(name)",
          body: [
            "name": .string(name), "pack": "sim", "runner_type": .string(runner), "enabled": true,
            "idempotent": .bool(isIdempotent), "parameters": ["text": ["type": "string"]],
          ]))
    }
    for number in 0..<6 {
      let ref = "sim.rule\(number)"
      if world.oneIn(4) {
        facts.append(.removed(.rule, ref: ref))
      } else {
        facts.append(.recorded(.rule, ref: ref, body: rule(number)))
      }
    }
    facts.append(.changed(pack: "sim", count: facts.count))
    var outgoing = Outgoing()
    for fact in facts { add(fact, .content, Lane(0), to: &outgoing) }
    _ = try? await log.append(outgoing, .synced)
  }

  private func rule(_ number: Int) -> JSONValue {
    var criteria: JSONObject = [:]
    func add(_ key: String, _ type: String, _ pattern: JSONValue) {
      criteria["trigger.\(key)"] = ["type": .string(type), "pattern": pattern]
    }
    if world.oneIn(2) { add("host", "equals", .string("h\(world.int(0...3))")) }
    if world.oneIn(2) { add("value", world.pick(["gt", "lt", "nequals"]), .int(world.int(0...3))) }
    if world.oneIn(3) { add("severity", world.pick(["exists", "nexists"]), "") }
    if world.oneIn(4) { add("tags", world.pick(["contains", "ncontains"]), "a") }
    if world.oneIn(6) { add("host", "startswith", "h") }
    let isOfExecutions = world.oneIn(8)
    let action = world.pick(["sim.effect", "sim.pure", "sim.again", "sim.gone"])
    return [
      "name": .string("rule\(number)"), "pack": "sim", "enabled": .bool(!world.oneIn(8)),
      "type": ["ref": .string(world.oneIn(6) ? "backstop" : "standard")],
      "trigger": [
        "type": .string(isOfExecutions ? "core.st2.generic.actiontrigger" : "sim.alert")
      ],
      "criteria": .object(isOfExecutions ? ["trigger.status": Self.failed] : criteria),
      "action": ["ref": .string(isOfExecutions ? "sim.pure" : action), "parameters": parameters],
    ]
  }

  /// Nothing in a simulation times out: a rule about it never fires, and starts no storm.
  private static let failed: JSONValue = ["type": "equals", "pattern": "timeout"]

  private var parameters: JSONValue {
    world.oneIn(2) ? ["text": "{{ trigger.host }}"] : ["text": "plain"]
  }

  // MARK: - What was promised

  func violations(_ history: [Written]) -> [Violation] {
    var found: [String: Int] = [:]
    for written in history {
      for record in written.records where record.position.partition.topic == .events {
        guard let id = (try? record.event())?["id"]?.stringValue else { continue }
        found[id, default: 0] += 1
      }
    }
    return acknowledged.sorted().filter { found[$0] == nil }.map {
      Violation(.acknowledged, at: $0, "this event was acknowledged and is not in the log")
    }
  }
}
