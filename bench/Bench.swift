import Glibc

/// `make bench [ONLY=match,intake]`: measures what the product costs, each figure beside something
/// bare that is measured in the same run. One line of JSON a figure on standard output, a table on
/// standard error. `COUNT` says how many events the cases `memory` and `backlog` send.
@main
struct Bench {
  typealias Case = (name: String, run: (Report) async throws -> Void)

  static var cases: [Case] {
    [
      ("match", MatchCase.run), ("pipeline", PipelineCase.run), ("intake", IntakeCase.run),
      ("project", ProjectCase.run), ("latency", LatencyCase.run),
      ("throughput", ThroughputCase.run), ("memory", MemoryCase.run),
      ("backlog", BacklogCase.run), ("foundations", FoundationsCase.run),
    ]
  }

  static func main() async {
    signal(SIGPIPE, SIG_IGN)
    let wanted = CommandLine.arguments.dropFirst()
      .flatMap { $0.split(separator: ",").map(String.init) }
    let report = Report()
    for name in wanted where !cases.contains(where: { $0.name == name }) {
      report.say(
        "there is no case '\(name)'; known are \(cases.map(\.name).joined(separator: ", "))")
      exit(64)
    }
    var hasFailed = false
    for (name, run) in cases where wanted.isEmpty || wanted.contains(name) {
      report.say("\(name) ...")
      if await !perform(run, report, name) { hasFailed = true }
    }
    report.finish()
    exit(hasFailed ? 1 : 0)
  }

  private static func perform(
    _ run: (Report) async throws -> Void, _ report: Report, _ name: String
  ) async -> Bool {
    do {
      try await run(report)
      return true
    } catch {
      report.say("\(name): \(error)")
      return false
    }
  }

  /// A number from the environment.
  static func number(_ variable: String, default value: Int) -> Int {
    getenv(variable).flatMap { Int(String(cString: $0)) } ?? value
  }
}
