import Automation
import Connectors
import HTTPServer

/// `GET /rules`, `/rules/{ref or id}`.
struct RuleRoutes: Sendable {
  let content: ContentFollower

  func register(on server: HTTPServer) {
    server.serveStackStorm(.get, "/rules") { try self.list($0) }
    server.serveStackStorm(.get, "/rules/{ref}") { try await self.get($0) }
  }

  private func list(_ request: Request) throws -> Response {
    let query = try ListQuery(request, ListQuery.Rules())
    let filter = request.query
    let isEnabled = try ListQuery.flag("enabled", filter)
    let ids = ListQuery.values("id", filter)
    let names = ListQuery.values("name", filter)
    let content = content.content
    let rules = content.rules.values
      .filter { rule in
        let definition = rule.definition
        return (filter["pack"].map { $0 == definition.pack } ?? true)
          && (filter["action"].map { $0 == definition.action.ref } ?? true)
          && (isEnabled.map { $0 == definition.enabled } ?? true)
          && (names?.contains(rule.name) ?? true)
          && (ids?.contains(ContentID.of("rule", rule.ref)) ?? true)
          && (filter["trigger"].map { Self.listens(rule, to: $0, content) } ?? true)
      }
      .sorted { $0.ref < $1.ref }
    return Listing<Rule>.whole(rules, query) { rule, writer in
      ContentJSON.rule(rule, content).write(query.attributes, into: &writer)
    }
  }

  private static func listens(_ rule: Rule, to trigger: String, _ content: Content) -> Bool {
    rule.definition.trigger.type == trigger || ContentJSON.triggerRef(of: rule, content) == trigger
  }

  private func get(_ request: Request) async throws -> Response {
    let ref = request.parameter("ref") ?? ""
    let rule = try await content.find { content in
      content.rules[ref] ?? content.rules.values.first { ContentID.of("rule", $0.ref) == ref }
    }
    guard let rule else { throw Fault.noContent("rule", ref) }
    let content = content.content
    return .json { ContentJSON.rule(rule, content).write(into: &$0) }
  }
}
