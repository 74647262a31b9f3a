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
    let pack = try LoadPack.write(in: scratch)
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
}
