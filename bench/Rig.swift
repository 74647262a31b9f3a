import API
import Automation
import Calendar
import Connectors
import HTTPServer
import JSON
import Runners
import Streams
import Telemetry
import Threads

/// The product's edge in this process: log and API, and where a case wants them engine and worker.
/// It has no view: nothing that is measured on it asks the database.
final class Rig: Sendable {
  let log: SQLiteLog
  private let content: ContentFollower
  private let scratch: Scratch
  private let address = Locked<UInt16?>(nil)
  private let wakeups = Wakeups()
  private let tasks = Locked<[Task<Void, any Error>]>([])

  private init(_ scratch: Scratch, _ log: SQLiteLog) {
    self.scratch = scratch
    self.log = log
    content = ContentFollower(log)
  }

  /// With `runners` engine and worker run as well.
  static func start(
    _ first: Outgoing, runners: [any Runner]? = nil, hasEngine: Bool = false
  ) async throws -> Rig {
    let scratch = try Scratch()
    let log = try await SQLiteLog.open(scratch.path + "/log")
    _ = try await log.append(first, .synced)
    let rig = Rig(scratch, log)
    let vault = try KeyFileVault(path: scratch.path + "/key")
    let api = APIServer(rig.parts(vault))
    let server = try api.listen(on: [.tcp(host: "127.0.0.1", port: 0)])
    rig.start { try await rig.content.run() }
    try await rig.content.load()
    rig.start { try await api.run(server) { rig.note($0) } }
    if hasEngine || runners != nil {
      let pipeline = Engine.pipeline()
      rig.start { try await pipeline.run(on: log) }
    }
    if let runners {
      let worker = Worker(
        log, runners, vault: vault,
        settings: Worker.Settings(name: "bench", packsFolder: scratch.path, apiURL: ""))
      rig.start { try await worker.run(drain: .zero) }
    }
    return rig
  }

  private func parts(_ vault: KeyFileVault) -> APIParts {
    var parts = APIParts(
      log: log, content: content, view: View(""),
      rebuild: ViewRebuild(of: log, conninfo: "", migrations: Tree.migrations), vault: vault,
      packs: PackStore(log, folder: scratch.path), packsFolder: scratch.path, space: Room(),
      status: Silence(), metrics: Metrics(), engineGroup: Engine.group,
      workerGroup: Worker.group, logger: Logger(LogOutput(level: .error)))
    parts.settings.drain = .zero
    return parts
  }

  private func start(_ work: @escaping @Sendable () async throws -> Void) {
    tasks.withLock { $0.append(Task { try await work() }) }
  }

  private func note(_ addresses: [ListenAddress]) {
    for case .tcp(_, let port) in addresses { address.withLock { $0 = port } }
    wakeups.notifyAll()
  }

  func port() async throws -> UInt16 {
    let port = await wakeups.first(within: .seconds(30)) { address.withLock { $0 } }
    guard let port else { throw BenchFailure("the server has not started") }
    return port
  }

  func end() async {
    let tasks = tasks.withLock { $0 }
    for task in tasks { task.cancel() }
    for task in tasks { _ = await task.result }
    await log.close()
  }
}

private struct Room: SpaceWatch {
  var isLow: Bool { false }
}

private struct Silence: StatusSource {
  func waitingFor() async -> [String] { [] }
  func snapshot() async -> SystemSnapshot {
    SystemSnapshot(version: "bench", startedAt: Instant.now(), dataPath: "")
  }
}
