import API
import Automation
import Connectors
import Curl
import HTTPServer
import JSON
import Streams
import Telemetry
import TestSupport
import Threads

/// The API over an embedded log, with an engine and a view of its own. No worker runs: tests say
/// themselves what one would report.
final class APIBench: HTTPSubject {
  let log: SQLiteLog
  let content: ContentFollower
  let system = TestSystem()
  let vault = TestVault()
  let metrics = Metrics()
  private let folder: TemporaryFolder
  private let address = Locked<String?>(nil)
  private let wakeups = Wakeups()
  let client: HTTPClient

  /// Bytes that one event may have.
  private let eventBytesMax: Int

  private let names: [String]

  private init(eventBytesMax: Int, names: [String]) async throws {
    self.eventBytesMax = eventBytesMax
    self.names = names
    folder = TemporaryFolder()
    log = try await SQLiteLog.open(folder.path + "/log")
    content = ContentFollower(log)
    client = try HTTPClient()
  }

  var packsFolder: String { folder.path }

  /// Runs a test on a bench, which is taken down with it. With `database` that one is asked, with
  /// nobody to fill it; else a fresh one is made and kept up.
  static func run(
    database given: String? = nil, eventBytesMax: Int = 1 << 20, names: [String] = [],
    _ test: @Sendable @escaping (APIBench) async throws -> Void
  ) async throws {
    let bench = try await APIBench(eventBytesMax: eventBytesMax, names: names)
    var conninfo = given ?? ""
    if given == nil {
      conninfo = try await TestPostgres.database()
      try await Migrator(folder: migrations).run(conninfo)
    }
    let server = APIServer(bench.parts(View(conninfo)))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await bench.content.run() }
      tasks.addTask { try await bench.engine.run(on: bench.log) }
      for projection in given == nil ? Projections.all : [] {
        let projector = Projector(projection, of: bench.log, conninfo: conninfo)
        tasks.addTask { try await projector.run() }
      }
      tasks.addTask {
        let listening = try server.listen(on: [.tcp(host: "127.0.0.1", port: 0)])
        try await server.run(listening) { addresses in
          bench.address.withLock { $0 = addresses.first.map { "http://\($0)" } }
          bench.wakeups.notifyAll()
        }
      }
      _ = try await bench.base()
      try await test(bench)
      tasks.cancelAll()
      while let result = await tasks.nextResult() {
        if case .failure(let error) = result, !isEnd(error) { throw error }
      }
    }
  }

  private static func isEnd(_ error: any Error) -> Bool {
    error is CancellationError || error as? LogError == .cancelled
  }

  static let migrations: String = {
    let parts = #filePath.split(separator: "/").dropLast(3)
    return "/" + parts.joined(separator: "/") + "/migrations"
  }()

  private func parts(_ view: View) -> APIParts {
    var parts = APIParts(
      log: log, content: content, view: view,
      rebuild: ViewRebuild(of: log, conninfo: "", migrations: Self.migrations), vault: vault,
      packs: PackStore(log, folder: packsFolder), packsFolder: packsFolder, space: system,
      status: system, metrics: metrics, engineGroup: "engine", workerGroup: "worker")
    parts.settings.eventBytesMax = eventBytesMax
    parts.settings.names = names
    parts.settings.drain = .seconds(2)
    return parts
  }

  private var engine: Pipeline {
    var settings = PipelineSettings()
    settings.idleCommitAfter = .milliseconds(5)
    return Pipeline(
      group: "engine", inputs: [.results, .commands, .letters, .events], settings: settings
    ) {
      (
        [TriggerProcessor(), RuleProcessor(), ExecutionProcessor()],
        Tables([ContentTable(), WorkersTable()])
      )
    }
  }

  // MARK: - Asking

  func base() async throws -> String {
    let base = await wakeups.first(within: .seconds(30)) { address.withLock { $0 } }
    guard let base else { throw BenchError(text: "the server has not started") }
    return base
  }
}

struct BenchError: Error {
  let text: String
}
