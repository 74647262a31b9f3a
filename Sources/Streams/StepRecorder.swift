import Calendar
import JSON

/// What one step records, in order, until it is quiescent; then all of it is written out at once.
/// Used again for every step.
final class StepRecorder {
  enum Kind {
    case fact(any FactCoding, Topic)
    case work(any FactCoding, Topic)
    case letter(any FactCoding, String, Lane)
    case deadLetter(DeadLetter)
  }

  struct Entry {
    let kind: Kind
    let id: Identifier
    let cause: String
    let depth: Int
  }

  private(set) var root: Root
  private(set) var entries: [Entry] = []
  /// Set when the step records more than a step may.
  private(set) var isTooLarge = false

  init() {
    root = Root(time: Instant(seconds: 0), lane: Lane(0), topic: .ticks, offset: 0)
  }

  func begin(_ root: Root) {
    self.root = root
    entries.removeAll(keepingCapacity: true)
    isTooLarge = false
  }

  @discardableResult
  func add(_ kind: Kind, _ input: Input) -> Identifier {
    guard entries.count < Int(Limits.ordinals) - 1 else {
      isTooLarge = true
      return root.identifier(Limits.ordinals - 1)
    }
    let id = root.identifier(UInt32(entries.count))
    entries.append(Entry(kind: kind, id: id, cause: input.id, depth: input.depth + 1))
    return id
  }

  /// Drops what was recorded and leaves one dead letter in its place.
  func replace(by letter: DeadLetter) {
    let cause = letter.input
    begin(root)
    entries.append(
      Entry(kind: .deadLetter(letter), id: root.identifier(0), cause: cause, depth: 1))
  }

  /// Writes all entries as records.
  func write(into outgoing: inout Outgoing) {
    for entry in entries {
      switch entry.kind {
      case .fact(let fact, let topic):
        write(fact, entry, topic, root.lane, into: &outgoing)
      case .work(let fact, let topic):
        write(fact, entry, topic, Lane(key: entry.id.description), into: &outgoing)
      case .deadLetter(let letter):
        write(letter, entry, .deadLetters, root.lane, into: &outgoing)
      case .letter(let fact, let processor, let lane):
        writeLetter(fact, to: processor, on: lane, entry, into: &outgoing)
      }
    }
  }

  private func write(
    _ fact: any FactCoding, _ entry: Entry, _ topic: Topic, _ spread: Lane,
    into outgoing: inout Outgoing
  ) {
    outgoing.add(topic, spread) { writer in
      envelope(of: fact, entry, lane: root.lane).write(into: &writer) { fact.write(into: &$0) }
    }
  }

  private func writeLetter(
    _ fact: any FactCoding, to processor: String, on lane: Lane, _ entry: Entry,
    into outgoing: inout Outgoing
  ) {
    outgoing.add(.letters, lane) { writer in
      envelope(of: fact, entry, lane: lane).write(into: &writer) { writer in
        writer.beginObject()
        writer.key("to")
        writer.value(processor)
        writer.key("from")
        writer.value(Int(root.lane.number))
        writer.key("fact")
        fact.write(into: &writer)
        writer.endObject()
      }
    }
  }

  private func envelope(of fact: any FactCoding, _ entry: Entry, lane: Lane) -> Envelope {
    Envelope(
      id: entry.id.description, type: fact.type.description, source: "petrel", time: root.time,
      lane: lane, subject: fact.subject, cause: entry.cause, depth: entry.depth)
  }
}
