import Calendar
public import Streams

/// A log under test: made for one case, opened anew as often as the case wants.
public protocol LogSubject: Sendable {
  var features: LogFeatures { get }
  /// The wall clock of the log.
  var clock: HandClock { get }
  /// The log as it stands open.
  func log() async throws -> any EventLog
  /// Closes the log and opens it again, as a new start of the process does. A log that is nothing
  /// but memory stays what it is.
  func reopen() async throws -> any EventLog
  /// Opens the log as a loss of power leaves it. Called only if the log can lose its unsynced end.
  func losePower() async throws -> any EventLog
  func close() async
}

/// What a log under test is like.
public struct LogFeatures: Sendable {
  /// Of every topic that is no table.
  public let partitionCount: Int
  /// Whether the subject can show what a loss of power does.
  public let losesUnsyncedEnd: Bool
  /// Whether the log keeps to the clock that the subject gives it.
  public let hasHandClock: Bool

  public init(partitionCount: Int, losesUnsyncedEnd: Bool, hasHandClock: Bool = true) {
    self.partitionCount = partitionCount
    self.losesUnsyncedEnd = losesUnsyncedEnd
    self.hasHandClock = hasHandClock
  }
}

/// The log in memory as a subject. Nothing of it outlives the object, so opening it again is the
/// same object.
public struct MemoryLogSubject: LogSubject {
  public let features: LogFeatures
  public let clock: HandClock
  private let memory: MemoryLog

  public init(partitionCount: Int) {
    let clock = HandClock()
    self.clock = clock
    features = LogFeatures(partitionCount: partitionCount, losesUnsyncedEnd: true)
    memory = MemoryLog(partitionCount: partitionCount) { clock.now }
  }

  public func log() async throws -> any EventLog { memory }
  public func reopen() async throws -> any EventLog { memory }
  public func losePower() async throws -> any EventLog {
    memory.loseUndurable()
    return memory
  }
  public func close() async {}
}
