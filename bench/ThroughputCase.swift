import Glibc
import JSON

/// A webhook, a rule, an execution that has ended: the real program with its view, asked over kept
/// connections. CPU is petrel's own until the view shows everything, without PostgreSQL's; with
/// `core.local` that of the commands it ran is told beside it.
enum ThroughputCase {
  static let noopCount = 20_000
  static let localCount = 2_000
  static let connectionCount = 32
  static let rounds = 3
  static let noopCPUUsMax = 400.0

  static func run(_ report: Report) async throws {
    let scratch = try Scratch()
    let pack = try self.pack(scratch)
    let server = try await Server.start(scratch.path + "/data")
    do {
      try await server.register(pack: pack)
      var noop = try await figure(server, "noop", noopCount)
      noop.bar = .atMost(noopCPUUsMax)
      report.add(noop)
      report.add(try await figure(server, "local", localCount))
    } catch {
      await server.end()
      throw error
    }
    await server.end()
  }

  private static func figure(
    _ server: Server, _ hook: String, _ count: Int
  ) async throws -> Figure {
    var (own, children, wall): ([Double], [Double], [Double]) = ([], [], [])
    for _ in 0..<rounds {
      let before = try server.cpu()
      let ends = try server.end(of: "executions")
      let start = Cost.nowNs
      let port = server.port
      _ = try await LoadThread.run {
        let client = try LoadClient(port: port, connectionCount: connectionCount)
        try client.sendAll(count) {
          let payload = Sample.payload($0, hostCount: 1_000, .every)
          return LoadClient.request("/api/v1/webhooks/load-\(hook)", Array(payload.utf8))
        }
      }
      try await server.settle(isViewed: false)
      wall.append(Double(Cost.nowNs - start) / 1e3 / Double(count))
      guard try server.end(of: "executions") > ends else {
        throw BenchFailure("no execution has come of the webhook load-\(hook)")
      }
      try await server.settle(isViewed: true)
      let after = try server.cpu()
      own.append((after.own - before.own) / Double(count))
      children.append((after.children - before.children) / Double(count))
    }
    var figure = Figure("throughput", "core.\(hook)", own.median, "us CPU/execution")
    figure.beside = [
      ("executions_per_second", 1e6 / wall.median), ("children_cpu_us", children.median),
      ("wall_us", wall.median),
    ]
    return figure
  }

  /// A pack with a rule for each webhook.
  private static func pack(_ scratch: Scratch) throws -> String {
    let folder = scratch.path + "/load"
    mkdir(folder, 0o755)
    mkdir(folder + "/rules", 0o755)
    try put(
      "ref: load\nname: load\ndescription: Load\nversion: 1.0.0\nauthor: The Petrel authors\n",
      folder + "/pack.yaml")
    for (hook, parameters) in [("noop", "{}"), ("local", "{cmd: 'true'}")] {
      try put(
        """
        name: \(hook)
        description: Runs core.\(hook)
        enabled: true
        trigger: {type: core.st2.webhook, parameters: {url: load-\(hook)}}
        criteria: {trigger.body.value: {type: greaterthan, pattern: 90}}
        action: {ref: core.\(hook), parameters: \(parameters)}

        """, folder + "/rules/\(hook).yaml")
    }
    return folder
  }

  private static func put(_ text: String, _ path: String) throws {
    guard let file = fopen(path, "w") else { throw BenchFailure("cannot write \(path)") }
    fputs(text, file)
    fclose(file)
  }
}
