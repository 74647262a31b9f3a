import Automation
import JSON
import Streams
import TestSupport
import Testing

/// What becomes of work whose worker is lost, and of what is cancelled.
@Suite struct LeaseTests {
  let bench = EngineBench()
  private let worker = WorkerName(worker: "w", incarnation: "1")

  private func started(_ action: String) async throws -> Identifier {
    try await bench.standard()
    let id = try await bench.run(action)
    try await bench.settle()
    try await bench.report(.started(execution: id, attempt: 1, by: worker))
    try await bench.settle()
    return id
  }

  private func ended() -> @Sendable () async throws -> Bool {
    let log = bench.log
    return { try await log.all(.executions).last?["type"] == "petrel.ExecutionEnded" }
  }

  private func suspected(_ count: Int = 1) -> @Sendable () async throws -> Bool {
    let log = bench.log
    return {
      try await log.all(.executions).count { $0["type"] == "petrel.WorkerSuspected" } == count
    }
  }

  /// Lets a lease and the grace behind it go by.
  private func loseWorker(_ count: Int = 1) async throws {
    bench.clock.advance(.seconds(31))
    try await bench.settle(until: suspected(count))
    bench.clock.advance(.seconds(16))
  }

  @Test func aWorkerIsSuspectedThirtySecondsAfterItsLastSignAndLostALittleLater() async throws {
    _ = try await started("test.say")
    bench.clock.advance(.seconds(20))
    try await bench.seen(worker)
    bench.clock.advance(.seconds(20))
    try await bench.settle()
    #expect(try await bench.executions().last?.type == "Started")
    bench.clock.advance(.seconds(11))
    try await bench.settle(until: suspected())
    bench.clock.advance(.seconds(14))
    try await bench.settle()
    #expect(try await bench.executions().last?.type == "WorkerSuspected")
    bench.clock.advance(.seconds(2))
    try await bench.settle(until: ended())
    let end = try #require(try await bench.executions().last)
    #expect(end.data["status"] == "abandoned")
    #expect(end.data["result"]?["error"]?.stringValue?.contains("lost") ?? false)
  }

  /// As after a leap of the clock.
  @Test func aSuspectedWorkerThatGivesASignKeepsItsWork() async throws {
    _ = try await started("test.say")
    bench.clock.advance(.seconds(3_600))
    try await bench.settle(until: suspected())
    bench.clock.advance(.seconds(5))
    try await bench.seen(worker)
    bench.clock.advance(.seconds(25))
    try await bench.settle()
    #expect(try await bench.executions().last?.type == "WorkerSuspected")
    bench.clock.advance(.seconds(6))
    try await bench.settle(until: suspected(2))
  }

  @Test func aWorkerThatComesBackAnewLosesItsLeasesAtOnce() async throws {
    _ = try await started("test.say")
    try await bench.seen(WorkerName(worker: "w", incarnation: "2"))
    try await bench.settle(until: ended())
    #expect(try await bench.executions().last?.data["status"] == "abandoned")
  }

  @Test func anIdempotentActionIsScheduledAgainUpToTheLimit() async throws {
    let id = try await started("test.again")
    let log = bench.log
    for attempt in 2...ExecutionProcessor.attemptsMax {
      try await loseWorker(attempt - 1)
      try await bench.settle { try await log.all(.work).count == attempt }
      #expect(try await bench.work().last?["attempt"] == .int(attempt))
      try await bench.report(.started(execution: id, attempt: attempt, by: worker))
      try await bench.settle()
    }
    try await loseWorker(ExecutionProcessor.attemptsMax)
    try await bench.settle(until: ended())
    #expect(try await bench.executions().last?.data["status"] == "abandoned")
  }

  @Test func aReportOfAnEarlierAttemptIsLate() async throws {
    let id = try await started("test.again")
    try await loseWorker()
    let log = bench.log
    try await bench.settle { try await log.all(.work).count == 2 }
    try await bench.report(
      .finished(
        execution: id, attempt: 1, by: worker, .init(status: .succeeded, result: nil)))
    try await bench.settle()
    #expect(try await bench.executions().last?.type == "ResultLate")
  }

  @Test func whatWaitsIsCancelledAtOnceAndWhatRunsIsAsked() async throws {
    let id = try await started("test.say")
    try await bench.cancel(id)
    let waiting = try await bench.run("test.say")
    try await bench.settle()
    try await bench.cancel(waiting)
    try await bench.settle()
    let facts = try await bench.executions()
    #expect(
      facts.contains {
        $0.type == "CancelAsked" && $0.data["execution"] == .string(id.description)
      })
    #expect(facts.last?.type == "Ended")
    #expect(facts.last?.data["execution"] == .string(waiting.description))
    #expect(facts.last?.data["status"] == "canceled")
    try await bench.report(
      .finished(
        execution: id, attempt: 1, by: worker, .init(status: .canceled, result: nil)))
    try await bench.settle()
    #expect(try await bench.executions().last?.data["status"] == "canceled")
  }
}
