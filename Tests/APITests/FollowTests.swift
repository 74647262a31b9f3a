import Automation
import Connectors
import Curl
import JSON
import Streams
import TestSupport
import Testing

@testable import API

/// Lists that are followed: what comes is sent once, filtered as the list, behind any position.
@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.missing)"))
struct FollowTests {
  private struct Event {
    let id: String
    let name: String
    let data: JSONValue
  }

  /// Reads a stream until it has so many events; the last id of the stream comes with them.
  private static func events(
    _ stream: HTTPResponseStream, _ count: Int
  ) async throws -> [Event] {
    var text = ""
    while true {
      let blocks = text.split(separator: "\n\n", omittingEmptySubsequences: false).dropLast()
      let found = blocks.compactMap { block -> Event? in
        var fields: [String: String] = [:]
        for line in block.split(separator: "\n") {
          let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
          if parts.count == 2 { fields[parts[0]] = String(parts[1].dropFirst()) }
        }
        guard let data = fields["data"] else { return nil }
        return Event(
          id: fields["id"] ?? "", name: fields["event"] ?? "",
          data: (try? JSONValue(parsing: data)) ?? .null)
      }
      if found.count >= count { return found }
      guard let piece = try await stream.next() else {
        throw BenchError(text: "the stream has ended: \(text)")
      }
      text += String(decoding: piece, as: UTF8.self)
    }
  }

  /// Opens a stream and reads its first words, so that what comes now is sent on it.
  private static func opened(
    _ bench: APIBench, _ path: String
  ) async throws -> HTTPResponseStream {
    let stream = try await bench.stream(path)
    #expect(stream.status == 200)
    let first = try await stream.next()
    #expect(String(decoding: first ?? [], as: UTF8.self).hasPrefix("id: "))
    return stream
  }

  @Test func eventsTriggersAndDecisionsComeAsTheyAre() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      _ = try await bench.alarm(["door": "before"])
      // A stream begins at the durable end.
      try await bench.log.sync()
      let events = try await Self.opened(bench, "/api/v2/events?follow=true")
      let triggers = try await Self.opened(
        bench, "/api/v2/triggers?follow=true&trigger=shop.alarm&exclude_attributes=status")
      let decisions = try await Self.opened(
        bench, "/api/v2/decisions?follow=true&outcome=fired,missing_field")
      let front = try await bench.alarm()
      let back = try await bench.alarm(["door": "back"])

      let came = try await Self.events(events, 2)
      #expect(came.map(\.name) == ["event", "event"])
      #expect(came.map { $0.data["offset"] ?? .null } == [1, 2])
      #expect(came.map { $0.id.prefix { $0 != "@" } } == ["1", "2"])
      #expect(came[0].data == (try await bench.get("/api/v2/events/1").json))
      let instances = try await Self.events(triggers, 2)
      #expect(instances.map { $0.data["id"]?.stringValue ?? "" } == [front, back])
      #expect(instances[0].data["payload"] == ["door": "front"])
      #expect(instances[0].data["status"] == nil)
      let decided = try await Self.events(decisions, 2)
      #expect(
        decided.map { $0.data["outcome"]?.stringValue ?? "" }.sorted()
          == ["fired", "missing_field"])
      #expect(decided.allSatisfy { $0.data["trigger_instance"]?.stringValue == front })
    }
  }

  /// Behind each id comes what the stream had behind it: nothing is missed and nothing doubled,
  /// within packed records, too.
  @Test func aStreamIsTakenUpBehindAnyID() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      for _ in 1...3 {
        _ = try await bench.alarm(["door": "front", "volume": 11, "colour": "red"])
      }
      try await bench.log.sync()
      let path = "/api/v2/decisions?follow=true"
      let all = try await Self.events(try await bench.stream("\(path)&after=-1"), 6)
      #expect(Set(all.map(\.id)).count == 6)
      for place in all.indices.dropLast() {
        var request = try await bench.request("GET", path)
        request.headers = [("Last-Event-ID", all[place].id)]
        let rest = try await Self.events(
          try await bench.client.stream(request), all.count - place - 1)
        #expect(rest.map(\.id) == all[(place + 1)...].map(\.id))
      }
      let since = all[0].data["decided_at"]?.stringValue ?? ""
      let later = try await Self.events(
        try await bench.stream("\(path)&decided_at_gt=\(since)"), 4)
      #expect(later.map(\.id) == all[2...].map(\.id))
    }
  }

  @Test func executionsAndDeadLettersAreFollowed() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      let before = try await bench.run("shop.knock", ["user": "ann"])
      _ = try await bench.eventually("/executions/\(before)") { $0.status == 200 }
      let path = "/api/v2/executions?follow=true"
      let all = try await Self.opened(bench, path)
      let failed = try await Self.opened(bench, "\(path)&status=failed&user=ann")
      let letters = try await Self.opened(bench, "/api/v2/dead-letters?follow=true")
      try await bench.start(before)
      try await bench.finish(before, .failed, ["error": "no door"])
      let after = try await bench.run("shop.close")
      var outgoing = Outgoing()
      bench.add(
        ContentFact.changed(pack: "odd", count: 1), .commands, Lane(0), id: "odd", to: &outgoing)
      _ = try await bench.log.append(outgoing, .synced)

      let steps = try await Self.events(all, 4)
      #expect(
        steps.map { "\($0.data["id"]?.stringValue ?? "") \($0.data["status"]?.stringValue ?? "")" }
          == [
            "\(before) running", "\(before) failed", "\(after) requested", "\(after) scheduled",
          ])
      #expect(steps[0].data["action"]?["ref"] == "shop.knock")
      #expect(steps[0].data["result"] == nil)
      #expect(steps[1].data["result"] == ["error": "no door"])
      let end = try await Self.events(failed, 1)
      #expect(end.map(\.id) == [steps[1].id])
      let letter = try await Self.events(letters, 1)
      #expect(letter[0].data["topic"] == "commands")
      #expect(letter[0].name == "dead_letter")
    }
  }

  @Test func aStreamThatCannotBeginSaysWhy() async throws {
    try await APIBench.run(database: ContentTests.nowhere) { bench in
      try await bench.standardContent()
      for _ in 1...3 { _ = try await bench.alarm() }
      try await bench.log.trim(Partition(.events), before: 2)
      for (path, status, why) in [
        ("events?follow=true&after=x", 400, "after must be"),
        ("events?follow=true&after=1,2", 400, "after must be"),
        ("events?follow=true&after=0", 410, "first record left is at 2"),
        ("events?follow=true&after=3", 409, "beyond the log's end"),
        ("events?follow=true&after=2@another", 409, "another log"),
        ("events?follow=perhaps", 400, "follow must be"),
        ("executions?follow=true&trigger=a.b", 400, "cannot be asked for"),
        ("decisions?follow=true&execution=1", 400, "cannot be asked for"),
        ("dead-letters?follow=true&redriven=true", 400, "cannot be asked for"),
      ] {
        let answer = try await bench.get("/api/v2/" + path)
        #expect(answer.status == status, "\(path): \(answer.text)")
        #expect(answer.fault.contains(why), "\(path): \(answer.text)")
      }
      let rest = try await Self.events(
        try await bench.stream("/api/v2/events?follow=true&after=1"), 1)
      #expect(rest.map { $0.data["offset"] ?? .null } == [2])
    }
  }

  @Test func noMoreStreamsThanAllowed() async throws {
    try await APIBench.run(database: ContentTests.nowhere) { bench in
      var streams: [HTTPResponseStream] = []
      for _ in 1...FollowDoor.followersMax {
        streams.append(try await Self.opened(bench, "/api/v2/events?follow=true"))
      }
      let tooMany = try await bench.get("/api/v2/triggers?follow=true")
      #expect(tooMany.status == 429)
      #expect(streams.count == FollowDoor.followersMax)
    }
  }
}

@Suite struct FollowCursorTests {
  private let partitions = [Partition(.events, 0), Partition(.events, 1)]

  @Test(arguments: ["-1,-1@log", "12,0@log", "12.3,7.0@log"])
  func textsComeBack(_ text: String) throws {
    #expect(try FollowCursor(text, partitions, incarnation: "log").text == text)
  }

  @Test(arguments: ["", ",", "1", "1,2,3", "-2,0", "1.,0", "1.-1,0", "a,0", "-1.0,0", "1.1.1,0"])
  func otherTextsAreRefused(_ text: String) {
    #expect(throws: Fault.self) {
      try FollowCursor(text, partitions, incarnation: "log")
    }
  }
}
