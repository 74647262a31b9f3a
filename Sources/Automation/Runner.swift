public import JSON
import Streams

/// Performs one kind of action. It never throws: whatever goes wrong is an outcome that says so.
/// Cancelling the task that runs it stops the work, with every process that it started.
public protocol Runner: Sendable {
  /// As the metadata of actions names it: `local-shell-cmd`.
  static var name: String { get }
  /// False only where running it twice changes nothing anywhere: then no sync is waited for.
  static var hasSideEffects: Bool { get }
  func run(_ job: Job, output: any OutputSink) async -> WorkerReport.Outcome
}

/// What a runner is given: parameters rendered, cast, secrets opened.
public struct Job: Sendable {
  public let executionID: String
  public let action: String
  public let pack: String
  /// Folder of the pack's files; nil for a pack without files.
  public let packFolder: String?
  /// File below the pack's `actions/`; empty for actions that are no file.
  public let entryPoint: String
  public let runnerParameters: JSONObject
  public let actionParameters: JSONObject
  /// Those of the action's parameters that a script gets without their names.
  public let positional: [PositionalParameter]
  /// Names of the parameters whose values are secret.
  public let secretNames: Set<String>
  public let user: String
  /// Environment that every action gets: `ST2_ACTION_…`.
  public let environment: [String: String]
  /// Bytes of each output stream that are kept.
  public let outputBytesMax: Int

  public init(
    _ work: Work, packFolder: String?, runnerParameters: JSONObject,
    actionParameters: JSONObject, secretNames: Set<String>, environment: [String: String],
    outputBytesMax: Int = 10 << 20
  ) {
    executionID = work.execution.description
    action = work.action
    pack = work.pack
    self.packFolder = packFolder
    entryPoint = work.entryPoint
    self.runnerParameters = runnerParameters
    self.actionParameters = actionParameters
    positional = work.positional
    self.secretNames = secretNames
    user = work.user
    self.environment = environment
    self.outputBytesMax = outputBytesMax
  }
}

/// Takes an action's live output, in order. It never blocks: what its reader cannot follow is left
/// out of the live view, never out of the result.
public protocol OutputSink: Sendable {
  func write(_ stream: OutputStream, _ bytes: [UInt8])
}

/// Where an action's output came from; `output` where it has no such streams.
public enum OutputStream: String, Sendable, CaseIterable {
  case stdout, stderr, output
}
