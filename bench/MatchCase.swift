import Automation
import CSimdJSON
import JSON
import Streams

/// What it costs to read an event and decide about it, with ever more rules on its trigger: the
/// engine's own chain of processors over records as intake writes them. The decision is made, with
/// what follows from it but the execution, and not stored.
enum MatchCase {
  static let eventCount = 20_000
  static let rounds = 7
  static let cpuUsMax = 1.0
  static let growthMax = 1.3
  static let readySecondsMax = 0.5

  static func run(_ report: Report) async throws {
    for share in [Sample.Share.onePercent, .every] {
      var single: Double?
      for ruleCount in [1, 100, 10_000] {
        var figure = try await figure(ruleCount, share, report)
        if ruleCount == 1 {
          single = figure.value
          figure.bar = .atMost(cpuUsMax)
        } else if let single {
          figure.beside.append(("times_of_one_rule", figure.value / single))
          if ruleCount == 10_000 { figure.bar = .atMost(growthMax * single) }
        }
        report.add(figure)
      }
    }
  }

  private static func figure(
    _ ruleCount: Int, _ share: Sample.Share, _ report: Report
  ) async throws -> Figure {
    let log = MemoryLog()
    _ = try await log.append(Sample.content(ruleCount: ruleCount), .recorded)
    let content = try await Sample.records(.content, of: log)
    var table = ContentTable()
    let ready = try measure {
      for record in content { try table.apply(record, record.event()) }
    }
    if ruleCount == 10_000, share == .onePercent {
      var figure = Figure("match", "10000 rules made ready", ready.cpuUs / 1e6, "s CPU")
      figure.bar = .atMost(readySecondsMax)
      figure.beside = [("wall_s", ready.wallUs / 1e6)]
      report.add(figure)
    }
    _ = try await log.append(
      Sample.events(0..<eventCount, hostCount: ruleCount, share, table.content), .recorded)
    let records = try await Sample.records(.events, of: log)
    let bare = bareParse(ruleCount, share)
    let cost = try decide(records, Tables([table, WorkersTable()]))
    let kind = share == .every ? "every event fits one" : "1 % fit"
    var figure = Figure(
      "match", "\(ruleCount) rules, \(kind)", cost.cpuUs, "us CPU/event")
    figure.baseline = Figure.Baseline(
      what: "us CPU, simdjson alone on the event's 300 bytes", value: bare)
    figure.beside = [
      ("wall_us", cost.wallUs), ("times_of_bare_parse", cost.cpuUs / bare),
    ]
    return figure
  }

  private static func decide(_ records: [Record], _ tables: Tables) throws -> Cost {
    let rehearsal = Rehearsal([TriggerProcessor(), RuleProcessor()], tables)
    var costs: [Cost] = []
    for _ in 0...rounds {
      var factCount = 0
      let cost = try measure {
        for record in records { factCount += try rehearsal.step(record) }
      }
      guard factCount == 2 * records.count else {
        throw BenchFailure("\(records.count) events have led to \(factCount) facts, not 2 each")
      }
      costs.append(cost.per(records.count))
    }
    // The first one warms up.
    return Array(costs.dropFirst()).median
  }

  private static func bareParse(_ ruleCount: Int, _ share: Sample.Share) -> Double {
    let texts = (0..<eventCount).map {
      Array(Sample.payload($0, hostCount: ruleCount, share).utf8)
    }
    var costs: [Cost] = []
    for _ in 0...rounds {
      costs.append(
        measure {
          for text in texts {
            var document = csj_document()
            _ = csj_parse(text, text.count, 64, &document)
            csj_free(document)
          }
        }.per(texts.count))
    }
    return Array(costs.dropFirst()).median.cpuUs
  }
}
