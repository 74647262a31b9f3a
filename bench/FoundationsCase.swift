import Glibc
import HTTPServer
import Processes
import YAML

/// What the libraries cost that everything stands on, each beside its bare call.
enum FoundationsCase {
  static let rounds = 5

  static func run(_ report: Report) async throws {
    report.add(try await request())
    report.add(try yaml())
    report.add(try await spawn())
    report.add(contentsOf: try await LogFoundations.run())
  }

  /// A figure in times of its baseline, in CPU.
  static func figure(_ name: String, _ unit: String, _ cost: Cost, bare: Cost, _ what: String)
    -> Figure
  {
    var figure = Figure("foundations", name, cost.cpuUs, "us CPU/\(unit)")
    figure.baseline = Figure.Baseline(what: "us CPU, \(what)", value: bare.cpuUs)
    figure.beside = [
      ("times_of_baseline", cost.cpuUs / bare.cpuUs), ("wall_us", cost.wallUs),
      ("baseline_wall_us", bare.wallUs),
    ]
    return figure
  }

  // MARK: - HTTP

  private static let requestCount = 100_000
  private static let connectionCount = 64

  private static func request() async throws -> Figure {
    let configuration = ServerConfiguration(addresses: [.tcp(host: "127.0.0.1", port: 0)])
    let server = HTTPServer(configuration)
    server.onLoop(.get, "/") { _, _ in .text("ok") }
    try server.listen()
    try server.start()
    var (own, bare): ([Cost], [Cost]) = ([], [])
    let answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"
    for _ in 0..<rounds {
      own.append(try await ask(server.port ?? 0))
      let loop = try BareLoop(answer: answer)
      bare.append(try await ask(loop.port))
      loop.join()
    }
    await server.drain(within: .zero)
    return figure(
      "HTTP request", "request", own.median, bare: bare.median,
      "an epoll loop with a fixed answer")
  }

  private static func ask(_ port: UInt16) async throws -> Cost {
    let start = Cost.now
    let (count, connections) = (requestCount, connectionCount)
    let load = try await LoadThread.run {
      let client = try LoadClient(port: port, connectionCount: connections)
      let request = LoadClient.get("/")
      try client.sendAll(count) { _ in request }
    }
    var cost = Cost.now - start
    cost.cpuUs -= load.cpuUs
    return cost.per(count)
  }

  // MARK: - YAML

  private static let documentCount = 5_000

  private static func yaml() throws -> Figure {
    let text = """
      name: notify_critical
      pack: demo
      description: Tells someone about a critical alert with a value above 90
      enabled: true
      trigger:
        type: demo.alert
      criteria:
        trigger.severity: {type: equals, pattern: critical}
        trigger.value: {type: greaterthan, pattern: 90}
      action:
        ref: demo.notify
        parameters:
          host: "{{ trigger.host }}"
          message: "{{ trigger.message | default('no message') }} ({{ trigger.value }} %)"
      tags: [{name: team, value: operations}]

      """
    var (own, bare): ([Cost], [Cost]) = ([], [])
    for _ in 0..<rounds {
      own.append(
        try measure {
          for _ in 0..<documentCount { _ = try YAMLStream(parsing: text).onlyDocument() }
        }.per(documentCount))
      bare.append(
        try measure {
          for _ in 0..<documentCount { try LibYAML.events(of: text) }
        }.per(documentCount))
    }
    return figure(
      "YAML, a rule of \(text.utf8.count) bytes", "document", own.median, bare: bare.median,
      "libyaml's events read and dropped")
  }

  // MARK: - processes

  private static let processCount = 300

  private static func spawn() async throws -> Figure {
    var (own, bare): ([Cost], [Cost]) = ([], [])
    for _ in 0..<rounds {
      bare.append(try measure { try spawnBare() }.per(processCount))
      own.append(
        try await measure {
          for _ in 0..<processCount {
            let outcome = try await Child.run(ProcessSettings("/bin/true"))
            guard case .exited(0) = outcome.ending else { throw BenchFailure("no /bin/true") }
          }
        }.per(processCount))
    }
    return figure(
      "spawn /bin/true and wait", "process", own.median, bare: bare.median,
      "posix_spawn and waitpid")
  }

  private static func spawnBare() throws {
    for _ in 0..<processCount {
      var pid: pid_t = 0
      let code = "/bin/true".withCString { path -> Int32 in
        var arguments: [UnsafeMutablePointer<CChar>?] = [UnsafeMutablePointer(mutating: path), nil]
        return posix_spawn(&pid, path, nil, nil, &arguments, environ)
      }
      var status: Int32 = 0
      guard code == 0, waitpid(pid, &status, 0) == pid, status == 0 else {
        throw BenchFailure("no /bin/true")
      }
    }
  }
}
