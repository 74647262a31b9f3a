import Automation
import Calendar
import JSON
import Streams

/// Reads any bytes as what a log holds: stored records, a line each, then their attributes, then
/// their facts. Traps when framing, attributes or a fact change by being written and read again.
public func fuzzRecords(_ bytes: UnsafeRawBufferPointer) {
  let all = Array(bytes)
  let stored = all.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
  fuzzStored(stored)
  for text in stored {
    guard let document = try? JSONDocument(parsing: Array(text), limits: Limits.json) else {
      continue
    }
    fuzzRecord(document.root)
  }
  fuzzFraming(stored.map { $0.dropLast(0) })
}

private let fuzzPartition = Partition(.executions)
private let fuzzTime = Instant(microseconds: 1_700_000_000_000_000)

/// Whatever is stored is taken apart or refused, and each record lies behind the one before.
private func fuzzStored(_ stored: [ArraySlice<UInt8>]) {
  guard
    let records = try? Record.unframe(stored, of: fuzzPartition, from: 7, time: fuzzTime)
  else { return }
  for (one, other) in zip(records, records.dropFirst()) {
    precondition(one.position < other.position, "\(other.position) does not follow")
  }
  for record in records {
    precondition((7..<7 + stored.count).contains(Int(record.position.offset)), "out of the row")
    _ = DeadLetter(reason: "fuzz", by: "fuzz", record: record)
    if let event = try? record.event() { fuzzRecord(event) }
  }
}

/// What is an object in one line comes back from a log, packed or not.
private func fuzzFraming(_ lines: [ArraySlice<UInt8>]) {
  let values = lines.compactMap { line -> [UInt8]? in
    guard let document = try? JSONDocument(parsing: Array(line), limits: Limits.json),
      document.root.kind == .object
    else { return nil }
    var writer = JSONWriter()
    writer.value(document.root)
    return writer.bytes
  }.filter { !$0.starts(with: Array(#"{"specversion":"1.0","type":"petrel.Chunk""#.utf8)) }
  guard !values.isEmpty else { return }
  for topic in [Topic.executions, .triggers] {
    var outgoing = Outgoing()
    for value in values { outgoing.add(topic, Lane(0), value: value) }
    guard let frames = try? Frame.frames(outgoing, partitionCount: { _ in 1 }) else {
      preconditionFailure("values of a line are not too large")
    }
    let stored = frames[0].ends.indices.map { place in
      let start = place == 0 ? 0 : frames[0].ends[place - 1]
      return frames[0].bytes[start..<frames[0].ends[place]]
    }
    let records = try? Record.unframe(
      stored, of: frames[0].partition, from: 0, time: fuzzTime)
    precondition(records?.map { Array($0.value) } == values, "framing loses something")
  }
}

private func fuzzRecord(_ event: JSONView) {
  guard let envelope = try? Envelope(event) else { return }
  fuzzEnvelope(envelope)
  guard let data = event["data"] else { return }
  for coding in fuzzCodings { fuzzFact(coding, envelope.type, data) }
  if let received = try? EventReceived(data) { fuzzEvent(received) }
}

private let fuzzCodings: [any FactCoding.Type] = [
  Command.self, TriggerFact.self, DecisionFact.self, ExecutionFact.self, WorkerReport.self,
  WorkerSeen.self, OutputWritten.self, Work.self, ContentFact.self, DeadLetter.self,
]

private func fuzzEnvelope(_ envelope: Envelope) {
  let text = fuzzText { writer in envelope.write(into: &writer) { $0.null() } }
  guard let document = try? JSONDocument(parsing: text, limits: Limits.json),
    let again = try? Envelope(document.root)
  else { preconditionFailure("an envelope cannot be read back") }
  precondition(again.time == envelope.time && again.lane == envelope.lane, "time or lane")
  let textAgain = fuzzText { writer in again.write(into: &writer) { $0.null() } }
  precondition(text == textAgain, "an envelope changes by being written")
}

private func fuzzFact(_ coding: any FactCoding.Type, _ type: String, _ data: JSONView) {
  guard let fact = try? coding.init(type: type, data: data) else { return }
  let text = fuzzText { fact.write(into: &$0) }
  guard let document = try? JSONDocument(parsing: text, limits: Limits.json),
    let again = try? coding.init(type: type, data: document.root)
  else { preconditionFailure("\(fact.type) cannot be read back") }
  precondition(fuzzText { again.write(into: &$0) } == text, "\(fact.type) changes")
  precondition(again.subject == fact.subject, "the subject of \(fact.type) changes")
}

private func fuzzEvent(_ event: EventReceived) {
  var head = EventReceived.Head(event.form)
  head.hook = event.hook
  head.senderID = event.senderID
  head.digest = event.digest
  head.traceTag = event.traceTag
  let body = fuzzText { $0.value(event.body) }
  let text = fuzzText { EventReceived.write(head, body: body, into: &$0) }
  guard let document = try? JSONDocument(parsing: text, limits: Limits.json),
    let again = try? EventReceived(document.root)
  else { preconditionFailure("an event cannot be read back") }
  precondition(fuzzText { $0.value(again.body) } == body, "the body of an event changes")
  precondition(again.senderID == event.senderID && again.hook == event.hook, "an event changes")
}

private func fuzzText(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
  var writer = JSONWriter()
  write(&writer)
  return writer.bytes
}
