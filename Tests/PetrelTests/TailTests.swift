import JSON
import Testing
import Threads

@testable import petrel

/// Tails and redrives as the command line shows them, against a server that says what a test wants.
@Suite struct TailTests {
  /// An answer of the fake server is a whole stream, so each attempt is one request.
  @Test func aBrokenStreamIsTakenUpBehindTheLastRow() async throws {
    let attempts = Locked(0)
    let server = try FakeServer { request in
      let attempt = attempts.withLock { count in
        count += 1
        return count
      }
      switch attempt {
      case 1: return stream("id: 4@l\n\n")
      case 2: return stream("event: event\ndata: {\"offset\":5}\nid: 5@l\n\nevent: event\nda")
      case 3: return .json("{\"faultstring\":\"starting\"}", status: 503)
      case 4: return stream("event: event\ndata: {\"offset\":6}\nid: 6@l\n\n")
      default: return .json("{\"faultstring\":\"it is gone\"}", status: 410)
      }
    }
    defer { server.stop() }
    let run = await CommandRun.of("events", "tail", "--json", "--server", server.url)
    #expect(run.output == "{\"offset\":5}\n{\"offset\":6}\n")
    #expect(run.code == 1)
    #expect(run.errors.contains("it is gone"))
    #expect(run.errors.contains("trying again"))
    #expect(
      server.requests.map(\.target) == Array(repeating: "/api/v2/events?follow=true", count: 5))
    let ids = server.requests.map { $0.header("last-event-id") ?? "none" }
    #expect(ids == ["none", "4@l", "5@l", "5@l", "6@l"])
  }

  @Test func aServerThatIsNotThereEndsIt() async throws {
    let server = try FakeServer { _ in .json("{\"faultstring\":\"no room\"}", status: 429) }
    defer { server.stop() }
    let run = await CommandRun.of("triggers", "tail", "--server", server.url)
    #expect(run.code == 1)
    #expect(server.requests.count == 1)
    let nobody = await CommandRun.of("triggers", "tail", "--server", "http://127.0.0.1:1")
    #expect(nobody.code == 1)
  }

  @Test func rowsBecomeATableWithExactTimes() async throws {
    let server = try FakeServer { request in
      request.header("last-event-id") == "7"
        ? stream(
          """
          event: trigger
          data: {"id":"a","status":"processed","trigger":"demo.alert",\
          "occurrence_time":"2026-11-25T11:57:00.000000Z","payload":{}}
          id: 8


          """)
        : .json("{}", status: 400)
    }
    defer { server.stop() }
    let run = await CommandRun.of(
      "triggers", "tail", "--trigger", "demo.alert", "--after", "7", "--server", server.url)
    #expect(run.lines.count == 2)
    #expect(run.lines.last?.contains("2026-11-25T11:57:00.000000Z") ?? false)
    #expect(server.requests[0].target == "/api/v2/triggers?trigger=demo.alert&follow=true")
  }

  private let letters = """
    [{"topic":"events","offset":9},{"topic":"commands","offset":3},{"topic":"events","offset":9}]
    """

  @Test func allOpenLettersAreSentAgainOldestFirst() async throws {
    let letters = letters
    let server = try FakeServer { request in
      if request.method == "GET" { return .json(letters) }
      return request.path.contains("commands")
        ? .json("{\"faultstring\":\"it is gone\"}", status: 410)
        : .json("{\"topic\":\"events\",\"offset\":12}", status: 202)
    }
    defer { server.stop() }
    let run = await CommandRun.of(
      "dead-letters", "redrive", "--all", "--reason", "mended", "--server", server.url)
    #expect(run.code == 1)
    #expect(run.output == "events 9 is sent again as events 12\n")
    #expect(run.errors.contains("commands 3: it is gone"))
    #expect(run.errors.contains("sent 1 again, refused 1"))
    #expect(
      server.requests.map(\.path) == [
        "/api/v2/dead-letters", "/api/v2/dead-letters/commands/3/redrive",
        "/api/v2/dead-letters/events/9/redrive",
      ])
    #expect(server.requests[0].target.contains("redriven=false"))
    #expect(server.requests[2].text == "{\"reason\":\"mended\"}")
  }

  @Test(arguments: [
    [], ["events"], ["events", "x"], ["events", "1", "2"], ["events", "1", "--all"],
  ])
  func whichLetterMustBeClear(_ words: [String]) async {
    let run = await CommandRun.of(
      words: ["dead-letters", "redrive"] + words + ["--server", "http://127.0.0.1:1"])
    #expect(run.code == 64)
  }
}

private func stream(_ text: String) -> FakeServer.Answer {
  FakeServer.Answer(headers: ["Content-Type: text/event-stream"], body: text)
}
