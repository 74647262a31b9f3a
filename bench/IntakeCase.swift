import JSON
import Streams

/// Events over HTTP into the log, answered when they are synced: many in one body, and one a
/// request over connections that are kept. The client is a thread of this process; its CPU counts
/// where the bar says "with the client on them".
enum IntakeCase {
  static let lineCount = 200_000
  static let singleCount = 40_000
  static let connectionCount = 64
  static let rounds = 3
  /// 300,000 a second on two cores, client and server together.
  static let lineCPUUsMax = 2e6 / 300_000
  static let singleCPUUsMax = 15.0

  static func run(_ report: Report) async throws {
    report.add(try await lines(hasEngine: false))
    report.add(try await lines(hasEngine: true))
    report.add(try await singles())
  }

  private static func lines(hasEngine: Bool) async throws -> Figure {
    let texts = (0..<lineCount).map {
      Sample.event($0, hostCount: 1_000, .onePercent) + "\n"
    }
    let request = LoadClient.request(
      "/api/v2/events", Array(texts.joined().utf8), type: "application/x-ndjson")
    var (both, server): ([Cost], [Cost]) = ([], [])
    for _ in 0..<rounds {
      let rig = try await Rig.start(Sample.content(ruleCount: 1), hasEngine: hasEngine)
      let port = try await rig.port()
      let start = Cost.now
      let load = try await LoadThread.run {
        let client = try LoadClient(port: port, connectionCount: 1)
        try client.send(request)
        return Array(try client.receive())
      }
      var cost = Cost.now - start
      try check(load.value)
      both.append(cost.per(lineCount))
      cost.cpuUs -= load.cpuUs
      server.append(cost.per(lineCount))
      await rig.end()
    }
    let (whole, own) = (both.median, server.median)
    var figure = Figure(
      "intake", hasEngine ? "NDJSON, engine running beside it" : "NDJSON to synced log",
      whole.cpuUs, "us CPU/event, client included")
    if !hasEngine { figure.bar = .atMost(lineCPUUsMax) }
    figure.beside = [
      ("events_per_second", 1e6 / whole.wallUs), ("server_cpu_us", own.cpuUs),
      ("wall_us", whole.wallUs),
    ]
    return figure
  }

  private static func check(_ answer: [UInt8]) throws {
    let accepted = try JSONValue(parsing: answer)["accepted"]?.intValue
    guard accepted == lineCount else {
      throw BenchFailure(
        "not all were taken: \(String(decoding: answer.prefix(300), as: UTF8.self))")
    }
  }

  private static func singles() async throws -> Figure {
    let requests = (0..<1_000).map {
      LoadClient.request(
        "/api/v2/events", Array(Sample.event($0, hostCount: 1_000, .onePercent).utf8))
    }
    var (server, clientCPU): ([Cost], [Double]) = ([], [])
    for _ in 0..<rounds {
      let rig = try await Rig.start(Sample.content(ruleCount: 1))
      let port = try await rig.port()
      let start = Cost.now
      let load = try await LoadThread.run {
        let client = try LoadClient(port: port, connectionCount: connectionCount)
        try client.sendAll(singleCount) { requests[$0 % requests.count] }
      }
      var cost = Cost.now - start
      cost.cpuUs -= load.cpuUs
      server.append(cost.per(singleCount))
      clientCPU.append(load.cpuUs / Double(singleCount))
      await rig.end()
    }
    let cost = server.median
    var figure = Figure(
      "intake", "single events, \(connectionCount) connections", cost.cpuUs, "us CPU/event")
    figure.bar = .atMost(singleCPUUsMax)
    figure.beside = [
      ("events_per_second", 1e6 / cost.wallUs), ("client_cpu_us", clientCPU.median),
      ("wall_us", cost.wallUs),
    ]
    return figure
  }
}
