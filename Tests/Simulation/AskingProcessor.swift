import Calendar
import JSON
import Streams

/// A processor that asks other lanes by letter and sets timers, which no rule does yet. It reads
/// trigger instances whose payload has `ask` (a lane) or `wait` (seconds), and records in
/// `workflows`.
struct AskingProcessor: Processor {
  enum Fact: FactCoding {
    case asked(token: String, to: Int)
    /// A letter.
    case question(token: String)
    case heard(token: String)
    /// A letter.
    case answer(token: String)
    case answered(token: String)
    case waiting(token: String, until: Instant)
    case woken(token: String)

    var type: StaticString {
      switch self {
      case .asked: "sim.Asked"
      case .question: "sim.Question"
      case .heard: "sim.Heard"
      case .answer: "sim.Answer"
      case .answered: "sim.Answered"
      case .waiting: "sim.Waiting"
      case .woken: "sim.Woken"
      }
    }

    func write(into writer: inout JSONWriter) {
      writer.beginObject()
      writer.key("token")
      switch self {
      case .asked(let token, let lane):
        writer.value(token)
        writer.key("to")
        writer.value(lane)
      case .question(let token), .heard(let token), .answer(let token), .answered(let token),
        .woken(let token):
        writer.value(token)
      case .waiting(let token, let until):
        writer.value(token)
        writer.key("until")
        writer.value(until.iso8601)
      }
      writer.endObject()
    }

    init(type: String, data: JSONView) throws(RecordError) {
      guard let token = data["token"]?.stringValue else { throw RecordError("token is missing") }
      switch type {
      case "sim.Asked": self = .asked(token: token, to: data["to"]?.intValue ?? 0)
      case "sim.Question": self = .question(token: token)
      case "sim.Heard": self = .heard(token: token)
      case "sim.Answer": self = .answer(token: token)
      case "sim.Answered": self = .answered(token: token)
      case "sim.Woken": self = .woken(token: token)
      case "sim.Waiting":
        guard let until = data["until"]?.stringValue.flatMap({ Instant(iso8601: $0) }) else {
          throw RecordError("until is missing")
        }
        self = .waiting(token: token, until: until)
      default: throw RecordError("unknown fact '\(type)'")
      }
    }
  }

  struct State: Sendable {
    var open = Entities<Instant?>()
    var deadlines = DeadlineIndex()
    var counts = Entities<Int>()
  }

  static let name = "asking"
  static let inputs: [Topic] = [Topic("triggers", number: 5, .facts), .ticks]
  static let output = Topic("workflows", number: 8, .facts)
  let initialState = State()

  func decide(
    _ input: Input, _ state: State, _ tables: Tables, into step: inout Step<Fact>
  ) {
    switch input.content {
    case .fact:
      guard let payload = input.body?["data"]?["body"]?["payload"] else { return }
      if let lane = payload["ask"]?.intValue.flatMap({ UInt8(exactly: $0) }) {
        step.append(.asked(token: input.id, to: Int(lane)))
        step.letter(.question(token: input.id), to: Lane(lane))
      }
      if let seconds = payload["wait"]?.intValue {
        step.append(.waiting(token: input.id, until: input.time + .seconds(seconds)))
      }
    case .letter(let fact, let from):
      switch fact as? Fact {
      case .question(let token)?:
        step.append(.heard(token: token))
        step.letter(.answer(token: token), to: from)
      case .answer(let token)?: step.append(.answered(token: token))
      default: step.deadLetter("no such letter")
      }
    case .tick:
      for token in state.deadlines.due(at: input.time) { step.append(.woken(token: token)) }
    case .record: return
    }
  }

  func evolve(_ state: inout State, _ recorded: Recorded<Fact>) {
    // Counted, so that a fact that is folded twice makes a difference.
    let key = "\(recorded.fact.type)"
    state.counts[key] = (state.counts[key] ?? 0) + 1
    switch recorded.fact {
    case .asked(let token, _): state.open[token] = .some(nil)
    case .answered(let token): state.open[token] = nil
    case .waiting(let token, let until):
      state.open["t" + token] = .some(until)
      state.deadlines[token] = until
    case .woken(let token):
      state.open["t" + token] = nil
      state.deadlines[token] = nil
    case .question, .heard, .answer: return
    }
  }

  func earliestDeadline(_ state: State, _ tables: Tables) -> Instant? { state.deadlines.earliest }

  func save(_ state: inout State, _ scope: CheckpointScope, into writer: inout CheckpointWriter) {
    state.counts.save(scope, prefix: "count/", into: &writer) { $1.value($0) }
    state.open.save(scope, prefix: "open/", into: &writer) { until, writer in
      if let until { writer.value(until.iso8601) } else { writer.value(true) }
    }
  }

  func restore(
    _ entity: String, _ value: JSONView?, into state: inout State
  ) throws(RecordError) {
    if entity.hasPrefix("count/") {
      return state.counts.restore(String(entity.dropFirst(6)), value?.intValue)
    }
    let token = String(entity.dropFirst(5))
    let until = value?.stringValue.flatMap { Instant(iso8601: $0) }
    state.open.restore(token, value.map { _ in until })
    if token.hasPrefix("t") { state.deadlines[String(token.dropFirst())] = until }
  }
}
