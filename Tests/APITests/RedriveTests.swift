import Automation
import Connectors
import JSON
import Streams
import TestSupport
import Testing

/// Dead letters whose inputs are sent again, and those that are refused.
@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.missing)"))
struct RedriveTests {
  private static let path = "/api/v2/dead-letters"

  /// An event of a trigger type that nobody knows, as a sender has named it.
  private static func addEvent(
    _ bench: APIBench, senderID: String?, to outgoing: inout Outgoing
  ) {
    var head = EventReceived.Head(.short)
    head.senderID = senderID
    let envelope = Envelope(
      id: senderID ?? "drawn", type: EventReceived.type.description, source: "door",
      time: bench.log.now(), lane: Lane(7))
    let body = #"{"trigger":"late.alarm","payload":{"door":"front"},"source":"door"}"#
    outgoing.add(.events, Lane(7)) { writer in
      envelope.write(into: &writer) { EventReceived.write(head, body: body.utf8, into: &$0) }
    }
  }

  private static func lateContent(_ bench: APIBench) async throws {
    try await bench.content([
      .recorded(.triggerType, ref: "late.alarm", body: ["name": "alarm", "pack": "late"])
    ])
  }

  @Test(arguments: ["e1", nil])
  func anEventIsSentAgainOnce(_ senderID: String?) async throws {
    try await APIBench.run { bench in
      var outgoing = Outgoing()
      Self.addEvent(bench, senderID: senderID, to: &outgoing)
      _ = try await bench.log.append(outgoing, .synced)
      let open = "\(Self.path)?redriven=false"
      _ = try await bench.eventually(open) { $0.header("x-total-count") == "1" }
      try await Self.lateContent(bench)
      let sent = try await bench.send(
        "POST", "\(Self.path)/events/0/redrive", ["reason": "the pack is there now"])
      #expect(sent.status == 202, "\(sent.text)")
      #expect(sent.json["topic"] == "events")
      #expect(sent.json["offset"] == 1)

      let letters = try await bench.get("/api/v2/log/dead-letters").lines
      let cause = letters.first?["record"]?["id"]
      let events = try await bench.get("/api/v2/log/events").lines.map { $0["record"] ?? .null }
      #expect(events.count == 2)
      #expect(events[1]["cause"] == cause)
      #expect(events[1]["cause"] == sent.json["cause"])
      #expect((events[1]["id"] == events[0]["id"]) == (senderID != nil))
      #expect(events[1]["data"] == events[0]["data"])
      #expect(events[1]["lane"] == 7)
      let instances = try await bench.eventually("/api/v2/triggers") { $0.json[0] != nil }
      #expect(instances.json.arrayValue?.count == 1)
      #expect(instances.json[0]?["payload"] == ["door": "front"])

      let shown = try await bench.eventually("\(Self.path)?redriven=true") { $0.json[0] != nil }
      #expect(shown.json[0]?["redrive_reason"] == "the pack is there now")
      #expect(shown.json[0]?["redriven_at"]?.stringValue?.hasSuffix("Z") ?? false)
      #expect(try await bench.get(open).json == [])
      #expect(try await bench.get("/api/v2/status").json["dead_letters"] == 1)
      let again = try await bench.send("POST", "\(Self.path)/events/0/redrive")
      #expect(again.status == 409)
      #expect(again.fault.contains("already"))
      #expect(try await bench.log.bounds(Partition(.events)).end == 2)
    }
  }

  @Test func anotherCopyThatCameThroughKeepsTheRedrivenOneADuplicate() async throws {
    try await APIBench.run { bench in
      var outgoing = Outgoing()
      Self.addEvent(bench, senderID: "e1", to: &outgoing)
      _ = try await bench.log.append(outgoing, .synced)
      _ = try await bench.eventually("\(Self.path)/events/0") { $0.status == 200 }
      try await Self.lateContent(bench)
      outgoing = Outgoing()
      Self.addEvent(bench, senderID: "e1", to: &outgoing)
      _ = try await bench.log.append(outgoing, .synced)
      let sent = try await bench.send("POST", "\(Self.path)/events/0/redrive")
      #expect(sent.status == 202, "\(sent.text)")
      let facts = try await bench.eventually("/api/v2/log/triggers") { $0.lines.count == 2 }
      #expect(
        facts.lines.map { $0["record"]?["type"] ?? .null } == [
          "petrel.TriggerRecorded", "petrel.EventDuplicated",
        ])
    }
  }

  @Test func whatCannotBeSentAgainSaysWhy() async throws {
    try await APIBench.run { bench in
      var outgoing = Outgoing()
      outgoing.add(.commands, Lane(0), value: Array("no JSON".utf8))
      Self.addEvent(bench, senderID: nil, to: &outgoing)
      _ = try await bench.log.append(outgoing, .synced)
      _ = try await bench.eventually(Self.path) { $0.header("x-total-count") == "2" }
      let odd = try await bench.send("POST", "\(Self.path)/commands/0/redrive")
      #expect(odd.status == 409)
      #expect(odd.fault.contains("cannot be read"))
      for (place, status) in [("commands/9", 404), ("colours/0", 404), ("commands/x", 404)] {
        let answer = try await bench.send("POST", "\(Self.path)/\(place)/redrive")
        #expect(answer.status == status, "\(place)")
      }
      let reason = try await bench.send(
        "POST", "\(Self.path)/events/0/redrive", ["reason": ["no": "text"]])
      #expect(reason.status == 400)
      bench.system.isLow = true
      #expect(try await bench.send("POST", "\(Self.path)/events/0/redrive").status == 503)
      bench.system.isLow = false

      try await bench.log.trim(Partition(.events), before: 1)
      let gone = try await bench.send("POST", "\(Self.path)/events/0/redrive")
      #expect(gone.status == 410)
      #expect(gone.fault.contains("first one left is at 1"))
      #expect(try await bench.log.bounds(Partition(.events)).end == 1)
    }
  }

  /// Its step has led to something beside the letter, or it is the engine's own.
  @Test func whatHasLedToSomethingIsNotDoneTwice() async throws {
    try await APIBench.run { bench in
      var outgoing = Outgoing()
      bench.add(
        ContentFact.changed(pack: "odd", count: 1), .results, Lane(3), id: "odd", to: &outgoing)
      let result = try await bench.log.append(outgoing, .synced)[0]
      _ = try await bench.eventually("\(Self.path)/results/0") { $0.status == 200 }
      let root = Root(time: result.time, lane: Lane(3), topic: .results, offset: 0)
      outgoing = Outgoing()
      bench.add(
        ExecutionFact.requested(ExecutionRequest(action: "a.b", parameters: [:], user: "u")),
        .executions, Lane(3), id: root.identifier(4).description, to: &outgoing)
      for (place, topic) in [Topic.results, .work].enumerated() {
        let record = Record(
          position: Position(Partition(topic), offset: 0), time: result.time, value: [])
        bench.add(
          DeadLetter(reason: "half done", by: "test", record: record), .deadLetters, Lane(3),
          id: "l\(place)", to: &outgoing)
      }
      _ = try await bench.log.append(outgoing, .synced)
      _ = try await bench.eventually("\(Self.path)/work/0") { $0.status == 200 }
      let twice = try await bench.send("POST", "\(Self.path)/results/0/redrive")
      #expect(twice.status == 409)
      #expect(twice.fault.contains("petrel.ExecutionRequested \(root.identifier(4))"))
      let work = try await bench.send("POST", "\(Self.path)/work/0/redrive")
      #expect(work.status == 409)
      #expect(work.fault.contains("work"))
    }
  }
}
