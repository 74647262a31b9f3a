import Automation
import Connectors
import HTTPServer
import JSON

/// `GET /actions`, `/actions/{ref or id}`.
struct ActionRoutes: Sendable {
  let content: ContentFollower

  func register(on server: HTTPServer) {
    server.serveStackStorm(.get, "/actions") { try self.list($0) }
    server.serveStackStorm(.get, "/actions/{ref}") { try await self.get($0) }
  }

  private func list(_ request: Request) throws -> Response {
    let query = try ListQuery(request, ListQuery.Rules(limit: nil))
    let filter = request.query
    let ids = ListQuery.values("id", filter)
    let names = ListQuery.values("name", filter)
    let actions = content.content.actions.values
      .filter { action in
        (filter["pack"].map { $0 == action.pack } ?? true)
          && (names?.contains(action.name) ?? true)
          && (filter["runner_type"].map { $0 == action.runner } ?? true)
          && (filter["tags"].map { Self.tags(of: action).contains($0) } ?? true)
          && (ids?.contains(ContentID.of("action", action.ref)) ?? true)
      }
      .sorted { $0.ref < $1.ref }
    return Listing<Action>.whole(actions, query) { action, writer in
      ContentJSON.action(action).write(query.attributes, into: &writer)
    }
  }

  private static func tags(of action: Action) -> [String] {
    action.body["tags"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
  }

  private func get(_ request: Request) async throws -> Response {
    let ref = request.parameter("ref") ?? ""
    let action = try await content.find { content in
      content.actions[ref]
        ?? content.actions.values.first { ContentID.of("action", $0.ref) == ref }
    }
    guard let action else { throw Fault.noContent("action", ref) }
    return .json { ContentJSON.action(action).write(into: &$0) }
  }
}

extension Fault {
  /// There is no such thing in content.
  static func noContent(_ kind: String, _ ref: String) -> Fault {
    Fault(404, "there is no \(kind) with the reference or id '\(ref)'")
  }

  /// There is no such row in the view.
  static func noRow(_ kind: String, _ id: String) -> Fault {
    Fault(404, "there is no \(kind) with the id '\(id)'")
  }
}

extension ContentFollower {
  /// Looks; where nothing is found it takes in what is recorded now and looks again.
  func find<Found>(_ look: (Content) -> Found?) async throws -> Found? {
    if let found = look(content) { return found }
    try await catchUp()
    return look(content)
  }
}
