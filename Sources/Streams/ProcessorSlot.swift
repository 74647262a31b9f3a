import Calendar
import JSON

/// A processor in a chain with its state on every lane, seen without its types.
protocol Slot: AnyObject {
  var name: String { get }
  var output: Topic { get }
  func reads(_ topic: Topic) -> Bool
  /// Lets the processor decide about an input and fold what it recorded.
  func offer(_ input: Input, _ tables: Tables, _ recorder: StepRecorder)
  /// Reads a letter's fact.
  func letter(_ type: String, _ data: JSONView) throws(RecordError) -> any FactCoding
  /// Folds a recorded fact of its own.
  func fold(_ event: JSONView) throws(RecordError)
  func earliestDeadline(_ lane: Lane, _ tables: Tables) -> Instant?
  func save(_ lane: Lane, _ scope: CheckpointScope) -> [[UInt8]]
  func restore(_ lane: Lane, _ entity: String, _ value: JSONView?) throws(RecordError)
  /// Drops the state of all lanes.
  func reset()
}

final class ProcessorSlot<P: Processor>: Slot {
  private let processor: P
  private var states: [P.State]
  private let topicMask: UInt32

  init(_ processor: P) {
    self.processor = processor
    states = Array(repeating: processor.initialState, count: Lane.count)
    topicMask = P.inputs.reduce(0) { $0 | 1 << UInt32($1.number) }
  }

  var name: String { P.name }
  var output: Topic { P.output }

  func reads(_ topic: Topic) -> Bool { topicMask & 1 << UInt32(topic.number) != 0 }

  func offer(_ input: Input, _ tables: Tables, _ recorder: StepRecorder) {
    let lane = Int(input.lane.number)
    let start = recorder.entries.count
    var step = Step<P.Fact>(
      recorder: recorder, input: input, output: P.output, processor: P.name, start: start)
    processor.decide(input, states[lane], tables, into: &step)
    for entry in recorder.entries[start...] {
      guard case .fact(let fact, _) = entry.kind, let own = fact as? P.Fact else { continue }
      processor.evolve(
        &states[lane],
        Recorded(
          own, id: entry.id, time: input.time, lane: input.lane, cause: entry.cause,
          depth: entry.depth))
    }
  }

  func letter(_ type: String, _ data: JSONView) throws(RecordError) -> any FactCoding {
    try P.Fact(type: type, data: data)
  }

  func fold(_ event: JSONView) throws(RecordError) {
    let recorded = try Recorded<P.Fact>(event)
    processor.evolve(&states[Int(recorded.lane.number)], recorded)
  }

  func earliestDeadline(_ lane: Lane, _ tables: Tables) -> Instant? {
    processor.earliestDeadline(states[Int(lane.number)], tables)
  }

  func save(_ lane: Lane, _ scope: CheckpointScope) -> [[UInt8]] {
    var writer = CheckpointWriter()
    processor.save(&states[Int(lane.number)], scope, into: &writer)
    return writer.finish()
  }

  func restore(_ lane: Lane, _ entity: String, _ value: JSONView?) throws(RecordError) {
    try processor.restore(entity, value, into: &states[Int(lane.number)])
  }

  func reset() {
    states = Array(repeating: processor.initialState, count: Lane.count)
  }
}

extension Processor {
  func slot() -> any Slot { ProcessorSlot(self) }
}
