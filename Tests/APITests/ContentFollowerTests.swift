import Automation
import HTTPServer
import JSON
import Streams
import Testing
import Threads

@testable import API

@Suite struct ContentFollowerTests {
  private let log = MemoryLog()

  private func record(_ facts: [ContentFact]) async throws {
    var outgoing = Outgoing()
    for fact in facts {
      let envelope = Envelope(
        id: "c", type: fact.type.description, source: "test", time: log.now(), lane: Lane(0),
        subject: fact.subject)
      outgoing.add(.content, Lane(0)) { writer in
        envelope.write(into: &writer) { fact.write(into: &$0) }
      }
    }
    _ = try await log.append(outgoing, .recorded)
  }

  @Test func loadingEndsWhenAllThatIsRecordedHasBeenRead() async throws {
    for number in 0..<500 {
      try await record([
        .recorded(.pack, ref: "p\(number)", body: [:]), .changed(pack: "p\(number)", count: 1),
      ])
    }
    let content = ContentFollower(log)
    let running = Task { try await content.run() }
    try await content.load()
    #expect(content.content.packs.count == 500)
    // What is not in force yet has been read all the same.
    try await record([.recorded(.pack, ref: "late", body: [:])])
    try await content.load()
    #expect(content.content.packs.count == 500)
    running.cancel()
    _ = await running.result
  }

  @Test func loadingDoesNotGiveUpBeforeItIsCancelled() async throws {
    try await record([.changed(pack: "p", count: 0)])
    // Nobody runs this one.
    let content = ContentFollower(log)
    let loading = Task { () async -> LogError? in
      do throws(LogError) { try await content.load() } catch { return error }
      return nil
    }
    loading.cancel()
    #expect(await loading.value == .cancelled)
  }
}

@Suite struct RefusalTests {
  private struct Closed: SpaceWatch {
    var isLow: Bool { true }
    var refusal: String { "closed" }
  }

  @Test func whoIsRefusedIsToldWhyAndWhenToComeBack() {
    let system: any SpaceWatch = TestSystem()
    #expect(system.refusal.contains("too little space left on the disk"))
    let response = Response.refusal(Closed().refusal)
    #expect(response.status == 503)
    #expect(response.headers.contains { $0 == ("Retry-After", "10") })
  }
}
