import Automation
import Calendar
import HTTPServer
import JSON
import Streams

/// The log as people see it: `GET /api/v2/events`, newest first, `/api/v2/events/{offset}`, and
/// `/api/v2/log/{topic}`, all records of a topic as lines of JSON: `record`, or the beginning of
/// its `text` where it cannot be read. Read to the durable end.
///
/// Events are named by their offset in one partition, `partition` in the query where there are
/// several.
struct LogRoutes: Sendable {
  static let eventsMax = 1_000
  /// Bytes of events after which a list ends, to go on at `next`.
  static let eventBytesMax = 4 << 20
  private static let readBytesMax = 1 << 20

  let log: any EventLog
  let follow: FollowDoor

  func register(on server: HTTPServer) {
    server.serve(.get, "/api/v2/events") { request in
      guard try FollowDoor.isAsked(request) else { return try await self.list(request) }
      return try await self.follow.open(request, FollowedEvents())
    }
    server.serve(.get, "/api/v2/events/{offset}") { try await self.get($0) }
    server.serve(.get, "/api/v2/log/{topic}") { try self.export($0) }
  }

  // MARK: - Events

  private func list(_ request: Request) async throws -> Response {
    let limit = try ListQuery.integer("limit", request.query) ?? 100
    guard (1...Self.eventsMax).contains(limit) else {
      throw Fault(400, "limit must be from 1 to \(Self.eventsMax), found \(limit)")
    }
    let partition = try partition(of: .events, request.query)
    let bounds = try await log.bounds(partition)
    var end = bounds.durable
    if let before = try ListQuery.integer("before", request.query) {
      end = min(max(Int64(before), bounds.first), end)
    }
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("events")
    writer.beginArray()
    var count = 0
    while count < limit, end > bounds.first, writer.count < Self.eventBytesMax {
      // A large event stands over several offsets, so one step may bring less than is wanted.
      let start = max(bounds.first, end - Int64(min(limit - count, 50)))
      let records = try await records(partition, start..<end)
      for record in records.reversed() { Self.document(of: record).write(into: &writer) }
      count += records.count
      end = start
    }
    writer.endArray()
    writer.key("next")
    if end > bounds.first { writer.value(Int(end)) } else { writer.null() }
    writer.endObject()
    return .json(writer.bytes)
  }

  private func records(
    _ partition: Partition, _ range: Range<Int64>
  ) async throws(LogError) -> [Record] {
    var records: [Record] = []
    var positions: Positions = [partition: range.lowerBound]
    while positions[partition] ?? range.upperBound < range.upperBound {
      let batch = try await log.read(
        from: positions, to: .durable, bytesMax: Self.readBytesMax, wait: .zero)
      guard batch.positions != positions else { break }
      records += batch.records.filter { $0.position.offset < range.upperBound }
      positions = batch.positions
    }
    return records
  }

  private func get(_ request: Request) async throws -> Response {
    let text = request.parameter("offset") ?? ""
    guard let offset = Int64(text), offset >= 0 else {
      throw Fault(404, "there is no event at '\(text)'; an event is named by its offset")
    }
    let partition = try partition(of: .events, request.query)
    let bounds = try await log.bounds(partition)
    guard offset >= bounds.first else {
      throw Fault(404, "the event at \(offset) is gone; the first one left is at \(bounds.first)")
    }
    guard offset < bounds.durable,
      let record = try await records(partition, offset..<(offset + 1)).first
    else { throw Fault(404, "there is no event at \(offset)") }
    return .json { Self.document(of: record).write(into: &$0) }
  }

  static func document(of record: Record) -> Document {
    var document = Document()
    document["offset"] = .int(Int(record.position.offset))
    document["log_time"] = .string(record.time.iso8601)
    guard let event = try? record.event(), let envelope = try? Envelope(event),
      let data = event["data"], let received = try? EventReceived(data)
    else {
      document["reason"] = "the record cannot be understood"
      document["text"] = .string(
        String(decoding: record.value.prefix(DeadLetter.textBytesMax), as: UTF8.self))
      return document
    }
    document["id"] = .string(envelope.id)
    document["source"] = .string(envelope.source)
    document["time"] = .string(envelope.time.iso8601)
    document["form"] = .string(received.form.rawValue)
    document["trigger"] = .string(received.triggerType ?? Trigger.webhookType)
    document["hook"] = received.hook.map { .string($0) }
    document["sender_id"] = received.senderID.map { .string($0) }
    document["trace_tag"] = received.traceTag.map { .string($0) }
    document["lane"] = .int(Int(envelope.lane.number))
    var body = JSONWriter()
    body.value(received.body)
    document.set("body", json: body.bytes)
    return document
  }

  private func partition(of topic: Topic, _ query: FormItems) throws(Fault) -> Partition {
    let count = log.partitionCount(of: topic)
    let index = try ListQuery.integer("partition", query) ?? 0
    guard (0..<count).contains(index) else {
      throw Fault(400, "\(topic.name) has the partitions 0 to \(count - 1), found \(index)")
    }
    return Partition(topic, index)
  }

  // MARK: - Export

  private func export(_ request: Request) throws -> Response {
    let name = request.parameter("topic") ?? ""
    guard let topic = Topic.named(name) else {
      let known = Topic.all.map(\.name).joined(separator: ", ")
      throw Fault(404, "there is no topic '\(name)'; there are \(known)")
    }
    let from = try ListQuery.time("from", request.query)
    let to = try ListQuery.time("to", request.query)
    let log = log
    return .stream(contentType: "application/x-ndjson") { body in
      for index in 0..<log.partitionCount(of: topic) {
        try await Self.send(log, Partition(topic, index), from: from, to: to, body)
      }
    }
  }

  /// Sends the records of a partition that are durable now, piece by piece.
  private static func send(
    _ log: any EventLog, _ partition: Partition, from: Instant?, to: Instant?,
    _ body: BodyWriter
  ) async throws {
    let bounds = try await log.bounds(partition)
    var offset = bounds.first
    if let from { offset = max(offset, try await log.position(of: from, in: partition)) }
    while offset < bounds.durable {
      let batch = try await batch(log, partition, from: offset)
      guard let next = batch.positions[partition], next > offset else { return }
      let records = batch.records.filter { $0.position.offset < bounds.durable }
      // Time never runs backwards in a partition.
      let wanted = records.prefix { record in to.map { record.time < $0 } ?? true }
      var writer = JSONWriter()
      for record in wanted { write(line: record, into: &writer) }
      try await body.write(writer.bytes)
      if wanted.count < records.count { return }
      offset = next
    }
  }

  /// The next records; where they were trimmed meanwhile, nothing and the first ones' offset.
  private static func batch(
    _ log: any EventLog, _ partition: Partition, from offset: Int64
  ) async throws(LogError) -> Batch {
    do throws(LogError) {
      return try await log.read(
        from: [partition: offset], to: .durable, bytesMax: readBytesMax, wait: .zero)
    } catch {
      if case .trimmed(let first) = error { return Batch(positions: [partition: first]) }
      throw error
    }
  }

  private static func write(line record: Record, into writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("position")
    writer.beginObject()
    writer.key("topic")
    writer.value(record.position.partition.topic.name)
    writer.key("partition")
    writer.value(record.position.partition.index)
    writer.key("offset")
    writer.value(Int(record.position.offset))
    writer.key("index")
    writer.value(record.position.index)
    writer.endObject()
    writer.key("time")
    writer.value(record.time.iso8601)
    // Others may write into an input topic: what is no JSON, or stands on several lines, must not
    // spoil the lines.
    if let event = try? record.event() {
      writer.key("record")
      let breaks = [UInt8(ascii: "\n"), UInt8(ascii: "\r")]
      if record.value.contains(where: breaks.contains) {
        writer.value(event)
      } else {
        writer.raw(record.value)
      }
    } else {
      writer.key("text")
      writer.value(
        String(decoding: record.value.prefix(DeadLetter.textBytesMax), as: UTF8.self))
    }
    writer.endObject()
    writer.endLine()
  }
}
