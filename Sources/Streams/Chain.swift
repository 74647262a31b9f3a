import Calendar
import JSON

/// A chain of processors with their states: takes one input to quiescence. Knows no log.
///
/// Every input is offered to each processor that lists its topic; each fact recorded is offered to
/// the processors that read its topic: breadth first, in the order of recording, each to the
/// processors in the chain's order, until nothing follows.
final class Chain {
  let slots: [any Slot]
  var tables: Tables
  private let recorder = StepRecorder()
  /// What ticks did not move on, in this chain and the ones before it.
  private(set) var stuck: StuckDeadlines
  /// Nil: nobody counts.
  var tally: FactTally?

  init(
    _ processors: [any Processor], _ tables: Tables, stuck: StuckDeadlines = StuckDeadlines()
  ) {
    slots = processors.map { $0.slot() }
    self.tables = tables
    self.stuck = stuck
  }

  /// When a lane must be woken next.
  func earliestDeadline(_ lane: Lane) -> Instant? {
    var earliest: Instant?
    for slot in slots {
      let deadline = slot.earliestDeadline(lane, tables)
      guard let deadline = stuck.open(deadline, of: slot.name, on: lane) else { continue }
      earliest = min(earliest ?? deadline, deadline)
    }
    return earliest
  }

  /// What an input says of itself, with its parsed text.
  struct Parsed {
    let envelope: Envelope
    let event: JSONView
    let byteCount: Int
  }

  func parse(_ record: Record) throws(RecordError) -> Parsed {
    let event: JSONView
    do {
      event = try JSONDocument(parsing: record.value, limits: Limits.json).root
    } catch {
      throw RecordError("a record must be JSON: \(error)")
    }
    let envelope = try Envelope(event)
    guard envelope.version == Envelope.version else {
      throw RecordError("\(envelope.type) has version \(envelope.version); known is 1")
    }
    return Parsed(envelope: envelope, event: event, byteCount: record.value.count)
  }

  /// Takes a step for a record and adds what it records.
  func step(_ record: Record, into outgoing: inout Outgoing) -> Lane? {
    let parsed: Parsed
    do {
      parsed = try parse(record)
    } catch {
      deadLetter(record, error.text, into: &outgoing)
      return nil
    }
    write(take(parsed, of: record), into: &outgoing)
    return parsed.envelope.lane
  }

  /// Decides about a record as `step` does, and writes nothing. Returns how many things the step
  /// would record.
  func decide(_ record: Record) throws(RecordError) -> Int {
    _ = take(try parse(record), of: record)
    return recorder.entries.count
  }

  /// Offers a record and runs the chain on until nothing follows.
  private func take(_ parsed: Parsed, of record: Record) -> Input {
    let topic = record.position.partition.topic
    recorder.begin(
      Root(
        time: record.time, lane: parsed.envelope.lane, topic: topic,
        offset: record.position.offset))
    let whole = input(.record(parsed.event), topic, parsed)
    if topic == .letters { deliver(parsed) } else { offer(whole) }
    follow(whole)
    return whole
  }

  /// Takes a step for a wait that has fallen due. `count` is the lane's number of this tick. A
  /// deadline that was due and does not lie later behind the step is a processor's mistake: it
  /// leaves a dead letter and has no tick again until it is another one.
  func tick(
    _ deadline: Instant, at time: Instant, _ lane: Lane, count: Int64,
    into outgoing: inout Outgoing
  ) {
    let input = openTick(deadline, at: time, lane, count: count, into: &outgoing)
    let due = due(input)
    offer(input)
    follow(input)
    hold(due, input)
    write(input, into: &outgoing)
    // Its state is dropped and read again: the deadline will stand where it was.
    if isSpoiled { leave(due, on: lane) }
  }

  /// Writes a tick and makes it the input of a step.
  func openTick(
    _ deadline: Instant, at time: Instant, _ lane: Lane, count: Int64,
    into outgoing: inout Outgoing
  ) -> Input {
    let root = Root(time: time, lane: lane, topic: .ticks, offset: count)
    let tick = Tick(deadline: deadline, count: count)
    recorder.begin(root)
    let id = root.identifier(Limits.ordinals - 1)
    outgoing.add(.ticks, lane) { writer in
      Envelope(
        id: id.description, type: tick.type.description, source: "petrel", time: time, lane: lane
      ).write(into: &writer) { tick.write(into: &$0) }
    }
    return Input(
      topic: .ticks, content: .tick(deadline), root: root, id: id.description, identifier: id,
      depth: 0, body: nil, bodyByteCount: 0)
  }

  /// A tick that nobody is offered: what is due is left alone until it is another deadline.
  func leaveAlone(_ tick: Input, _ reason: String, into outgoing: inout Outgoing) {
    leave(due(tick), on: tick.lane)
    recorder.add(.deadLetter(DeadLetter(reason: reason, by: "pipeline", input: tick)), tick)
    write(tick, into: &outgoing)
  }

  /// For each processor its deadline, where it is due at a tick.
  private func due(_ tick: Input) -> [Instant?] {
    slots.map { slot in
      slot.earliestDeadline(tick.lane, tables).flatMap { $0 <= tick.time ? $0 : nil }
    }
  }

  private func leave(_ due: [Instant?], on lane: Lane) {
    for (slot, deadline) in zip(slots, due) {
      if let deadline { _ = stuck.hold(deadline, of: slot.name, on: lane) }
    }
  }

  /// Leaves alone what was due and was not moved on.
  private func hold(_ due: [Instant?], _ input: Input) {
    for (slot, deadline) in zip(slots, due) {
      guard let deadline, let now = slot.earliestDeadline(input.lane, tables), now <= deadline,
        stuck.hold(now, of: slot.name, on: input.lane)
      else { continue }
      let reason = """
        a tick must move a deadline that is due on: after it \(slot.name) waits until \
        \(now.iso8601) still; it is not woken for that again
        """
      recorder.add(
        .deadLetter(DeadLetter(reason: reason, by: slot.name, input: input)), input)
    }
  }

  /// Records that a record cannot be understood, or is left out after it trapped.
  func deadLetter(_ record: Record, _ reason: String, into outgoing: inout Outgoing) {
    let lane = (try? parse(record))?.envelope.lane ?? Lane(0)
    let position = record.position
    recorder.begin(
      Root(
        time: record.time, lane: lane, topic: position.partition.topic, offset: position.offset))
    recorder.replace(by: DeadLetter(reason: reason, by: "pipeline", record: record))
    recorder.write(into: &outgoing)
  }

  private func input(_ content: Input.Content, _ topic: Topic, _ parsed: Parsed) -> Input {
    Input(
      topic: topic, content: content, root: recorder.root, id: parsed.envelope.id,
      identifier: nil, depth: parsed.envelope.depth, body: parsed.event,
      bodyByteCount: parsed.byteCount)
  }

  private func offer(_ input: Input) {
    for slot in slots where slot.reads(input.topic) { slot.offer(input, tables, recorder) }
  }

  /// Gives a letter to the processor that it is addressed to.
  private func deliver(_ parsed: Parsed) {
    let data = parsed.event["data"]
    let name = data?["to"]?.stringValue ?? ""
    let from = data?["from"]?.intValue.flatMap { UInt8(exactly: $0) } ?? 0
    let whole = input(.record(parsed.event), .letters, parsed)
    guard let slot = slots.first(where: { $0.name == name }), let fact = data?["fact"] else {
      recorder.replace(
        by: DeadLetter(
          reason: "a letter must have to, one of the chain's processors, and fact; found '\(name)'",
          by: "pipeline", input: whole))
      return
    }
    do {
      let fact = try slot.letter(parsed.envelope.type, fact)
      slot.offer(input(.letter(fact, from: Lane(from)), .letters, parsed), tables, recorder)
    } catch {
      recorder.replace(by: DeadLetter(reason: error.text, by: name, input: whole))
    }
  }

  /// Runs the chain on until nothing follows.
  private func follow(_ input: Input) {
    var place = 0
    while place < recorder.entries.count, !recorder.isTooLarge {
      let entry = recorder.entries[place]
      place += 1
      guard case .fact(let fact, let topic) = entry.kind else { continue }
      let readers = slots.filter { $0.reads(topic) }
      guard !readers.isEmpty else { continue }
      let next = Input(
        topic: topic, content: .fact(fact), root: recorder.root, id: entry.id.description,
        identifier: entry.id, depth: entry.depth, body: input.body,
        bodyByteCount: input.bodyByteCount)
      if entry.depth >= Limits.depthMax {
        recorder.add(
          .deadLetter(
            DeadLetter(
              reason: """
                \(fact.type) follows from a chain of \(entry.depth) causes, more than \
                \(Limits.depthMax) are not followed: does a rule trigger itself?
                """, by: "pipeline", input: next)), next)
        continue
      }
      for slot in readers { slot.offer(next, tables, recorder) }
    }
  }

  /// Set when a step was given up after states had changed: drop them and replay.
  private(set) var isSpoiled = false

  /// Writes what was recorded. A step that outgrows its limits leaves one dead letter; the
  /// processors' states are then not to be trusted, which `isSpoiled` says.
  private func write(_ input: Input, into outgoing: inout Outgoing) {
    var step = Outgoing()
    if !recorder.isTooLarge { recorder.write(into: &step) }
    if recorder.isTooLarge || step.byteCount > Limits.stepBytesMax
      || step.valueByteCount > Limits.valueBytesMax
    {
      isSpoiled = true
      recorder.replace(
        by: DeadLetter(
          reason: """
            a step may record \(Limits.ordinals) things and \(Limits.stepBytesMax) bytes, \
            each thing \(Limits.valueBytesMax) bytes; this input leads to more
            """, by: "pipeline", input: input))
      step = Outgoing()
      recorder.write(into: &step)
    }
    tally?.add(recorder.entries)
    outgoing.add(step)
  }

  /// Drops the state of all processors.
  func reset() {
    for slot in slots { slot.reset() }
    isSpoiled = false
  }
}

/// A wait has fallen due: the deadline, and how many ticks the lane had before.
struct Tick: FactCoding {
  let deadline: Instant
  let count: Int64

  var type: StaticString { "petrel.TickMade" }

  func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("deadline")
    writer.time(deadline)
    writer.key("count")
    writer.value(Int(count))
    writer.endObject()
  }

  init(deadline: Instant, count: Int64) {
    self.deadline = deadline
    self.count = count
  }

  init(type: String, data: JSONView) throws(RecordError) {
    guard let deadline = data["deadline"]?.stringValue.flatMap({ Instant(iso8601: $0) }),
      let count = data["count"]?.intValue
    else { throw RecordError("a tick must have deadline and count") }
    self.deadline = deadline
    self.count = Int64(count)
  }
}
