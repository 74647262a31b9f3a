import Automation
import JSON
import Runners
import Streams
import TestSupport
import Testing
import Threads

/// A log in memory with work in it, for workers that run in a test.
struct WorkerBench {
  let log = MemoryLog()
  let vault = TestVault()
  let gate = Gate()

  func worker(slots: Int = 4) -> Worker {
    var settings = Worker.Settings(
      name: "bench", packsFolder: "/packs", apiURL: "http://here/api/v1")
    settings.slots = slots
    return Worker(log, [NoopRunner(), GateRunner(gate: gate)], vault: vault, settings: settings)
  }

  /// Appends work as the engine would; its execution.
  func schedule(_ runner: String = "gate", _ more: JSONObject = [:]) async throws -> Identifier {
    let id = try #require(Identifier(randomID()))
    try await append(.work, "petrel.WorkScheduled", work(id.description, runner: runner, more), id)
    return id
  }

  func append(_ topic: Topic, _ type: String, _ data: JSONValue, _ id: Identifier) async throws {
    var outgoing = Outgoing()
    let envelope = Envelope(
      id: id.description, type: type, source: "test", time: log.now(), lane: id.lane)
    outgoing.add(topic, id.lane) { writer in envelope.write(into: &writer) { $0.value(data) } }
    _ = try await log.append(outgoing, .synced)
  }

  func cancel(_ id: Identifier) async throws {
    let fact = ExecutionFact.cancelAsked(execution: id, user: "ann")
    var outgoing = Outgoing()
    let envelope = Envelope(
      id: randomID(), type: fact.type.description, source: "test", time: log.now(), lane: id.lane)
    outgoing.add(.executions, id.lane) { writer in
      envelope.write(into: &writer) { fact.write(into: &$0) }
    }
    _ = try await log.append(outgoing, .synced)
  }

  /// What workers have said of executions, in order.
  func reports() async throws -> [WorkerReport] {
    try await log.records(.results).map { record in
      let event = try record.event()
      return try WorkerReport(
        type: try Envelope(event).type, data: try #require(event["data"]))
    }
  }

  /// Waits for an execution's end.
  func outcome(of id: Identifier) async throws -> WorkerReport.Outcome {
    var found: WorkerReport.Outcome?
    try await until {
      for case .finished(id, _, _, let outcome) in try await reports() { found = outcome }
      return found != nil
    }
    return try #require(found)
  }

  func isStarted(_ id: Identifier) async throws -> Bool {
    try await reports().contains { report in
      if case .started(id, _, _) = report { true } else { false }
    }
  }

  /// Runs a worker as long as the test does.
  func run(
    _ worker: Worker, drain: Duration = .zero, _ test: () async throws -> Void
  ) async throws {
    let running = Task { try await worker.run(drain: drain) }
    do { try await test() } catch {
      running.cancel()
      throw error
    }
    running.cancel()
    _ = await running.result
  }
}

/// Holds actions until it is opened.
final class Gate: Sendable {
  private let isOpen = Locked(false)
  private let wakeups = Wakeups()

  func open() {
    isOpen.withLock { $0 = true }
    wakeups.notifyAll()
  }

  /// False: the task was cancelled.
  func pass() async -> Bool {
    while true {
      let seen = wakeups.count
      if isOpen.withLock({ $0 }) { return true }
      if Task.isCancelled { return false }
      _ = await wakeups.wait(past: seen, until: .now + .seconds(60))
    }
  }
}

/// Tells what it was given, once its gate is open.
struct GateRunner: Runner {
  static let name = "gate"
  static let hasSideEffects = true
  let gate: Gate

  func run(_ job: Job, output: any OutputSink) async -> WorkerReport.Outcome {
    guard await gate.pass() else { return WorkerReport.Outcome(status: .canceled, result: [:]) }
    output.write(.stdout, Array("given \(job.actionParameters["token"]?.text() ?? "")".utf8))
    return WorkerReport.Outcome(
      status: .succeeded,
      result: [
        "folder": job.packFolder.map { .string($0) } ?? .null,
        "parameters": .object(job.actionParameters),
        "secret": .array(job.secretNames.sorted().map { .string($0) }),
        "environment": .object(
          JSONObject(job.environment.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
        ),
      ])
  }
}
