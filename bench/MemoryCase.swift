/// The real program after five million events with ids (`COUNT` says another number): how much
/// memory it holds, and how long it takes to start again over what it has.
enum MemoryCase {
  static let batchCount = 20_000
  static let residentMiBMax = 256.0
  static let restartSecondsMax = 2.0

  static func run(_ report: Report) async throws {
    let count = Bench.number("COUNT", default: 5_000_000)
    let scratch = try Scratch()
    let data = scratch.path + "/data"
    let first = try await Server.start(data)
    do {
      try await first.register(pack: LoadPack.write(in: scratch))
      try await fill(first, count, report)
    } catch {
      await first.end()
      throw error
    }
    let resident = first.resident()
    await first.end()
    let begin = ContinuousClock.now
    let again = try await Server.start(data)
    // It decides once it has its state back.
    try await send(0..<1, to: again.port)
    try await again.settle(isViewed: false)
    let seconds = Double((ContinuousClock.now - begin) / .milliseconds(1)) / 1e3
    let restarted = again.resident()
    await again.end()
    var memory = Figure(
      "memory", "\(count) events with ids", Double(resident.now) / 1_048_576, "MiB resident")
    memory.bar = .atMost(residentMiBMax)
    memory.beside = [
      ("most_mib", Double(resident.most) / 1_048_576),
      ("after_restart_mib", Double(restarted.now) / 1_048_576),
    ]
    var restart = Figure("memory", "restart after them", seconds, "s until an event is decided")
    restart.bar = .atMost(restartSecondsMax)
    restart.beside = [("ready_s", Double(again.readyAfter / .milliseconds(1)) / 1e3)]
    report.add(contentsOf: [memory, restart])
  }

  /// Sends them batch by batch, and waits until all are decided; the view may be behind.
  private static func fill(_ server: Server, _ count: Int, _ report: Report) async throws {
    for start in stride(from: 0, to: count, by: batchCount) {
      try await send(start..<min(start + batchCount, count), to: server.port)
      if start % 500_000 == 0, start > 0 { report.say("  \(start) sent") }
    }
    try await server.settle(isViewed: false)
  }

  private static func send(_ numbers: Range<Int>, to port: UInt16) async throws {
    _ = try await LoadThread.run {
      var body: [UInt8] = []
      for number in numbers { body += event(number) }
      let client = try LoadClient(port: port, connectionCount: 1)
      try client.send(
        LoadClient.request("/api/v2/events", body, type: "application/x-ndjson"))
      try client.receive()
    }
  }

  private static func event(_ number: Int) -> [UInt8] {
    let head = #"{"trigger":"\#(LoadPack.trigger)","id":"e\#(number)","source":"bench","payload":"#
    return Array((head + Sample.payload(number, hostCount: 10_000, .onePercent) + "}\n").utf8)
  }
}
