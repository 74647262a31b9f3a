import Automation
import Connectors
import HTTPServer

/// `GET /triggertypes`, `/triggertypes/{ref or id}`.
struct TriggerTypeRoutes: Sendable {
  let content: ContentFollower

  func register(on server: HTTPServer) {
    server.serveStackStorm(.get, "/triggertypes") { try self.list($0) }
    server.serveStackStorm(.get, "/triggertypes/{ref}") { try await self.get($0) }
  }

  private func list(_ request: Request) throws -> Response {
    let query = try ListQuery(request, ListQuery.Rules())
    let filter = request.query
    let ids = ListQuery.values("id", filter)
    let names = ListQuery.values("name", filter)
    let types = content.content.triggerTypes.values
      .filter { type in
        let pack = type.ref.prefix { $0 != "." }
        let name = String(type.ref.dropFirst(pack.count + 1))
        return (filter["pack"].map { $0 == pack } ?? true)
          && (names?.contains(name) ?? true)
          && (ids?.contains(ContentID.of("trigger_type", type.ref)) ?? true)
      }
      .sorted { $0.ref < $1.ref }
    return Listing<TriggerType>.whole(types, query) { type, writer in
      ContentJSON.triggerType(type).write(query.attributes, into: &writer)
    }
  }

  private func get(_ request: Request) async throws -> Response {
    let ref = request.parameter("ref") ?? ""
    let type = try await content.find { content in
      content.triggerTypes[ref]
        ?? content.triggerTypes.values.first { ContentID.of("trigger_type", $0.ref) == ref }
    }
    guard let type else { throw Fault.noContent("trigger type", ref) }
    return .json { ContentJSON.triggerType(type).write(into: &$0) }
  }
}
