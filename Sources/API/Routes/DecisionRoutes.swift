import Connectors
import HTTPServer

/// `GET /api/v2/decisions`, `/api/v2/decisions/{id}`: what the rules decided, fired or not.
struct DecisionRoutes: Sendable {
  let view: View
  let freshness: Freshness

  func register(on server: HTTPServer) {
    server.serve(.get, "/api/v2/decisions") { try await self.list($0) }
    server.serve(.get, "/api/v2/decisions/{id}") { try await self.get($0) }
  }

  private func list(_ request: Request) async throws -> Response {
    let query = try ListQuery(request, ListQuery.Rules(sortKeys: ["decided_at"]))
    var filter = DecisionProjection.Filter()
    filter.ids = ListQuery.values("id", request.query)
    filter.triggerInstanceID = request.query["trigger_instance"]
    filter.rule = request.query["rule"]
    filter.outcomes = ListQuery.values("outcome", request.query)
    filter.executionID = request.query["execution"]
    filter.after = try ListQuery.time("decided_at_gt", request.query)
    filter.before = try ListQuery.time("decided_at_lt", request.query)
    let (view, chosen) = (view, filter)
    return try await Listing(
      query: query, total: DecisionProjection.count(filter, in: view),
      step: { try await DecisionProjection.list(chosen, $0, in: view) }, place: \.place,
      write: { rows, writer in
        for row in rows { row.document.write(query.attributes, into: &writer) }
      }
    ).response()
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
