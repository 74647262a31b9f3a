import Automation
import Calendar
import JSON
import Runners
import Streams
import Telemetry
public import Verifier

/// One run of the real pipeline, processors and workers over a simulated log, clock and runners: in
/// one task, every choice drawn from the seed. Whatever may go wrong does; then all is repaired,
/// what waits is worked off, and the second opinion looks at what is left.
public final class Simulation {
  /// What a run came to.
  public struct Outcome: Sendable {
    public let violations: [Violation]
    public let faults: [Fault: Int]
    public let recordCount: Int
    public let eventCount: Int
    public let executionCount: Int
    public let decisionCount: Int
    /// Everything that was written, hashed: the same seed gives the same.
    public let digest: UInt64
  }

  let seed: UInt64
  let mutation: Mutation?
  let clock = SimulatedClock()
  let store: SimulatedStore
  let world: FaultSource
  let ledger = EffectLedger()
  let partitionCount: Int
  let stepsMax: Int
  var clients: SimulatedClients!
  var processes: [SimulatedHost] = []
  private var violations: [Violation] = []
  private var lastSync = 0

  public init(seed: UInt64, mutation: Mutation? = nil) {
    self.seed = seed
    self.mutation = mutation
    var random = SeededRandom(seed)
    partitionCount = random.pick([1, 1, 2, 4])
    stepsMax = random.int(80...240)
    store = SimulatedStore(partitionCount: partitionCount, clock)
    world = FaultSource(
      seed: random.next(), store, partitionCount: partitionCount,
      rates: Self.rates(&random, isCalm: mutation != nil))
  }

  /// Some seeds meet everything, some one kind only, some nothing. With a mutation the weather is
  /// mild: what is found is to be the mutation's.
  private static func rates(_ random: inout SeededRandom, isCalm: Bool) -> [Fault: Int] {
    var rates: [Fault: Int] = [:]
    let weather = isCalm ? 3 : random.int(0...4)
    let only = random.pick(Fault.allCases)
    for fault in Fault.allCases {
      let base =
        switch fault {
        case .readFails, .writeFailsBefore, .writeFailsAfter, .logIsFull: 40
        case .readIsShort: 6
        case .diesBefore, .diesAfter, .runnerDies: 120
        case .dies, .takeOver: 50
        case .powerLoss: 90
        case .clockForward, .clockBack: 150
        case .poison: 20
        case .trap: 60
        case .repeated: 6
        }
      switch weather {
      case 0: rates[fault] = 0
      case 1: rates[fault] = fault == only ? max(2, base / 4) : 0
      case 2: rates[fault] = base / 3
      default: rates[fault] = base
      }
    }
    return rates
  }

  public func run() async -> Outcome {
    clients = SimulatedClients(self)
    ledger.isStartDurable = { [store] in store.isStartDurable($0) }
    ledger.outcome = { [world] job in Self.outcome(of: job, world) }
    for number in 0..<world.int(1...2) {
      processes.append(SimulatedHost(self, name: "host\(number)", hasWorker: true))
    }
    do {
      try await clients.changeContent()
      await distribute()
      for _ in 0..<stepsMax { try await act() }
      try await settle()
      try await judge()
    } catch {
      violations.append(Violation(.liveness, at: "seed \(seed)", "the simulation fails: \(error)"))
    }
    return outcome()
  }

  private static func outcome(of job: Job, _ world: FaultSource) -> WorkerReport.Outcome {
    let status: ExecutionStatus = world.oneIn(5) ? .failed : .succeeded
    return WorkerReport.Outcome(status: status, result: ["value": 1])
  }

  // MARK: - Acting

  /// Gives every partition of engine and workers to one of the processes.
  private func distribute() async {
    for partition in 0..<partitionCount {
      processes[world.int(0...processes.count - 1)].takeEngine(partition)
      processes[world.int(0...processes.count - 1)].takeWork(partition)
    }
  }

  private func act() async throws {
    switch world.int(0...19) {
    case 0...3: try await clients.post()
    case 4: try await clients.command()
    case 5 where world.oneIn(4): try await clients.changeContent()
    case 6: clock.advance(.milliseconds(world.int(1...3_000)))
    case 7 where world.oneIn(5): clock.advance(.seconds(world.int(5...60)))
    case 8 where world.oneIn(2):
      try await store.log.sync()
      store.noteSync()
    case 9: try await misfortune()
    case 10...12: try await host().turnWorker()
    default: try await host().turnEngine()
    }
    for process in processes where process.isDead { process.restart() }
  }

  private func host() -> SimulatedHost { processes[world.int(0...processes.count - 1)] }

  private func misfortune() async throws {
    if world.happens(.dies) { host().die() }
    if world.happens(.clockForward) { clock.setWallClock(by: .seconds(world.int(30...7_200))) }
    if world.happens(.clockBack) { clock.setWallClock(by: .seconds(-world.int(30...7_200))) }
    if world.happens(.takeOver) {
      let partition = world.int(0...partitionCount - 1)
      if world.oneIn(2) { host().takeEngine(partition) } else { host().takeWork(partition) }
    }
    if world.happens(.powerLoss) {
      for process in processes { process.die() }
      store.losePower()
      // What was reported may have gone with it.
      ledger.reported = []
    }
  }

  // MARK: - The end

  /// Nothing goes wrong any more; what waits is worked off.
  private func settle() async throws {
    world.isQuiet = true
    for process in processes { process.restart() }
    await distribute()
    // Longer than any lease, delay, timer or action of a simulation, in steps of five seconds.
    var quiet = 0
    for _ in 0..<2_000 where quiet < 25 {
      let before = store.written
      // A record at which `decide` traps is tried once more before it is left out.
      for process in processes where process.isDead { process.restart() }
      for process in processes {
        try await process.turnAll()
      }
      // Signs of life and ticks alone move nothing.
      let hasMoved = store.written - before > store.idleRecords(since: before)
      quiet = hasMoved || processes.contains { $0.isBusy } ? 0 : quiet + 1
      if !hasMoved { clock.advance(.seconds(5)) }
    }
    if quiet < 25 {
      violations.append(Violation(.liveness, at: "seed \(seed)", "it does not come to rest"))
    }
    try await store.log.sync()
    store.noteSync()
  }

  private func judge() async throws {
    var verifier = Verifier()
    for written in store.history { verifier.take(written) }
    verifier.finish()
    violations += verifier.violations
    decisionCount = verifier.decisionCount
    executionCount = verifier.executionCount
    violations += try await store.changedRecords()
    violations += clients.violations(store.history)
    violations += Effects.violations(ledger, store.history)
    violations += Asking.violations(store.history)
    violations += try await Replay(self).violations()
  }

  private var decisionCount = 0
  private var executionCount = 0

  private func outcome() -> Outcome {
    var digest: UInt64 = 0xcbf2_9ce4_8422_2325
    var events = 0
    for written in store.history {
      for record in written.records {
        if record.position.partition.topic == .events { events += 1 }
        for byte in record.value { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01b3 }
      }
    }
    return Outcome(
      violations: violations, faults: store.faults, recordCount: store.written,
      eventCount: events, executionCount: executionCount, decisionCount: decisionCount,
      digest: digest)
  }

  /// Everything that the run wrote, a line each record, for the eyes of people.
  public func trace() async -> String {
    let outcome = await run()
    var lines: [String] = []
    for (number, written) in store.history.enumerated() {
      for record in written.records {
        let text = String(decoding: record.value.prefix(400), as: UTF8.self)
        lines.append("\(number) \(record.position) \(record.time.iso8601) \(text)")
      }
      if !written.consumed.isEmpty { lines.append("\(number) consumed \(written.consumed)") }
    }
    return (lines + outcome.violations.map(\.description)).joined(separator: "\n")
  }

  func report(_ violation: Violation) { violations.append(violation) }

  // MARK: - The engine

  func pipeline(_ page: any StepWitness) -> Pipeline {
    var settings = PipelineSettings()
    settings.checkpointFactsMax = Int(seed % 40) + 3
    settings.checkpointAfter = .seconds(20)
    return Pipeline(
      group: "engine", inputs: [.results, .commands, .letters, .events], witness: page,
      settings: settings, logger: Logger(LogOutput(level: .error))
    ) {
      (
        [
          TriggerProcessor(), RuleProcessor(), ExecutionProcessor(), AskingProcessor(),
        ], Tables([ContentTable(), WorkersTable()])
      )
    }
  }
}
