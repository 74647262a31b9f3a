import Automation
import Connectors
import HTTPServer

/// `GET /runnertypes`, `/runnertypes/{name or id}`.
struct RunnerTypeRoutes: Sendable {
  func register(on server: HTTPServer) {
    server.serveStackStorm(.get, "/runnertypes") { try self.list($0) }
    server.serveStackStorm(.get, "/runnertypes/{name}") { try self.get($0) }
  }

  private func list(_ request: Request) throws -> Response {
    let query = try ListQuery(
      request, ListQuery.Rules(sortKeys: ["name"], isAscending: true))
    let names = ListQuery.values("name", request.query)
    let ids = ListQuery.values("id", request.query)
    let runners = RunnerType.all
      .filter { runner in
        (names?.contains(runner.name) ?? true)
          && (ids?.contains(ContentID.of("runner_type", runner.name)) ?? true)
      }
      .sorted { query.isAscending ? $0.name < $1.name : $0.name > $1.name }
    return Listing<RunnerType>.whole(runners, query) { runner, writer in
      RunnerTypeJSON.document(runner).write(query.attributes, into: &writer)
    }
  }

  private func get(_ request: Request) throws -> Response {
    let name = request.parameter("name") ?? ""
    let runner = RunnerType.all.first {
      $0.name == name || ContentID.of("runner_type", $0.name) == name
    }
    guard let runner else { throw Fault(404, "there is no runner type '\(name)'") }
    return .json { RunnerTypeJSON.document(runner).write(into: &$0) }
  }
}
