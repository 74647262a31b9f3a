import JSON
import Testing

@testable import petrel

/// What commands make of answers that are no plain success.
@Suite struct AnswerTests {
  private func served(
    _ words: [String], _ respond: @escaping FakeServer.Respond
  ) async throws -> (run: CommandRun, requests: [FakeServer.Request]) {
    let server = try FakeServer(respond)
    defer { server.stop() }
    let run = await CommandRun.of(words: words + ["--server", server.url])
    return (run, server.requests)
  }

  private static let letter = """
    {"topic":"events","offset":7,"reason":"no trigger type","by":"triggers","input":null,\
    "record":"{\\"a\\":1}","happened_at":"2026-11-25T11:57:00.000000Z"}
    """

  @Test func deadLettersShowWhenAndWhat() async throws {
    let (list, _) = try await served(["dead-letters", "list"]) { _ in
      .json("[\(Self.letter)]", total: 1)
    }
    #expect(list.lines.last?.contains("3 min ago") ?? false, "\(list.output)")
    let (shown, _) = try await served(["dead-letters", "show", "events", "7"]) { _ in
      .json(Self.letter)
    }
    #expect(shown.output.contains("3 min ago"), "\(shown.output)")
    #expect(shown.output.contains(#"{"a":1}"#), "\(shown.output)")
  }

  @Test(arguments: [[], ["--json"]])
  func anEndedExecutionCannotBeCancelled(_ more: [String]) async throws {
    let answer = #"{"faultstring":"the execution cannot be canceled, it is failed"}"#
    let (run, _) = try await served(["executions", "cancel", "x"] + more) { _ in .json(answer) }
    #expect(run.code == 1)
    if more.isEmpty {
      #expect(run.errors == "error: the execution cannot be canceled, it is failed\n")
    } else {
      #expect(run.output == answer + "\n")
    }
  }

  private static func events(_ count: Int, next: String) -> FakeServer.Answer {
    let rows = (0..<count).map { "{\"offset\":\($0),\"trigger\":\"a.b\"}" }
    return .json("{\"events\":[" + rows.joined(separator: ",") + "],\"next\":\(next)}")
  }

  @Test(arguments: [[], ["--json"]])
  func manyEventsAreReadInPages(_ more: [String]) async throws {
    let (run, requests) = try await served(["events", "list", "--limit", "1100"] + more) {
      request in
      switch request.target {
      case "/api/v2/events?limit=500": Self.events(500, next: "900")
      case "/api/v2/events?limit=500&before=900": Self.events(500, next: "400")
      default: Self.events(100, next: "300")
      }
    }
    #expect(
      requests.map(\.target) == [
        "/api/v2/events?limit=500", "/api/v2/events?limit=500&before=900",
        "/api/v2/events?limit=100&before=400",
      ])
    if more.isEmpty {
      #expect(run.lines.count == 1101)
      #expect(run.errors.contains("--before 300"))
    } else {
      let document = try JSONValue(parsing: run.output)
      #expect(document["events"]?.arrayValue?.count == 1100)
      #expect(document["next"] == 300)
    }
  }

  @Test func anImportThatBrokeSaysWhatIsTaken() async throws {
    try await withFolder { folder in
      let path = folder + "/events.ndjson"
      write("{}\n", to: path)
      let (run, _) = try await served(["events", "import", path]) { _ in
        .json(
          """
          {"faultstring":"the disk is full; what came up to line 12 is taken","accepted":11,\
          "accepted_to_line":12,"rejected":[{"line":3,"reason":"no trigger"}]}
          """, status: 503)
      }
      #expect(run.code == 1)
      #expect(run.output == "accepted 11, rejected 1\n")
      #expect(
        run.errors
          == "line 3: no trigger\nthe disk is full; what came up to line 12 is taken\n")
    }
  }
}
