import Connectors
import HTTPServer

/// `GET /triggerinstances`, `/triggerinstances/{id}`.
struct TriggerInstanceRoutes: Sendable {
  let view: View
  let freshness: Freshness

  func register(on server: HTTPServer) {
    server.serveStackStorm(.get, "/triggerinstances") { try await self.list($0) }
    server.serveStackStorm(.get, "/triggerinstances/{id}") { try await self.get($0) }
  }

  private func list(_ request: Request) async throws -> Response {
    let query = try ListQuery(
      request, ListQuery.Rules(sortKeys: ["timestamp", "occurrence_time"]))
    var filter = TriggerInstanceProjection.Filter()
    filter.ids = ListQuery.values("id", request.query)
    filter.trigger = request.query["trigger"]
    filter.triggerType = request.query["trigger_type"]
    filter.status = request.query["status"]
    filter.traceTag = request.query["trace_tag"]
    filter.after = try ListQuery.time("timestamp_gt", request.query)
    filter.before = try ListQuery.time("timestamp_lt", request.query)
    let (view, chosen) = (view, filter)
    return try await Listing(
      query: query, total: TriggerInstanceProjection.count(filter, in: view),
      step: { try await TriggerInstanceProjection.list(chosen, $0, in: view) }, place: \.place,
      write: { rows, writer in
        for row in rows { row.document.write(query.attributes, into: &writer) }
      }
    ).response()
  }

  private func get(_ request: Request) async throws -> Response {
    let row = try await row(request.parameter("id") ?? "")
    return .json { row.document.write(into: &$0) }
  }

  func row(_ id: String) async throws -> TriggerInstanceProjection.Row {
    let found = try await freshness.row(id, of: TriggerInstanceProjection()) {
      try await TriggerInstanceProjection.row(id, in: view)
    }
    guard let found else { throw Fault.noRow("trigger instance", id) }
    return found
  }
}
