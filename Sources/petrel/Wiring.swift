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
    let stop = StopRequest()
    let listening = Wakeups()
    let running = Task {
      defer { listening.notifyAll() }
      try await product.run(until: stop) { _ in listening.notifyAll() }
    }
    if listening.count == 0 {
      _ = await listening.wait(past: 0, until: ContinuousClock.now + .seconds(60))
    }
    // The view may have to be brought up first.
    let deadline = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < deadline {
      if product.keeper.isReady, await product.keeper.lag() == 0 { break }
      if !product.keeper.problems.isEmpty { break }
      try await Task.sleep(for: .milliseconds(20))
    }
    return try Client(.socket(path: product.folder.socket)) {
      stop.ask()
      _ = await running.result
    }
  }
}
