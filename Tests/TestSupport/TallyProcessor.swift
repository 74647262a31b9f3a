public import Calendar
public import JSON
public import Streams

extension Topic {
  /// Topics of the toy processor; numbers as in the product, for they are part of identifiers.
  public static let testEvents = Topic("events", number: 0, .input)
  public static let testFacts = Topic("triggers", number: 5, .facts, packing: true)
}

/// A small processor that uses everything a pipeline gives: facts, state, letters, ticks, dead
/// letters. An event `{"add": n}` adds to the lane's tally; `{"add": n, "to": lane}` sends a letter
/// to another lane, which adds there and answers; `{"wait": seconds}` waits; `{"trap": true}`
/// traps; anything else is a dead letter.
public struct TallyProcessor: Processor {
  public enum Fact: FactCoding, Equatable {
    case added(Int)
    /// A letter: add, and answer to the lane that asked.
    case ask(Int)
    case answer(Int)
    case answered(Int)
    case waiting(until: Instant)
    case woken

    public var type: StaticString {
      switch self {
      case .added: "test.Added"
      case .ask: "test.Ask"
      case .answer: "test.Answer"
      case .answered: "test.Answered"
      case .waiting: "test.Waiting"
      case .woken: "test.Woken"
      }
    }

    public func write(into writer: inout JSONWriter) {
      writer.beginObject()
      switch self {
      case .added(let n), .ask(let n), .answer(let n), .answered(let n):
        writer.key("n")
        writer.value(n)
      case .waiting(let until):
        writer.key("until")
        writer.value(until.iso8601)
      case .woken: break
      }
      writer.endObject()
    }

    public init(type: String, data: JSONView) throws(RecordError) {
      let n = data["n"]?.intValue ?? 0
      switch type {
      case "test.Added": self = .added(n)
      case "test.Ask": self = .ask(n)
      case "test.Answer": self = .answer(n)
      case "test.Answered": self = .answered(n)
      case "test.Waiting":
        guard let until = data["until"]?.stringValue.flatMap({ Instant(iso8601: $0) }) else {
          throw RecordError("waiting must have until")
        }
        self = .waiting(until: until)
      case "test.Woken": self = .woken
      default: throw RecordError("unknown fact '\(type)'")
      }
    }
  }

  public struct State: Sendable, Equatable {
    public var sum = 0
    public var answered = 0
    public var woken = 0
    public var until: Instant?
  }

  public static let name = "tally"
  public static let inputs: [Topic] = [.testEvents, .ticks]
  public static let output = Topic.testFacts
  public let initialState = State()

  public init() {}

  public func decide(
    _ input: Input, _ state: State, _ tables: Tables, into step: inout Step<Fact>
  ) {
    switch input.content {
    case .record(let event): decide(event["data"], input, &step)
    case .letter(let fact, let from):
      switch fact as? Fact {
      case .ask(let n)?:
        step.append(.added(n))
        step.letter(.answer(n), to: from)
      case .answer(let n)?: step.append(.answered(n))
      default: step.deadLetter("no such letter")
      }
    case .tick:
      if let until = state.until, until <= input.time { step.append(.woken) }
    case .fact: return
    }
  }

  private func decide(_ data: JSONView?, _ input: Input, _ step: inout Step<Fact>) {
    if let n = data?["add"]?.intValue {
      if let lane = data?["to"]?.intValue {
        step.letter(.ask(n), to: Lane(UInt8(lane)))
      } else {
        step.append(.added(n))
      }
    } else if let seconds = data?["wait"]?.intValue {
      step.append(.waiting(until: input.time + .seconds(seconds)))
    } else if let count = data?["many"]?.intValue {
      for n in 0..<count { step.append(.added(n)) }
    } else {
      step.deadLetter("expected add or wait")
    }
  }

  public func evolve(_ state: inout State, _ recorded: Recorded<Fact>) {
    switch recorded.fact {
    case .added(let n): state.sum += n
    case .answered(let n): state.answered += n
    case .waiting(let until): state.until = until
    case .woken:
      state.woken += 1
      state.until = nil
    case .ask, .answer: break
    }
  }

  public func earliestDeadline(_ state: State, _ tables: Tables) -> Instant? { state.until }

  public func save(
    _ state: inout State, _ scope: CheckpointScope, into writer: inout CheckpointWriter
  ) {
    let saved = state
    writer.entity("tally") { writer in
      writer.beginObject()
      writer.key("sum")
      writer.value(saved.sum)
      writer.key("answered")
      writer.value(saved.answered)
      writer.key("woken")
      writer.value(saved.woken)
      if let until = saved.until {
        writer.key("until")
        writer.value(until.iso8601)
      }
      writer.endObject()
    }
  }

  public func restore(
    _ entity: String, _ value: JSONView?, into state: inout State
  ) throws(RecordError) {
    guard entity == "tally", let value else { throw RecordError("unknown entity '\(entity)'") }
    state.sum = value["sum"]?.intValue ?? 0
    state.answered = value["answered"]?.intValue ?? 0
    state.woken = value["woken"]?.intValue ?? 0
    state.until = value["until"]?.stringValue.flatMap { Instant(iso8601: $0) }
  }
}
