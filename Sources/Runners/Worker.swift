public import Automation
import Calendar
import Crypto
import Glibc
import JSON
public import Streams
public import Telemetry
import Threads

/// Takes scheduled work and calls the runners.
///
/// Work is taken by one commit that says *started* and moves the position; only when it is durable
/// are runners with side effects called. So work is started at most once, and a crash leaves a
/// started without a finished, which the engine ends when the lease is over.
public struct Worker: Sendable {
  /// Whose positions in `work` it moves.
  public static let group = "worker"
  /// Signs of life while it holds work.
  static let aliveEvery = Duration.seconds(10)

  public struct Settings: Sendable {
    public var name: String
    /// Actions that run at the same time; more are not read.
    public var slots = 16
    /// Where the packs' files are: `NAME@DIGEST` below it.
    public var packsFolder: String
    /// What actions are told of the API's address.
    public var apiURL: String
    /// Bytes of each output stream of an action that are kept.
    public var outputBytesMax = 10 << 20

    public init(name: String, packsFolder: String, apiURL: String) {
      self.name = name
      self.packsFolder = packsFolder
      self.apiURL = apiURL
    }
  }

  let log: any EventLog
  let runners: [String: any Runner]
  let vault: any SecretVault
  let settings: Settings
  let name: WorkerName
  let held = HeldWork()
  private let logger: Logger

  public init(
    _ log: any EventLog, _ runners: [any Runner], vault: any SecretVault, settings: Settings,
    logger: Logger = Logger()
  ) {
    self.log = log
    self.runners = Dictionary(
      uniqueKeysWithValues: runners.map { (type(of: $0).name, $0) })
    self.vault = vault
    self.settings = settings
    name = WorkerName(worker: settings.name, incarnation: Hex.encode(randomBytes(8)))
    self.logger = logger
  }

  /// How many actions run.
  public var running: Int { held.count }

  /// Takes and runs work until cancelled; then nothing new is taken, and it returns when what runs
  /// has ended or `drain` is over, after which that is stopped.
  public func run(drain: Duration) async throws {
    try await sayAlive()
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await keepSayingAlive() }
      tasks.addTask { try await followCancellations() }
      tasks.addTask { try await log.serve(as: Self.group) { try await serve($0, drain) } }
      defer { tasks.cancelAll() }
      try await tasks.next()
    }
  }

  // MARK: - Taking work

  private func serve(_ owner: Owner, _ drain: Duration) async throws {
    let partition = Partition(.work, owner.partition)
    var positions = try await log.committed(owner.group, partition: owner.partition)
    if positions[partition] == nil {
      positions[partition] = try await log.bounds(partition).first
    }
    let actions = ActionTasks()
    while !Task.isCancelled {
      let free = settings.slots - held.count
      guard free > 0 else {
        await held.waitForChange()
        continue
      }
      let batch = try await log.read(
        from: positions, to: .recorded, bytesMax: 1 << 20, wait: .seconds(1))
      let records = batch.records.prefix(free)
      guard let last = records.last else {
        positions = batch.positions
        continue
      }
      positions[partition] = last.position.offset + 1
      try await start(Array(records), positions, owner, actions)
    }
    await actions.finish(within: drain)
  }

  /// Says *started* for some work in one commit, then runs it.
  private func start(
    _ records: [Record], _ positions: Positions, _ owner: Owner, _ actions: ActionTasks
  ) async throws {
    var outgoing = Outgoing()
    var works: [(Work, depth: Int)] = []
    for record in records {
      do {
        let event = try record.event()
        let envelope = try Envelope(event)
        guard let data = event["data"] else { throw RecordError("attribute data is missing") }
        let work = try Work(type: envelope.type, data: data)
        // What was cancelled before it began is not begun.
        if held.isCancelled(work.execution) { continue }
        let report = WorkerReport.started(
          execution: work.execution, attempt: work.attempt, by: name)
        add(report, after: envelope, to: &outgoing)
        works.append((work, envelope.depth))
      } catch {
        let letter = DeadLetter(reason: "\(error)", by: Self.group, record: record)
        outgoing.add(.deadLetters, Lane(0)) { writer in
          Envelope(
            id: record.position.description, type: letter.type.description, source: "petrel",
            time: log.now(), lane: Lane(0)
          ).write(into: &writer) { letter.write(into: &$0) }
        }
      }
    }
    let hasSideEffects = works.contains { work, _ in
      runners[work.runner].map { type(of: $0).hasSideEffects } ?? false
    }
    try await log.commit(
      outgoing, consumed: positions, as: owner, hasSideEffects ? .synced : .recorded)
    for (work, depth) in works {
      let task = Task { await perform(work, depth: depth) }
      held.insert(work.execution, task)
      actions.add(work.execution, task)
    }
  }

  // MARK: - Running

  private func perform(_ work: Work, depth: Int) async {
    let outcome = await outcome(of: work)
    let report = WorkerReport.finished(
      execution: work.execution, attempt: work.attempt, by: name, outcome)
    await append(report, depth: depth)
    held.remove(work.execution)
  }

  private func outcome(of work: Work) async -> WorkerReport.Outcome {
    guard let runner = runners[work.runner] else {
      return .failed("There is no runner '\(work.runner)'.")
    }
    let parameters: OpenedParameters
    do {
      parameters = try OpenedParameters(work, vault)
    } catch {
      return .failed(error.text)
    }
    let scrubber = Scrubber(parameters.secrets)
    let output = LiveOutput(log, work.execution, scrubber)
    let live = Task { await output.run() }
    let outcome = await runner.run(job(work, parameters), output: output)
    live.cancel()
    await live.value
    return WorkerReport.Outcome(
      status: outcome.status, result: scrubber.scrub(outcome.result))
  }

  private func job(_ work: Work, _ parameters: OpenedParameters) -> Job {
    Job(
      work,
      packFolder: work.packDigest.isEmpty
        ? nil : "\(settings.packsFolder)/\(work.pack)@\(work.packDigest)",
      runnerParameters: parameters.runner, actionParameters: parameters.action,
      secretNames: parameters.secretNames,
      environment: [
        "ST2_ACTION_PACK_NAME": work.pack,
        "ST2_ACTION_EXECUTION_ID": work.execution.description,
        "ST2_ACTION_API_URL": settings.apiURL,
      ],
      outputBytesMax: settings.outputBytesMax)
  }

  /// Appends the end of an execution, again and again until the log takes it: while it does not,
  /// the worker is alive and holds the work. A result beyond the log's limit becomes a failed one
  /// that says so.
  private func append(_ report: WorkerReport, depth: Int) async {
    var report = report
    while true {
      var outgoing = Outgoing()
      let cause = Envelope(
        id: report.execution.description, type: "", source: "", time: log.now(),
        lane: report.execution.lane, depth: depth)
      add(report, after: cause, to: &outgoing)
      do {
        _ = try await log.append(outgoing, .recorded)
        return
      } catch .tooLarge(let max) {
        report = report.tooLarge(max)
      } catch .unavailable, .full {
        logger.warning(
          "a result waits for the log",
          ["execution": .text(report.execution.description)])
        _ = await Task { try? await Task.sleep(for: .milliseconds(500)) }.value
      } catch {
        logger.error(
          "a result is lost to the log; the lease will end it",
          ["execution": .text(report.execution.description), "error": .text("\(error)")])
        return
      }
    }
  }

  private func add(
    _ report: WorkerReport, after cause: Envelope, to outgoing: inout Outgoing
  ) {
    let lane = report.execution.lane
    let envelope = Envelope(
      id: Hex.encode(randomBytes(12)), type: report.type.description, source: "petrel/worker",
      time: log.now(), lane: lane, subject: report.subject, cause: cause.id,
      depth: cause.depth + 1)
    outgoing.add(.results, lane) { writer in
      envelope.write(into: &writer) { report.write(into: &$0) }
    }
  }

  // MARK: - Staying alive

  private func keepSayingAlive() async throws {
    while true {
      try await Task.sleep(for: Self.aliveEvery)
      if held.count > 0 { try? await sayAlive() }
    }
  }

  private func sayAlive() async throws {
    let seen = WorkerSeen(name: name, running: held.count)
    let envelope = Envelope(
      id: Hex.encode(randomBytes(12)), type: seen.type.description, source: "petrel/worker",
      time: log.now(), lane: Lane(key: name.worker), subject: seen.subject)
    var outgoing = Outgoing()
    outgoing.add(.workers, envelope.lane) { writer in
      envelope.write(into: &writer) { seen.write(into: &$0) }
    }
    _ = try await log.append(outgoing, .recorded)
  }

  // MARK: - Stopping what was cancelled

  private func followCancellations() async throws {
    var positions: Positions = [:]
    for index in 0..<log.partitionCount(of: .executions) {
      let partition = Partition(.executions, index)
      positions[partition] = try await log.bounds(partition).end
    }
    while true {
      let batch = try await log.read(
        from: positions, to: .recorded, bytesMax: 8 << 20, wait: .seconds(60))
      for record in batch.records {
        guard let event = try? record.event(),
          let recorded = try? Recorded<ExecutionFact>(event)
        else { continue }
        switch recorded.fact {
        case .cancelAsked(let id, _): held.cancel(id)
        case .ended(let end) where end.status == .canceled: held.cancel(end.execution)
        default: continue
        }
      }
      positions = batch.positions
    }
  }
}

extension WorkerReport.Outcome {
  static func failed(_ reason: String) -> WorkerReport.Outcome {
    WorkerReport.Outcome(status: .failed, result: ["error": .string(reason)])
  }
}

extension WorkerReport {
  fileprivate func tooLarge(_ max: Int) -> WorkerReport {
    guard case .finished(let execution, let attempt, let worker, _) = self else { return self }
    return .finished(
      execution: execution, attempt: attempt, by: worker,
      .failed("The result is larger than \(max) bytes and cannot be kept."))
  }
}
