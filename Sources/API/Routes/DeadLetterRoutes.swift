import Automation
import Calendar
import Connectors
import HTTPServer
import JSON
import Streams

/// `GET /api/v2/dead-letters`, newest first, and `/api/v2/dead-letters/{topic}/{offset}`: the
/// newest one about the record that stands there.
struct DeadLetterRoutes: Sendable {
  /// A list has no more than this, whatever is asked for.
  static let limitMax = View.stepRowsMax

  let view: View

  func register(on server: HTTPServer) {
    server.serve(.get, "/api/v2/dead-letters") { try await self.list($0) }
    server.serve(.get, "/api/v2/dead-letters/{topic}/{offset}") { try await self.get($0) }
  }

  private func list(_ request: Request) async throws -> Response {
    let query = try ListQuery(request, ListQuery.Rules())
    let total = try await DeadLetterProjection.count(in: view)
    let window = Window(offset: query.offset, limit: min(query.limit ?? .max, Self.limitMax))
    let rows = try await DeadLetterProjection.list(window, in: view)
    var response = Response.json { writer in
      writer.beginArray()
      for row in rows { row.document.write(query.attributes, into: &writer) }
      writer.endArray()
    }
    response.headers += [("X-Total-Count", "\(total)"), ("X-Limit", "\(window.limit)")]
    return response
  }

  private func get(_ request: Request) async throws -> Response {
    let topic = request.parameter("topic") ?? ""
    let place = request.parameter("offset") ?? ""
    guard Topic.named(topic) != nil, let offset = Int(place) else {
      throw Fault(404, "there is no record \(topic)/\(place)")
    }
    let rows = try await DeadLetterProjection.rows(about: topic, offset: offset, in: view)
    guard let row = rows.first else {
      throw Fault(404, "nothing was given up about the record at \(offset) of \(topic)")
    }
    return .json { row.document.write(into: &$0) }
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
    document["position"] = [
      "partition": .string(partition), "offset": .int(offset), "index": .int(index),
    ]
    return document
  }
}
