import Connectors
import HTTPServer

/// `GET /api/v2/decisions`, `/api/v2/decisions/{id}`: what the rules decided, fired or not.
struct DecisionRoutes: Sendable {
  let view: View
  let freshness: Freshness
  let follow: FollowDoor

  func register(on server: HTTPServer) {
    server.serve(.get, "/api/v2/decisions") { request in
      guard try FollowDoor.isAsked(request) else { return try await self.list(request) }
      try FollowDoor.refuse(["execution"], request)
      let filter = try Self.filter(request.query)
      return try await self.follow.open(
        request, FollowedDecisions(filter: filter), since: filter.after)
    }
    server.serve(.get, "/api/v2/decisions/{id}") { try await self.get($0) }
  }

  private func list(_ request: Request) async throws -> Response {
    let query = try ListQuery(request, ListQuery.Rules(sortKeys: ["decided_at"]))
    let (view, filter) = (view, try Self.filter(request.query))
    return try await Listing(
      query: query, total: DecisionProjection.count(filter, in: view),
      step: { try await DecisionProjection.list(filter, $0, in: view) }, place: \.place,
      write: { rows, writer in
        for row in rows { row.document.write(query.attributes, into: &writer) }
      }
    ).response()
  }

  private static func filter(_ query: FormItems) throws(Fault) -> DecisionProjection.Filter {
    var filter = DecisionProjection.Filter()
    filter.ids = ListQuery.values("id", query)
    filter.triggerInstanceID = query["trigger_instance"]
    filter.rule = query["rule"]
    filter.outcomes = ListQuery.values("outcome", query)
    filter.executionID = query["execution"]
    filter.after = try ListQuery.time("decided_at_gt", query)
    filter.before = try ListQuery.time("decided_at_lt", query)
    return filter
  }

  private func get(_ request: Request) async throws -> Response {
    let id = request.parameter("id") ?? ""
    let row = try await freshness.row(id, of: DecisionProjection()) {
      try await DecisionProjection.row(id, in: view)
    }
    guard let row else { throw Fault.noRow("decision", id) }
    return .json { row.document.write(into: &$0) }
  }
}
