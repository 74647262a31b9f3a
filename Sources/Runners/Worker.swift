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
/// Work is taken by one commit that says *started* and moves the position (`WorkIntake`); only when
/// it is durable are runners with side effects called. So work is started at most once, and a crash
/// leaves a started without a finished, which the engine ends when the lease is over.
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
    /// Before a log that did not take something is asked again.
    public var pauseAfterError = Duration.milliseconds(500)
    /// Names for what it appends, and for itself; never the same twice.
    public var drawID: @Sendable () -> String = { Hex.encode(randomBytes(12)) }

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
  let logger: Logger

  public init(
    _ log: any EventLog, _ runners: [any Runner], vault: any SecretVault, settings: Settings,
    logger: Logger = Logger()
  ) {
    self.log = log
    self.runners = Dictionary(
      uniqueKeysWithValues: runners.map { (type(of: $0).name, $0) })
    self.vault = vault
    self.settings = settings
    name = WorkerName(worker: settings.name, incarnation: settings.drawID())
    self.logger = logger
  }

  /// How many actions run.
  public var running: Int { held.count }

  /// Takes and runs work until cancelled; then nothing new is taken, and it returns when what runs
  /// has ended or `drain` is over, after which that is stopped. Signs of life go on until then.
  public func run(drain: Duration) async throws {
    await insist { () async throws(LogError) in try await sayAlive() }
    // A task of its own: it outlives the cancellation of this one.
    let alive = Task { try await keepSayingAlive() }
    defer { alive.cancel() }
    try await log.serve(as: Self.group) { try await serve($0, drain) }
  }

  // MARK: - Taking work

  private func serve(_ owner: Owner, _ drain: Duration) async throws {
    let intake = WorkIntake(self, owner)
    var failure: LogError?
    while !Task.isCancelled, failure == nil {
      do throws(LogError) {
        for taken in try await intake.turn(wait: .seconds(1)) { start(taken) }
      } catch {
        switch error {
        case .cancelled, .fenced: failure = error
        case .trimmed, .beyondEnd, .corrupt:
          failure = error
          logger.error("no more work is taken", ["error": .text("\(error)")])
        case .unavailable, .full, .tooLarge:
          logger.warning("work waits for the log", ["error": .text("\(error)")])
          try? await Task.sleep(for: settings.pauseAfterError)
        }
      }
    }
    await held.finish(within: drain)
    if let failure, failure != .cancelled, failure != .fenced { throw failure }
  }

  private func start(_ taken: TakenWork) {
    held.attach(Task { await perform(taken) }, to: taken.execution)
  }

  // MARK: - Running

  /// Calls the runner and reports how it ended.
  package func perform(_ taken: TakenWork) async {
    let work = taken.work
    let outcome = await outcome(of: work)
    let report = WorkerReport.finished(
      execution: work.execution, attempt: work.attempt, by: name, outcome)
    await append(report, depth: taken.depth)
    held.end(work.execution)
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
    var status = outcome.status
    // Nobody asked for its end but this worker's own stop.
    if status == .canceled, !held.isCancelled(work.execution) { status = .abandoned }
    return WorkerReport.Outcome(status: status, result: scrubber.scrub(outcome.result))
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

  // MARK: - Reporting

  /// Appends the end of an execution. A result beyond the log's limit becomes a failed one that
  /// says so.
  private func append(_ report: WorkerReport, depth: Int) async {
    let cause = Envelope(
      id: report.execution.description, type: "", source: "", time: log.now(),
      lane: report.execution.lane, depth: depth)
    var report = report
    await insist { () async throws(LogError) in
      var outgoing = Outgoing()
      add(report, after: cause, to: &outgoing)
      do throws(LogError) {
        _ = try await log.append(outgoing, .recorded)
      } catch .tooLarge(let max) {
        report = report.tooLarge(max)
        throw .tooLarge(max: max)
      }
    }
  }

  /// Tries again and again until the log takes it: while it does not, the worker is alive and holds
  /// its work. Gives up only on a log that takes nothing any more.
  private func insist(_ work: () async throws(LogError) -> Void) async {
    while true {
      do throws(LogError) {
        return try await work()
      } catch {
        switch error {
        case .tooLarge: continue
        case .unavailable, .full:
          logger.warning("a report waits for the log", ["why": .text("\(error)")])
          let pause = settings.pauseAfterError
          // A task of its own: this one may be cancelled.
          if pause > .zero { await Task { try? await Task.sleep(for: pause) }.value }
        case .cancelled, .fenced, .trimmed, .beyondEnd, .corrupt:
          return logger.error("a report is lost to the log", ["error": .text("\(error)")])
        }
      }
    }
  }

  func add(_ report: WorkerReport, after cause: Envelope, to outgoing: inout Outgoing) {
    let lane = report.execution.lane
    let envelope = Envelope(
      id: settings.drawID(), type: report.type.description, source: "petrel/worker",
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

  package func sayAlive() async throws(LogError) {
    let seen = WorkerSeen(name: name, running: held.count)
    let envelope = Envelope(
      id: settings.drawID(), type: seen.type.description, source: "petrel/worker",
      time: log.now(), lane: Lane(key: name.worker), subject: seen.subject)
    var outgoing = Outgoing()
    outgoing.add(.workers, envelope.lane) { writer in
      envelope.write(into: &writer) { seen.write(into: &$0) }
    }
    _ = try await log.append(outgoing, .recorded)
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
