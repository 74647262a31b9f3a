import Automation
import Glibc
import JSON
import SQLite
import Streams

/// From the moment a webhook is sent to the moment its runner is called: the event synced, decided,
/// the start of the work synced. Idle, and with 1,000 a second sent on time whatever comes back.
/// Held against one synced SQLite commit of one row of the same bytes.
enum LatencyCase {
  static let idleCount = 500
  static let busyCount = 5_000
  static let perSecond = 1_000
  static let extraUs = 500.0
  static let tailTimesMax = 3.0

  static func run(_ report: Report) async throws {
    let commit = try commits().median
    let count = idleCount + busyCount
    let runner = StampRunner(count: count)
    let rig = try await Rig.start(content, runners: [runner])
    let port = try await rig.port()
    let idle = try await self.idle(port, runner)
    report.add(contentsOf: figures("idle", idle, commit))
    let start = Cost.now
    let busy = try await self.busy(port, runner)
    let cost = (Cost.now - start).per(busyCount)
    var figures = figures("\(perSecond) a second", busy, commit)
    figures[0].beside.append(("cpu_us_with_client", cost.cpuUs))
    report.add(contentsOf: figures)
    await rig.end()
  }

  private static func figures(
    _ name: String, _ latencies: [Double], _ commit: Double
  ) -> [Figure] {
    let (middle, tail) = (latencies.median, latencies.quantile(0.99))
    var first = Figure("latency", "\(name), p50", middle, "us")
    first.bar = .atMost(2 * commit + extraUs)
    first.baseline = Figure.Baseline(
      what: "us, a synced SQLite commit of one row of the same bytes, p50", value: commit)
    var second = Figure("latency", "\(name), p99", tail, "us")
    second.bar = .atMost(tailTimesMax * middle)
    second.beside = [("times_of_p50", tail / middle)]
    return [first, second]
  }

  private static var content: Outgoing {
    let rule = Sample.rule(
      "stamp", trigger: ["type": "core.st2.webhook", "parameters": ["url": "stamp"]],
      criteria: ["trigger.body.value": ["type": "greaterthan", "pattern": 90]],
      action: ["ref": "bench.stamp", "parameters": ["number": "{{ trigger.body.i }}"]])
    return Sample.content(
      ruleCount: 0,
      more: [
        Sample.action("stamp", parameters: ["number": ["type": "integer"]]),
        .recorded(.rule, ref: "bench.stamp", body: rule),
      ])
  }

  private static func request(_ number: Int) -> [UInt8] {
    LoadClient.request(
      "/api/v1/webhooks/stamp", Array(Sample.payload(number, hostCount: 1_000, .every).utf8))
  }

  private static func idle(_ port: UInt16, _ runner: StampRunner) async throws -> [Double] {
    let client = try LoadClient(port: port, connectionCount: 1)
    var latencies: [Double] = []
    for number in 0..<idleCount {
      let start = Cost.nowNs
      try client.send(request(number))
      let stamp = try await runner.stamp(number)
      try client.receive()
      latencies.append(Double(stamp - start) / 1e3)
      // Long enough that what follows from the one before is over.
      try await Task.sleep(for: .milliseconds(8))
    }
    return latencies
  }

  /// What comes late counts from when it should have been sent.
  private static func busy(_ port: UInt16, _ runner: StampRunner) async throws -> [Double] {
    let numbers = idleCount..<idleCount + busyCount
    let requests = numbers.map(request)
    let sent = try await LoadThread.run { () throws -> [Int64] in
      let client = try LoadClient(port: port, connectionCount: 128)
      let begin = Cost.nowNs
      var due: [Int64] = []
      for (place, request) in requests.enumerated() {
        let time = begin + Int64(place) * 1_000_000_000 / Int64(perSecond)
        wait(until: time)
        let connection = place % client.connectionCount
        if place >= client.connectionCount { try client.receive(on: connection) }
        try client.send(request, on: connection)
        due.append(time)
      }
      return due
    }
    var latencies: [Double] = []
    for (number, time) in zip(numbers, sent.value) {
      latencies.append(Double(try await runner.stamp(number) - time) / 1e3)
    }
    return latencies
  }

  private static func wait(until time: Int64) {
    var due = timespec(tv_sec: Int(time / 1_000_000_000), tv_nsec: Int(time % 1_000_000_000))
    while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, nil) == EINTR {}
  }

  /// Microseconds of single commits.
  private static func commits() throws -> [Double] {
    let scratch = try Scratch()
    var options = ConnectionOptions(.create)
    options.usesWAL = true
    let connection = try Connection(path: scratch.path + "/bare.sqlite", options)
    try connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, value BLOB)")
    let insert = try connection.prepare("INSERT INTO rows (value) VALUES (?)")
    let bytes = Array(Sample.payload(1, hostCount: 1_000, .every).utf8)
    var times: [Double] = []
    for _ in 0..<idleCount {
      let start = Cost.nowNs
      try insert.bind(1, bytes)
      try insert.run()
      times.append(Double(Cost.nowNs - start) / 1e3)
    }
    return times
  }
}
