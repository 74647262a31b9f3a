import Automation
import Connectors
import Crypto
import JSON
import Streams

/// Appends the input of a dead letter once more, as the log holds it: with a name of its own,
/// unless its sender gave it one, and with the letter as its cause.
///
/// The sender's name stays, so an event that has become a trigger instance meanwhile is a
/// duplicate. An input whose own step has led to a trigger instance or an execution is refused: it
/// would do that twice.
struct Redrive {
  /// What comes from outside; the engine writes everything else itself.
  static let topics: [Topic] = [.events, .commands, .results]
  static let reasonBytesMax = 1024

  let log: any EventLog
  let letter: DeadLetterProjection.Row
  let reason: String?

  /// The original as the log has it.
  private struct Original {
    let record: Record
    let event: JSONView
    let envelope: Envelope
  }

  /// Where the input stands now, and its id.
  struct Sent: Sendable {
    let position: Position
    let id: String
    let cause: String
  }

  func run() async throws -> Sent {
    guard let topic = Self.topics.first(where: { $0.name == letter.topic }) else {
      let names = Self.topics.map(\.name).joined(separator: ", ")
      throw Fault(
        409, "only \(names) come from outside and can be sent again, not \(letter.topic)")
    }
    let lookup = RecordLookup(log)
    let index = letter.partition.split(separator: "/").last.flatMap { Int($0) } ?? 0
    let original = try await original(Partition(topic, index), lookup)
    let place = Position(
      Partition(.deadLetters, index), offset: Int64(letter.offset), index: letter.index)
    guard let record = try await lookup.record(at: place) else {
      throw Fault(410, "the dead letter itself is gone from the log")
    }
    let envelope: Envelope
    do { envelope = try Envelope(try record.event()) } catch {
      throw Fault(409, "the dead letter cannot be read: \(error)")
    }
    if let fact = try await consequence(of: original, at: record) {
      throw Fault(409, "it has led to \(fact) already, which sending it again would do twice")
    }
    return try await append(original, after: envelope)
  }

  private func original(
    _ partition: Partition, _ lookup: RecordLookup
  ) async throws -> Original {
    let offset = Int64(letter.topicOffset)
    let first = try await log.bounds(partition).first
    guard offset >= first,
      let record = try await lookup.record(
        at: Position(partition, offset: offset))
    else {
      throw Fault(
        410,
        "the record at \(offset) of \(letter.topic) is gone; the first one left is at \(first)")
    }
    do {
      let event = try record.event()
      let envelope = try Envelope(event)
      guard event["data"] != nil else { throw RecordError("attribute data is missing") }
      return Original(record: record, event: event, envelope: envelope)
    } catch {
      throw Fault(409, "the record at \(offset) of \(letter.topic) cannot be read: \(error)")
    }
  }

  /// What the step that left the letter has recorded beside it: a commit has one time.
  private func consequence(of original: Original, at letter: Record) async throws -> String? {
    let position = original.record.position
    let root = Root(
      time: original.record.time, lane: original.envelope.lane,
      topic: position.partition.topic, offset: position.offset
    ).identifier(0)
    for topic in [Topic.triggers, .executions] {
      let partition = Partition(topic, position.partition.index)
      var positions = [partition: try await log.position(of: letter.time, in: partition)]
      reading: while true {
        let batch = try await log.read(
          from: positions, to: .recorded, bytesMax: 1 << 20, wait: .zero)
        if batch.records.isEmpty { break }
        for record in batch.records {
          guard record.time == letter.time else { break reading }
          guard let envelope = try? Envelope(record.event()),
            Identifier(envelope.id)?.hasSameRoot(as: root) ?? false
          else { continue }
          return "\(envelope.type) \(envelope.id)"
        }
        positions = batch.positions
      }
    }
    return nil
  }

  private func append(_ original: Original, after letter: Envelope) async throws -> Sent {
    let isNamed = original.event["data"]?["sender_id"]?.stringValue != nil
    let id = isNamed ? original.envelope.id : Hex.encode(randomBytes(12))
    let topic = original.record.position.partition.topic
    var outgoing = Outgoing()
    outgoing.add(topic, original.envelope.lane) { writer in
      writer.beginObject()
      writer.key("id")
      writer.value(id)
      for member in original.event.members where !["id", "cause"].contains(member.key) {
        writer.key(member.key)
        writer.value(member.value)
      }
      writer.key("cause")
      writer.value(letter.id)
      writer.endObject()
    }
    let fact = DeadLetterRedriven(
      topic: topic.name, offset: original.record.position.offset, letter: letter.id, input: id,
      reason: reason)
    let envelope = Envelope(
      id: Hex.encode(randomBytes(12)), type: fact.type.description, source: "petrel/api",
      time: log.now(), lane: letter.lane, subject: fact.subject, cause: letter.id)
    outgoing.add(.deadLetters, letter.lane) { writer in
      envelope.write(into: &writer) { fact.write(into: &$0) }
    }
    let appended = try await log.append(outgoing, .synced)
    return Sent(position: appended[0].position, id: id, cause: letter.id)
  }
}
