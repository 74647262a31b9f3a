import Automation
import Connectors
import Glibc
import JSON
import Streams

/// A pipeline over a real log and a page of traps, until every event of the log was taken. An event
/// that says `trap` ends the process in `decide`; at one that says `stall` it says that it is there
/// and waits to be killed, if it is to.
struct ProbedPipeline {
  let page: String
  let log: String

  func run(stalls: Bool) async throws {
    let log = try await SQLiteLog.open(log)
    let page = try TrapPage(path: page)
    let pipeline = Pipeline(group: "engine", inputs: [.events], witness: page) {
      ([ProbedProcessor(stalls: stalls)], Tables([]))
    }
    let end = try await log.bounds(Partition(.events)).end
    let running = Task.detached { try await pipeline.run(on: log) }
    var taken: Int64 = 0
    var positions: Positions = [Partition(.triggers): 0, Partition(.deadLetters): 0]
    while taken < end {
      let batch = try await log.read(
        from: positions, to: .recorded, bytesMax: 1 << 20, wait: .seconds(10))
      taken += Int64(batch.records.count)
      positions = batch.positions
    }
    running.cancel()
    _ = await running.result
    await log.close()
  }
}

/// Records of each event that it was taken.
private struct ProbedProcessor: Processor {
  struct Taken: FactCoding {
    let event: String
    var type: StaticString { "probe.Taken" }

    init(_ event: String) { self.event = event }

    init(type: String, data: JSONView) throws(RecordError) {
      event = data["event"]?.stringValue ?? ""
    }

    func write(into writer: inout JSONWriter) {
      writer.beginObject()
      writer.key("event")
      writer.value(event)
      writer.endObject()
    }
  }

  static let name = "probe"
  static let inputs: [Topic] = [.events]
  static let output = Topic.triggers

  let stalls: Bool
  let initialState = 0

  func decide(_ input: Input, _ state: Int, _ tables: Tables, into step: inout Step<Taken>) {
    switch input.body?["data"]?["do"]?.stringValue {
    case "trap": print([1][state + 1])
    case "stall" where stalls:
      _ = write(STDOUT_FILENO, "ready", 5)
      while true { pause() }
    default: step.append(Taken(input.id))
    }
  }

  func evolve(_ state: inout Int, _ recorded: Recorded<Taken>) { state += 1 }

  func save(_ state: inout Int, _ scope: CheckpointScope, into writer: inout CheckpointWriter) {}

  func restore(_ entity: String, _ value: JSONView?, into state: inout Int) {}
}
