import Automation
import JSON
import Streams
import TestSupport
import Testing

@testable import Runners

/// Work from the log to its result.
@Suite struct WorkerTests {
  private let bench = WorkerBench()

  @Test func workIsStartedOnceAndFinished() async throws {
    bench.gate.open()
    let id = try await bench.schedule("gate", ["pack_digest": "d1", "action_parameters": ["a": 1]])
    try await bench.run(bench.worker()) {
      let outcome = try await bench.outcome(of: id)
      #expect(outcome.status == .succeeded)
      #expect(outcome.result["folder"] == "/packs/demo@d1")
      #expect(outcome.result["parameters"] == ["a": 1])
      #expect(outcome.result["secret"] == [])
      #expect(
        outcome.result["environment"] == [
          "ST2_ACTION_API_URL": "http://here/api/v1",
          "ST2_ACTION_EXECUTION_ID": .string(id.description), "ST2_ACTION_PACK_NAME": "demo",
        ])
    }
    let reports = try await bench.reports()
    #expect(reports.count == 2)
    guard case .started(id, 1, let worker) = reports.first else {
      Issue.record("\(reports)")
      return
    }
    #expect(worker.worker == "bench")

    // Another worker goes on behind it.
    let next = try await bench.schedule("noop")
    try await bench.run(bench.worker()) { _ = try await bench.outcome(of: next) }
    #expect(try await bench.reports().count == 4)
  }

  @Test func whatCannotBeRunFailsAndSaysWhy() async throws {
    let unknown = try await bench.schedule("orquesta")
    let foreign = Sealed(box: "99", fingerprint: "f")
    let locked = try await bench.schedule("noop", ["action_parameters": ["token": foreign.value]])
    try await bench.run(bench.worker()) {
      #expect(
        try await bench.outcome(of: unknown)
          == WorkerReport.Outcome(
            status: .failed, result: ["error": "There is no runner 'orquesta'."]))
      let error = try await bench.outcome(of: locked).result["error"]
      #expect(
        error == "Parameter token: its secret was sealed with another key, or for another parameter"
      )
    }
  }

  @Test func aSecretLeavesTheWorkerMasked() async throws {
    bench.gate.open()
    let sealed = bench.vault.seal(
      "open sesame", for: SecretPlace(action: "demo.say.twice", parameter: "token"))
    let id = try await bench.schedule("gate", ["action_parameters": ["token": sealed.value]])
    try await bench.run(bench.worker()) {
      let outcome = try await bench.outcome(of: id)
      #expect(outcome.result["parameters"] == ["token": "********"])
      #expect(outcome.result["secret"] == ["token"])
    }
    let output = try await bench.log.all(.output).compactMap { $0["data"]?["text"]?.stringValue }
    #expect(output.joined() == "given \"********\"")
    for topic in [Topic.results, .output] {
      for record in try await bench.log.all(topic) { #expect(!record.text().contains("sesame")) }
    }
  }

  @Test func noMoreRunThanThereAreSlots() async throws {
    var ids: [Identifier] = []
    for _ in 0..<5 { ids.append(try await bench.schedule()) }
    let worker = bench.worker(slots: 2)
    try await bench.run(worker) {
      try await until { try await bench.reports().count == 2 }
      #expect(worker.running == 2)
      #expect(try await bench.isStarted(ids[0]))
      #expect(try await bench.isStarted(ids[1]))
      bench.gate.open()
      for id in ids { #expect(try await bench.outcome(of: id).status == .succeeded) }
    }
    #expect(worker.running == 0)
    #expect(try await bench.reports().count == 10)
  }

  @Test func whatIsCancelledIsStoppedOrNotBegun() async throws {
    let running = try await bench.schedule()
    let waiting = try await bench.schedule()
    let last = try await bench.schedule("noop")
    let worker = bench.worker(slots: 1)
    try await bench.run(worker) {
      try await until { try await bench.isStarted(running) }
      try await bench.cancel(waiting)
      await until { worker.held.isCancelled(waiting) }
      try await bench.cancel(running)
      #expect(try await bench.outcome(of: running).status == .canceled)
      #expect(try await bench.outcome(of: last).status == .succeeded)
    }
    #expect(try await !bench.isStarted(waiting))
  }

  @Test func workThatCannotBeReadIsADeadLetter() async throws {
    let odd = try #require(Identifier(randomID()))
    try await bench.append(.work, "petrel.WorkScheduled", ["execution": "odd"], odd)
    let id = try await bench.schedule("noop")
    try await bench.run(bench.worker()) { _ = try await bench.outcome(of: id) }
    let letters = try await bench.log.all(.deadLetters)
    #expect(letters.count == 1)
    #expect(letters.first?["data"]?["by"] == "worker")
    #expect(letters.first?["data"]?["topic"] == "work")
    #expect(letters.first?["data"]?["reason"]?.stringValue?.contains("execution") ?? false)
  }

  @Test func aStopWaitsForWhatRunsOrStopsIt() async throws {
    let stopped = try await bench.schedule()
    try await bench.run(bench.worker()) { try await until { try await bench.isStarted(stopped) } }
    #expect(try await bench.outcome(of: stopped).status == .abandoned)

    let waitedFor = try await bench.schedule()
    let opener = Task {
      try await until { try await bench.isStarted(waitedFor) }
      bench.gate.open()
    }
    try await bench.run(bench.worker(), drain: .seconds(60)) {
      try await until { try await bench.isStarted(waitedFor) }
    }
    try await opener.value
    #expect(try await bench.outcome(of: waitedFor).status == .succeeded)
  }
}

/// What a worker holds.
@Suite struct HeldWorkTests {
  private func id() throws -> Identifier { try #require(Identifier(randomID())) }

  @Test func workIsHeldFromItsStartToItsEnd() async throws {
    let held = HeldWork()
    let id = try id()
    held.begin(id)
    #expect(held.count == 1)
    held.end(id)
    #expect(held.count == 0)
    // A task that ended before it was named takes no slot.
    held.attach(Task {}, to: id)
    #expect(held.count == 0)
  }

  @Test func aCancellationReachesWorkBeforeAndAfterItsStart() async throws {
    let held = HeldWork()
    let gate = Gate()
    let early = try id(), late = try id()
    let passed = Task { _ = await gate.pass() }
    held.cancel(early)
    held.begin(early)
    held.attach(passed, to: early)
    await passed.value
    let started = Task { _ = await gate.pass() }
    held.begin(late)
    held.attach(started, to: late)
    #expect(held.count == 2)
    held.cancel(late)
    await started.value
    #expect(held.isCancelled(early))
    #expect(held.isCancelled(late))
  }

  @Test func onlySoManyCancellationsAreRemembered() throws {
    let held = HeldWork()
    let first = try id(), second = try id()
    held.cancel(first)
    held.cancel(first)
    held.cancel(second)
    for _ in 1..<HeldWork.cancelledMax { held.cancel(try id()) }
    #expect(!held.isCancelled(first))
    #expect(held.isCancelled(second))
  }
}
