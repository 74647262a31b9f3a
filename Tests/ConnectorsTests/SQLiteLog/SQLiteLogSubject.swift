import Connectors
import Streams
import TestSupport
import Threads

/// The embedded log in a folder of its own, for the contract.
final class SQLiteLogSubject: LogSubject {
  let features = LogFeatures(partitionCount: 1, losesUnsyncedEnd: false)
  let clock = HandClock()
  private let folder = TemporaryFolder()
  private let settings: SQLiteLogSettings
  private let opened = Locked<SQLiteLog?>(nil)

  init(_ settings: SQLiteLogSettings) { self.settings = settings }

  func log() async throws -> any EventLog {
    let log = try await SQLiteLog.open("\(folder.path)/log", settings: settings) { [clock] in
      clock.now
    }
    opened.withLock { $0 = log }
    return log
  }

  func reopen() async throws -> any EventLog {
    await close()
    return try await log()
  }

  func losePower() async throws -> any EventLog {
    throw LogError.unavailable("the embedded log cannot show a loss of power")
  }

  func close() async {
    let log = opened.withLock { opened in
      defer { opened = nil }
      return opened
    }
    await log?.close()
  }
}
