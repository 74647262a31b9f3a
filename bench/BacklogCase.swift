import Connectors
import Streams

/// Two million events that wait (`COUNT` says another number) are worked off at the rate of a few
/// that the engine meets fresh.
enum BacklogCase {
  static let freshCount = 100_000
  static let shareMin = 0.9

  static func run(_ report: Report) async throws {
    let count = Bench.number("COUNT", default: 2_000_000)
    let fresh = try await worked(off: freshCount)
    let waiting = try await worked(off: count)
    var figure = Figure(
      "backlog", "\(count) events waiting", fresh.cpuUs / waiting.cpuUs,
      "of the undisturbed rate, by CPU")
    figure.bar = .atLeast(shareMin)
    figure.baseline = Figure.Baseline(
      what: "us CPU/event, \(freshCount) events", value: fresh.cpuUs)
    figure.beside = [
      ("cpu_us", waiting.cpuUs), ("events_per_second", 1e6 / waiting.wallUs),
      ("baseline_events_per_second", 1e6 / fresh.wallUs),
    ]
    report.add(figure)
  }

  private static func worked(off count: Int) async throws -> Cost {
    let scratch = try Scratch()
    let log = try await SQLiteLog.open(scratch.path + "/log")
    _ = try await log.append(Sample.content(ruleCount: 1), .synced)
    try await Sample.append(0..<count, hostCount: 1, .onePercent, to: log)
    let cost = try await Engine.run(on: log, until: count).per(count)
    await log.close()
    return cost
  }
}
