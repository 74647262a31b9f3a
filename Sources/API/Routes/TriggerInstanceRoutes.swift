import Connectors
import HTTPServer

/// `GET /triggerinstances`, `/triggerinstances/{id}`; the list as `/api/v2/triggers`, too, which
/// can be followed.
struct TriggerInstanceRoutes: Sendable {
  let view: View
  let freshness: Freshness
  let follow: FollowDoor

  func register(on server: HTTPServer) {
    server.serveStackStorm(.get, "/triggerinstances") { try await self.list($0) }
    server.serve(.get, "/api/v2/triggers") { request in
      guard try FollowDoor.isAsked(request) else { return try await self.list(request) }
      let filter = try Self.filter(request.query)
      return try await self.follow.open(
        request, FollowedTriggers(filter: filter, lookup: self.follow.lookup), since: filter.after)
    }
    server.serveStackStorm(.get, "/triggerinstances/{id}") { try await self.get($0) }
  }

  private func list(_ request: Request) async throws -> Response {
    let query = try ListQuery(
      request, ListQuery.Rules(sortKeys: ["timestamp", "occurrence_time"]))
    let (view, filter) = (view, try Self.filter(request.query))
    return try await Listing(
      query: query, total: TriggerInstanceProjection.count(filter, in: view),
      step: { try await TriggerInstanceProjection.list(filter, $0, in: view) }, place: \.place,
      write: { rows, writer in
        for row in rows { row.document.write(query.attributes, into: &writer) }
      }
    ).response()
  }

  private static func filter(
    _ query: FormItems
  ) throws(Fault) -> TriggerInstanceProjection.Filter {
    var filter = TriggerInstanceProjection.Filter()
    filter.ids = ListQuery.values("id", query)
    filter.trigger = query["trigger"]
    filter.triggerType = query["trigger_type"]
    filter.status = query["status"]
    filter.traceTag = query["trace_tag"]
    filter.after = try ListQuery.time("timestamp_gt", query)
    filter.before = try ListQuery.time("timestamp_lt", query)
    return filter
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
