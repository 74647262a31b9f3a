import Automation
import Calendar
import Runners
import Streams
import Telemetry
import Verifier

/// A machine of a simulation: a process that serves partitions, dies and comes back.
final class SimulatedHost {
  private let simulation: Simulation
  private let name: String
  private var process: SimulatedProcess
  private let page = SimulatedPage()
  private var engines: [Int: PipelineSession] = [:]
  private var worker: SimulatedWorker
  private var workPartitions: [Int: WorkIntake] = [:]
  /// Runners that were called and have not ended: what they run, and when they end.
  private var inFlight: [(work: TakenWork, until: Instant)] = []
  private var saidAliveAt: Instant

  init(_ simulation: Simulation, name: String, hasWorker: Bool) {
    self.simulation = simulation
    self.name = name
    process = SimulatedProcess(name, incarnation: 0)
    worker = SimulatedWorker(simulation, process, page)
    saidAliveAt = simulation.store.log.now()
  }

  var isDead: Bool { process.isDead || page.hasTrapped }

  /// Whether runners of it have not ended.
  var isBusy: Bool { !inFlight.isEmpty }

  func die() { process.die() }

  /// Starts the process again; its partitions are taken over anew.
  func restart() {
    let (engineKeys, workKeys) = (engines.keys.sorted(), workPartitions.keys.sorted())
    process.die()
    page.restart()
    process = SimulatedProcess(name, incarnation: process.incarnation + 1)
    worker = SimulatedWorker(simulation, process, page)
    inFlight = []
    engines = [:]
    workPartitions = [:]
    for partition in engineKeys { takeEngine(partition) }
    for partition in workKeys { takeWork(partition) }
  }

  /// `decide` traps at this record.
  func plant(_ position: Position) { page.plant(position) }

  // MARK: - Engine

  func takeEngine(_ partition: Int) {
    let owner = simulation.world.takeOver(partition, as: "engine")
    let log = SimulatedLog(
      simulation.store, process, .engine, simulation.world, page: page,
      mutation: simulation.mutation)
    engines[partition] = simulation.pipeline(page).session(owner, on: log)
  }

  func turnEngine() async throws {
    guard let partition = engines.keys.sorted().randomElement(simulation.world) else { return }
    await turn(partition)
  }

  private func turn(_ partition: Int) async {
    guard let session = engines[partition], !isDead else { return }
    do {
      _ = try await session.turn()
    } catch LogError.fenced {
      engines[partition] = nil
    } catch LogError.cancelled {
      return
    } catch {
      simulation.report(
        Violation(.liveness, at: "engine of partition \(partition)", "it stops: \(error)"))
      engines[partition] = nil
    }
  }

  // MARK: - Worker

  func takeWork(_ partition: Int) {
    let owner = simulation.world.takeOver(partition, as: Worker.group)
    workPartitions[partition] = WorkIntake(worker.worker, owner)
  }

  func turnWorker() async throws {
    guard !isDead else { return }
    let now = simulation.store.log.now()
    if now - saidAliveAt >= .seconds(9), !inFlight.isEmpty { await sayAlive() }
    if let place = inFlight.firstIndex(where: { $0.until <= now }) {
      let work = inFlight.remove(at: place).work
      if simulation.world.happens(.runnerDies) { return process.die() }
      await worker.worker.perform(work)
      if !isDead { simulation.ledger.reported.insert(work.execution.description) }
      return
    }
    guard let partition = workPartitions.keys.sorted().randomElement(simulation.world) else {
      return
    }
    do {
      for work in try await workPartitions[partition]!.turn(wait: .zero) {
        let length = simulation.world.oneIn(10) ? 90_000 : 3_000
        inFlight.append((work, now + .milliseconds(simulation.world.int(0...length))))
      }
    } catch LogError.fenced {
      workPartitions[partition] = nil
    } catch {
      return
    }
  }

  private func sayAlive() async {
    saidAliveAt = simulation.store.log.now()
    try? await worker.worker.sayAlive()
  }

  /// Everything that this process can do now.
  func turnAll() async throws {
    for partition in engines.keys.sorted() { await turn(partition) }
    for _ in 0..<4 { try await turnWorker() }
    for partition in engines.keys.sorted() { await turn(partition) }
  }

  /// The state of the partitions that it serves.
  var savedStates: [Int: [[UInt8]]] {
    engines.compactMapValues { $0.savedState() }
  }
}

/// A worker with simulated runners.
struct SimulatedWorker {
  let worker: Worker

  init(_ simulation: Simulation, _ process: SimulatedProcess, _ page: SimulatedPage) {
    let log = SimulatedLog(
      simulation.store, process, .worker, simulation.world, page: page,
      mutation: simulation.mutation)
    var settings = Worker.Settings(name: process.name, packsFolder: "", apiURL: "")
    settings.slots = 3
    settings.pauseAfterError = .zero
    let ids = NameSource("\(process.name).\(process.incarnation)")
    settings.drawID = { ids.next() }
    worker = Worker(
      log, [EffectRunner(ledger: simulation.ledger), PureRunner(ledger: simulation.ledger)],
      vault: NoVault(), settings: settings, logger: Logger(LogOutput(level: .error)))
  }
}

/// Names that are never the same twice.
final class NameSource: @unchecked Sendable {
  private let prefix: String
  private var count = 0

  init(_ prefix: String) { self.prefix = prefix }

  func next() -> String {
    count += 1
    return "\(prefix).\(count)"
  }
}

extension [Int] {
  func randomElement(_ world: FaultSource) -> Int? {
    isEmpty ? nil : self[world.int(0...count - 1)]
  }
}
