public import Telemetry

/// The loop that joins a log and a chain of processors: reads inputs, takes steps, and commits what
/// they record together with the positions of the inputs. One runs for each partition that falls
/// to this process.
///
/// State is the fold of what was recorded: a start reads the last checkpoint and folds what came
/// after; it never decides again. Any error drops the state and starts anew.
public struct Pipeline: Sendable {
  /// The group whose positions it moves.
  public let group: String
  /// The inputs in their order of precedence; the last one comes from outside and has a tenth of
  /// each batch to itself.
  public let inputs: [Topic]
  let chain: @Sendable () -> ([any Processor], Tables)
  let witness: any StepWitness
  let settings: PipelineSettings
  private let logger: Logger

  public init(
    group: String, inputs: [Topic], witness: any StepWitness = NoWitness(),
    settings: PipelineSettings = PipelineSettings(), logger: Logger = Logger(),
    chain: @escaping @Sendable () -> ([any Processor], Tables)
  ) {
    self.group = group
    self.inputs = inputs
    self.witness = witness
    self.settings = settings
    self.logger = logger.with(["group": .text(group)])
    self.chain = chain
  }

  /// Runs until cancelled. Throws only what no new start can mend: a log that is damaged or belongs
  /// to somebody else, and own facts of an unknown version.
  public func run(on log: any EventLog) async throws {
    try await log.serve(as: group) { owner in
      try await serve(owner, on: log)
    }
  }

  private func serve(_ owner: Owner, on log: any EventLog) async throws {
    let session = session(owner, on: log)
    while true {
      do {
        if let pause = try await session.turn() { try await Task.sleep(for: pause) }
      } catch LogError.cancelled, LogError.fenced {
        return
      }
    }
  }

  /// The work of one owner, batch by batch.
  package func session(_ owner: Owner, on log: any EventLog) -> PipelineSession {
    PipelineSession(self, log, owner, logger)
  }
}

/// The work of one owner on one partition. Lives in one task.
package final class PipelineSession {
  private let pipeline: Pipeline
  private let log: any EventLog
  private let owner: Owner
  private let logger: Logger
  private var lap: PipelineLap?
  /// What was left alone, and is in the log as dead letters.
  private var stuck = StuckDeadlines()

  init(_ pipeline: Pipeline, _ log: any EventLog, _ owner: Owner, _ logger: Logger) {
    self.pipeline = pipeline
    self.log = log
    self.owner = owner
    self.logger = logger
  }

  /// Takes one batch; the first one reads the state back. Any error drops the state. Returns how
  /// long to wait after an error that a new start may mend; throws the others, `.fenced` and
  /// `.cancelled` among them.
  package func turn() async throws -> Duration? {
    do {
      try Task.checkCancellation()
      if let lap { try await lap.turn() } else { try await open() }
      return nil
    } catch let error as LogError {
      lap = nil
      switch error {
      case .unavailable, .full, .tooLarge: break
      case .cancelled, .fenced, .trimmed, .beyondEnd, .corrupt: throw error
      }
      logger.warning("state dropped, starting anew", ["error": .text("\(error)")])
      return pipeline.settings.pauseAfterError
    } catch is StepSpoiled {
      stuck = lap?.chain.stuck ?? stuck
      lap = nil
      logger.warning("a step outgrew its limits, starting anew")
      return nil
    } catch is CancellationError {
      throw LogError.cancelled
    }
  }

  private func open() async throws {
    let lap = PipelineLap(pipeline, log, owner, stuck: stuck)
    try await lap.open()
    self.lap = lap
  }

  /// The state of all lanes as a whole checkpoint would hold it, one text each part; nil before the
  /// first turn and after an error.
  package func savedState() -> [[UInt8]]? { lap?.savedState() }
}

/// The pipeline's own measures.
public struct PipelineSettings: Sendable {
  /// Facts after which a checkpoint is written.
  public var checkpointFactsMax = 100_000
  /// Time of activity after which a checkpoint is written.
  public var checkpointAfter = Duration.seconds(10)
  /// Bytes after which what is saved so far is committed, so that a checkpoint may be larger than
  /// one commit may.
  public var checkpointCommitBytesMax = Limits.stepBytesMax
  /// Positions without facts are committed at the latest after this.
  public var idleCommitAfter = Duration.seconds(1)
  public var pauseAfterError = Duration.milliseconds(200)
  public var meter: PipelineMeter?

  public init() {}
}

/// A state that outgrew its step must be read again from the log.
struct StepSpoiled: Error {}
