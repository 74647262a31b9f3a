import Automation
import Connectors
import Streams
import Threads

/// The engine as the product wires it, over a log that the case has filled.
enum Engine {
  static let group = "engine"

  static func pipeline() -> Pipeline {
    Pipeline(group: group, inputs: [.results, .commands, .letters, .events]) {
      (
        [TriggerProcessor(), RuleProcessor(), ExecutionProcessor()],
        Tables([ContentTable(), WorkersTable()])
      )
    }
  }

  /// Runs until so many events are taken and committed; returns what that cost.
  static func run(on log: some EventLog, until eventCount: Int) async throws -> Cost {
    let start = Cost.now
    let pipeline = pipeline()
    let running = Task { try await pipeline.run(on: log) }
    defer { running.cancel() }
    while try await taken(log) < eventCount { try await Task.sleep(for: .milliseconds(2)) }
    let cost = Cost.now - start
    running.cancel()
    _ = await running.result
    return cost
  }

  private static func taken(_ log: some EventLog) async throws -> Int64 {
    try await log.committed(group, partition: 0)[Partition(.events)] ?? 0
  }
}
