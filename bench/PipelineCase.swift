import Automation
import Connectors
import Streams

/// From events in the log to decisions committed, a decision for every event. Held against reading
/// the same events and appending the very bytes that the engine has appended.
enum PipelineCase {
  static let eventCount = 100_000
  static let rounds = 3
  static let timesMax = 2.0

  static func run(_ report: Report) async throws {
    var (engine, bare): ([Cost], [Cost]) = ([], [])
    for _ in 0..<rounds {
      let scratch = try Scratch()
      let log = try await filled(scratch.path + "/log")
      engine.append(try await Engine.run(on: log, until: eventCount).per(eventCount))
      bare.append(try await copy(log, scratch.path + "/copy").per(eventCount))
      await log.close()
    }
    let (cost, base) = (engine.median, bare.median)
    var figure = Figure(
      "pipeline", "1 rule, 1 % fit", cost.cpuUs / base.cpuUs, "times the baseline's CPU")
    figure.bar = .atMost(timesMax)
    figure.baseline = Figure.Baseline(
      what: "us CPU/event, the events read and the engine's bytes appended", value: base.cpuUs)
    figure.beside = [
      ("cpu_us", cost.cpuUs), ("wall_us", cost.wallUs), ("baseline_wall_us", base.wallUs),
      ("events_per_second", 1e6 / cost.wallUs),
    ]
    report.add(figure)
  }

  private static func filled(_ path: String) async throws -> SQLiteLog {
    let log = try await SQLiteLog.open(path)
    _ = try await log.append(Sample.content(ruleCount: 1), .synced)
    try await Sample.append(0..<eventCount, hostCount: 1, .onePercent, to: log)
    return log
  }

  /// Reads the events as the engine does, and appends what it has appended.
  private static func copy(_ log: SQLiteLog, _ path: String) async throws -> Cost {
    var batches: [Outgoing] = []
    for topic in [Topic.triggers, .decisions, .executions, .work] {
      for (number, record) in try await Sample.records(topic, of: log).enumerated() {
        let place = number / Limits.batchInputsMax
        while batches.count <= place { batches.append(Outgoing()) }
        batches[place].add(topic, Lane(0), value: record.value)
      }
    }
    let other = try await SQLiteLog.open(path)
    let cost = try await measure {
      _ = try await Sample.records(.events, of: log)
      for batch in batches { _ = try await other.append(batch, .recorded) }
    }
    await other.close()
    return cost
  }
}
