import Automation
import Calendar
import Connectors
import HTTPServer
import JSON
import Streams

/// `GET /api/v2/dead-letters`, newest first, and `/api/v2/dead-letters/{topic}/{offset}`: the
/// newest one about the record that stands there. `POST` to its `redrive` sends that record again.
struct DeadLetterRoutes: Sendable {
  /// A list has no more than this, whatever is asked for.
  static let limitMax = View.stepRowsMax

  let view: View
  let log: any EventLog
  let space: any SpaceWatch
  let ledger: RedriveLedger
  let follow: FollowDoor

  func register(on server: HTTPServer) {
    server.serve(.get, "/api/v2/dead-letters") { request in
      guard try FollowDoor.isAsked(request) else { return try await self.list(request) }
      try FollowDoor.refuse(["redriven"], request)
      return try await self.follow.open(request, FollowedDeadLetters())
    }
    server.serve(.get, "/api/v2/dead-letters/{topic}/{offset}") { try await self.get($0) }
    server.serve(.post, "/api/v2/dead-letters/{topic}/{offset}/redrive") {
      try await self.redrive($0)
    }
  }

  private func list(_ request: Request) async throws -> Response {
    let query = try ListQuery(request, ListQuery.Rules())
    var filter = DeadLetterProjection.Filter()
    filter.isRedriven = try ListQuery.flag("redriven", request.query)
    let total = try await DeadLetterProjection.count(filter, in: view)
    let window = Window(offset: query.offset, limit: min(query.limit ?? .max, Self.limitMax))
    let rows = try await DeadLetterProjection.list(filter, window, in: view)
    var response = Response.json { writer in
      writer.beginArray()
      for row in rows { row.document.write(query.attributes, into: &writer) }
      writer.endArray()
    }
    response.headers += [("X-Total-Count", "\(total)"), ("X-Limit", "\(window.limit)")]
    return response
  }

  private func get(_ request: Request) async throws -> Response {
    let row = try await row(request)
    return .json { row.document.write(into: &$0) }
  }

  private func redrive(_ request: Request) async throws -> Response {
    guard !space.isLow else { return .refusal(space.refusal) }
    let reason = try request.object()["reason"] ?? .null
    let text = reason.stringValue
    guard reason.isNull || text.map({ $0.utf8.count <= Redrive.reasonBytesMax }) ?? false else {
      throw Fault(400, "reason must be a text of at most \(Redrive.reasonBytesMax) bytes")
    }
    let row = try await row(request)
    let place = RedriveLedger.Place(topic: row.topic, offset: Int64(row.topicOffset))
    let sent = try await ledger.once(place) { [log] in
      try await Redrive(log: log, letter: row, reason: text).run()
    }
    let answer: JSONObject = [
      "topic": .string(sent.position.partition.topic.name),
      "partition": .int(sent.position.partition.index),
      "offset": .int(Int(sent.position.offset)), "id": .string(sent.id),
      "cause": .string(sent.cause),
    ]
    return .json(status: 202) { $0.value(.object(answer)) }
  }

  private func row(_ request: Request) async throws -> DeadLetterProjection.Row {
    let topic = request.parameter("topic") ?? ""
    let place = request.parameter("offset") ?? ""
    guard Topic.named(topic) != nil, let offset = Int(place) else {
      throw Fault(404, "there is no record \(topic)/\(place)")
    }
    let rows = try await DeadLetterProjection.rows(about: topic, offset: offset, in: view)
    guard let row = rows.first else {
      throw Fault(404, "nothing was given up about the record at \(offset) of \(topic)")
    }
    return row
  }
}

extension DeadLetterProjection.Row {
  var document: Document {
    var document = Document()
    document["topic"] = .string(topic)
    document["offset"] = .int(topicOffset)
    document["reason"] = .string(reason)
    document["by"] = .string(by)
    document["input"] = input.map { .string($0) } ?? .null
    document["record"] = record.map { .string($0) } ?? .null
    document["happened_at"] = .string(happenedAt.iso8601)
    document["redriven_at"] = redrivenAt.map { .string($0.iso8601) } ?? .null
    document["redrive_reason"] = redriveReason.map { .string($0) } ?? .null
    document["position"] = [
      "partition": .string(partition), "offset": .int(offset), "index": .int(index),
    ]
    return document
  }
}
