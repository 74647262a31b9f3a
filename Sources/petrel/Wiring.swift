import Automation
import Connectors
import Glibc
import JSON
import Telemetry
import Threads

/// Joins the commands to the rooms that hold the engine.
extension Hooks {
  static let wired = Hooks(
    readOffline: { try await Offline.client($0) },
    packFiles: { folder in
      let bundle = try PackBundle(readingFolder: folder)
      let files = bundle.files.map { file in
        PackFile(path: file.path, isExecutable: file.isExecutable, bytes: file.bytes)
      }
      return (bundle.name, files)
    },
    packCheck: { folder in
      checkPack(try PackBundle(readingFolder: folder).packFiles).diagnostics.map(\.json)
    })
}

/// Answers reading commands of a folder on which no server runs: the same product, taking nothing
/// in and running nothing, for as long as the command lasts.
private enum Offline {
  static func client(_ configuration: Configuration) async throws -> Client {
    let data = configuration.data
    guard access("\(data)/log", F_OK) == 0 else {
      throw ClientError.notRunning(
        "there are no data in \(data); start a server with 'petrel up --data \(data)'")
    }
    let logger = Logger(LogOutput(level: .error))
    let product = try await Product.open(configuration, .reading, logger)
    let run = OfflineRun(product)
    do {
      try await run.waitUntilReady()
    } catch {
      await run.end()
      throw error
    }
    return try Client(.socket(path: product.folder.socket)) { await run.end() }
  }
}

/// The product while a reading command asks it.
private struct OfflineRun {
  /// Then an answer tells what is not there.
  private static let patience = Duration.seconds(60)

  private let product: Product
  private let stop = StopRequest()
  private let isListening = Locked(false)
  private let hasEnded = Locked(false)
  private let running: Task<Void, any Error>

  init(_ product: Product) {
    self.product = product
    running = Task { [stop, isListening, hasEnded] in
      defer { hasEnded.withLock { $0 = true } }
      try await product.run(until: stop) { _ in isListening.withLock { $0 = true } }
    }
  }

  /// The view may have to be brought up first. Throws at once what keeps it from coming up.
  func waitUntilReady() async throws {
    let deadline = ContinuousClock.now + Self.patience
    while ContinuousClock.now < deadline {
      if hasEnded.withLock({ $0 }) { try await running.value }
      if let problem = product.postgres?.problem { throw problem }
      let isListening = isListening.withLock { $0 }
      if isListening, product.keeper.isReady, await product.keeper.lag() == 0 { return }
      if isListening, !product.keeper.problems.isEmpty { return }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  func end() async {
    stop.ask()
    _ = await running.result
  }
}
