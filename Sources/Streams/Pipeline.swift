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
    var stuck = StuckDeadlines()
    while true {
      let lap = PipelineLap(self, log, owner, stuck: stuck)
      do {
        try await lap.run()
      } catch let error as LogError {
        switch error {
        case .cancelled, .fenced: return
        case .unavailable, .full, .tooLarge: break
        case .trimmed, .beyondEnd, .corrupt: throw error
        }
        logger.warning("state dropped, starting anew", ["error": .text("\(error)")])
      } catch is StepSpoiled {
        logger.warning("a step outgrew its limits, starting anew")
        // What the lap left alone is committed: its dead letters are in the log.
        stuck = lap.chain.stuck
        continue
      }
      try await Task.sleep(for: settings.pauseAfterError)
    }
  }
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

  public init() {}
}

/// A state that outgrew its step must be read again from the log.
struct StepSpoiled: Error {}
