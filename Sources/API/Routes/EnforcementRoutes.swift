import Automation
import Connectors
import HTTPServer

/// `GET /ruleenforcements`, `/ruleenforcements/{id}`: the decisions that fired or failed, as
/// StackStorm shows them.
struct EnforcementRoutes: Sendable {
  let content: ContentFollower
  let view: View
  let freshness: Freshness

  func register(on server: HTTPServer) {
    server.serveStackStorm(.get, "/ruleenforcements") { try await self.list($0) }
    server.serveStackStorm(.get, "/ruleenforcements/{id}") { try await self.get($0) }
  }

  private func list(_ request: Request) async throws -> Response {
    let query = try ListQuery(
      request, ListQuery.Rules(limit: 50, sortKeys: ["enforced_at"]))
    var filter = DecisionProjection.Filter()
    filter.ids = ListQuery.values("id", request.query)
    filter.outcomes = DecisionProjection.Row.enforced
    filter.triggerInstanceID = request.query["trigger_instance"]
    filter.rule = request.query["rule_ref"]
    if let id = request.query["rule_id"] {
      let rule = content.content.rules.keys.first { ContentID.of("rule", $0) == id }
      filter.rule = rule ?? ""
    }
    filter.executionID = request.query["execution"]
    filter.after = try ListQuery.time("enforced_at_gt", request.query)
    filter.before = try ListQuery.time("enforced_at_lt", request.query)
    let (view, chosen) = (view, filter)
    return try await Listing(
      query: query, total: DecisionProjection.count(filter, in: view),
      step: { try await DecisionProjection.list(chosen, $0, in: view) }, place: \.place,
      write: { rows, writer in
        for row in rows { row.enforcement().write(query.attributes, into: &writer) }
      }
    ).response()
  }

  private func get(_ request: Request) async throws -> Response {
    let id = request.parameter("id") ?? ""
    let row = try await freshness.row(id, of: DecisionProjection()) {
      try await DecisionProjection.row(id, in: view)
    }
    guard let row, DecisionProjection.Row.enforced.contains(row.outcome) else {
      throw Fault.noRow("rule enforcement", id)
    }
    return .json { row.enforcement().write(into: &$0) }
  }
}
