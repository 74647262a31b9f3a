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
final class APIBench: Sendable {
  let log: SQLiteLog
  let content: ContentFollower
  let system = TestSystem()
  let vault = TestVault()
  let metrics = Metrics()
  private let folder: TemporaryFolder
  private let address = Locked<String?>(nil)
  private let wakeups = Wakeups()
  private let client: HTTPClient

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
        try await server.run(on: [.tcp(host: "127.0.0.1", port: 0)]) { addresses in
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

  private func base() async throws -> String {
    let base = await wakeups.first(within: .seconds(30)) { address.withLock { $0 } }
    guard let base else { throw BenchError(text: "the server has not started") }
    return base
  }

  private func request(_ method: String, _ path: String) async throws -> HTTPRequest {
    var request = HTTPRequest(method, try await base() + path)
    request.proxy = .none
    request.responseBytesMax = 64 << 20
    return request
  }

  func get(_ path: String) async throws -> Answer {
    Answer(try await client.perform(request("GET", path)))
  }

  func send(_ method: String, _ path: String, _ body: JSONValue? = nil) async throws -> Answer {
    try await send(method, path, text: body?.text())
  }

  func send(
    _ method: String, _ path: String, text: String?, type: String = "application/json",
    headers: [(String, String)] = []
  ) async throws -> Answer {
    var request = try await request(method, path)
    if let text {
      request.body = .bytes(Array(text.utf8))
      request.headers = [("Content-Type", type)]
    }
    request.headers += headers.map { (name: $0.0, value: $0.1) }
    return Answer(try await client.perform(request))
  }

  func stream(_ path: String) async throws -> HTTPResponseStream {
    try await client.stream(request("GET", path))
  }
}

/// What the server said.
struct Answer: Sendable {
  let status: Int
  let text: String
  private let response: HTTPResponse

  init(_ response: HTTPResponse) {
    self.response = response
    status = response.status
    text = String(decoding: response.body, as: UTF8.self)
  }

  /// Null where it is no JSON.
  var json: JSONValue {
    (try? JSONValue(parsing: response.body, limits: Limits.json)) ?? .null
  }

  var fault: String { json["faultstring"]?.stringValue ?? "" }
  func header(_ name: String) -> String? { response.header(name) }

  /// One member of each object of a list.
  func each(_ member: String) -> [String] {
    (json.arrayValue ?? []).map { $0[member]?.stringValue ?? "?" }
  }
}

struct BenchError: Error {
  let text: String
}
