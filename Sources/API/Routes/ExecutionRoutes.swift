import Automation
import Connectors
import HTTPServer
import JSON
import Streams

/// Reading executions: `GET /executions`, `/executions/{id or last}`, its `children`, `result` and
/// `attribute/{name}`; the list as `/api/v2/executions`, too, which can be
/// followed. How they are asked for and cancelled stands in `ExecutionCommands.swift`,
/// their output in `OutputRoutes.swift`.
struct ExecutionRoutes: Sendable {
  /// A result over this is left out where `max_result_size` says so; StackStorm's bound.
  static let resultBytesMax = 14 << 20
  /// Of a trigger instance in a list of executions; larger ones come with the execution alone.
  static let payloadBytesMax = 16 << 10
  /// What `attribute` gives and `exclude_attributes` may leave out.
  static let single: Set<String> = ["result", "trigger_instance", "status"]
  static let included: Set<String> = [
    "id", "action", "children", "context", "delay", "end_timestamp", "liveaction", "log",
    "parameters", "parent", "result", "result_size", "rule", "runner", "start_timestamp",
    "status", "trigger", "trigger_instance", "trigger_type",
  ]

  let content: ContentFollower
  let view: View
  let freshness: Freshness
  let webURL: String
  let follow: FollowDoor

  func register(on server: HTTPServer) {
    server.serve(.get, "/api/v2/executions") { request in
      guard try FollowDoor.isAsked(request) else { return try await self.list(request) }
      return try await self.followed(request)
    }
    for name in ["/executions", "/actionexecutions"] {
      server.serveStackStorm(.get, name) { try await self.list($0) }
      server.serveStackStorm(.get, name + "/{id}") { try await self.get($0) }
      server.serveStackStorm(.get, name + "/{id}/children") { try await self.children($0) }
      server.serveStackStorm(.get, name + "/{id}/result") { try await self.result($0) }
      server.serveStackStorm(.get, name + "/{id}/attribute/{name}") {
        try await self.attribute($0)
      }
    }
  }

  // MARK: - Lists

  private static let rules = ListQuery.Rules(
    sortKeys: ["start_timestamp", "timestamp"],
    attributes: Attributes.Rules(included: included, excluded: single))

  private func list(_ request: Request) async throws -> Response {
    try await list(request, filter(request.query))
  }

  private func followed(_ request: Request) async throws -> Response {
    try FollowDoor.refuse(["trigger", "trigger_type"], request)
    let filter = try filter(request.query)
    let rows = FollowedExecutions(filter: filter, routes: self)
    return try await follow.open(request, rows, since: filter.after)
  }

  private func children(_ request: Request) async throws -> Response {
    var filter = ExecutionProjection.Filter()
    filter.parent = try await row(request.parameter("id") ?? "").id
    return try await list(request, filter)
  }

  private func list(
    _ request: Request, _ filter: ExecutionProjection.Filter
  ) async throws -> Response {
    let query = try ListQuery(request, Self.rules)
    let bytesMax = try Self.resultBytesMax(request.query, query.attributes)
    let (view, json) = (view, ExecutionJSON(content: content.content, webURL: webURL))
    return try await Listing(
      query: query, total: ExecutionProjection.count(filter, in: view),
      step: { window in
        try await ExecutionProjection.list(filter, window, resultBytesMax: bytesMax, in: view)
      }, place: \.place,
      write: { rows, writer in
        let instances = try await self.instances(of: rows, query.attributes)
        for row in rows {
          let instance = row.triggerInstanceID.flatMap { instances[$0] }
          json.document(row, instance).write(query.attributes, into: &writer)
        }
      }
    ).response()
  }

  private func instances(
    of rows: [ExecutionProjection.Row], _ attributes: Attributes
  ) async throws -> [String: TriggerInstanceProjection.Row] {
    let wanted = ["trigger", "trigger_type", "trigger_instance"].contains(where: attributes.wants)
    let ids = wanted ? Array(Set(rows.compactMap(\.triggerInstanceID))) : []
    if ids.isEmpty { return [:] }
    let found = try await TriggerInstanceProjection.rows(
      ids, payloadBytesMax: Self.payloadBytesMax, in: view)
    return Dictionary(found.map { ($0.id, $0) }) { $1 }
  }

  private func filter(_ query: FormItems) throws -> ExecutionProjection.Filter {
    var filter = ExecutionProjection.Filter()
    filter.ids = ListQuery.values("id", query)
    if let wrong = filter.ids?.first(where: { Identifier($0) == nil }) {
      throw Fault(400, "id must be 24 hexadecimal digits, found '\(wrong)'")
    }
    // A live action is its execution here, found by the execution's id.
    if query["liveaction"] != nil { filter.ids = [] }
    filter.status = query["status"]
    filter.actions = actions(query)
    filter.rules = query["rule"].map { rules(named: $0) }
    filter.triggerInstanceID = query["trigger_instance"]
    filter.trigger = query["trigger"]
    filter.triggerType = query["trigger_type"]
    filter.isTopLevel = query["parent"] == "null"
    filter.parent = filter.isTopLevel ? nil : query["parent"]
    filter.user = query["user"]
    filter.after = try ListQuery.time("timestamp_gt", query)
    filter.before = try ListQuery.time("timestamp_lt", query)
    return filter
  }

  private func actions(_ query: FormItems) -> [String]? {
    let named = query["action"].map { [$0] }
    guard let runner = query["runner"] else { return named }
    return content.content.actions.values
      .filter { $0.runner == runner && (named?.contains($0.ref) ?? true) }
      .map(\.ref)
  }

  /// StackStorm's filter is the rule's name; its reference does as well.
  private func rules(named name: String) -> [String] {
    [name] + content.content.rules.values.filter { $0.name == name }.map(\.ref)
  }

  // MARK: - One

  private func get(_ request: Request) async throws -> Response {
    let attributes = try Attributes(
      request.query, Attributes.Rules(included: Self.included, excluded: Self.single))
    let bytesMax = try Self.resultBytesMax(request.query, attributes)
    let row = try await row(request.parameter("id") ?? "", resultBytesMax: bytesMax)
    let document = try await document(row)
    return .json { document.write(attributes, into: &$0) }
  }

  /// How large a result may be that is shown; -1 where none is wanted.
  private static func resultBytesMax(
    _ query: FormItems, _ attributes: Attributes
  ) throws -> Int {
    let asked = try ListQuery.integer("max_result_size", query)
    guard (1...resultBytesMax).contains(asked ?? 1) else {
      throw Fault(400, "max_result_size must be from 1 to \(resultBytesMax)")
    }
    return attributes.wants("result") ? asked ?? .max : -1
  }

  func document(_ row: ExecutionProjection.Row) async throws -> Document {
    var instance: TriggerInstanceProjection.Row?
    if let id = row.triggerInstanceID {
      instance = try await TriggerInstanceProjection.row(id, in: view)
    }
    return ExecutionJSON(content: content.content, webURL: webURL).document(row, instance)
  }

  /// The execution of an id, or with `last` the newest one.
  func row(
    _ id: String, resultBytesMax: Int = -1
  ) async throws -> ExecutionProjection.Row {
    let found: ExecutionProjection.Row?
    if id == "last" {
      found = try await ExecutionProjection.list(
        ExecutionProjection.Filter(), Window(limit: 1), resultBytesMax: resultBytesMax, in: view
      ).first
    } else {
      found = try await freshness.row(id, of: ExecutionProjection()) {
        try await ExecutionProjection.row(id, resultBytesMax: resultBytesMax, in: view)
      }
    }
    guard let found else { throw Fault.noRow("execution", id) }
    return found
  }

  private func result(_ request: Request) async throws -> Response {
    let row = try await row(validID(request), resultBytesMax: .max)
    guard let result = row.result else {
      throw Fault(404, "the execution \(row.id) has no result; it is \(row.status)")
    }
    var response = Response.json(result)
    if try ListQuery.flag("pretty_format", request.query) ?? false,
      let value = try? JSONValue(parsing: result, limits: Limits.json)
    {
      response = .json(Array(value.text(indent: 2).utf8))
    }
    if try ListQuery.flag("download", request.query) ?? false {
      let file = "execution_\(row.id)_result.json"
      response.headers.append(("Content-Disposition", "attachment; filename=\(file)"))
    }
    return response
  }

  private func attribute(_ request: Request) async throws -> Response {
    let name = request.parameter("name") ?? ""
    guard Self.single.contains(name) else {
      throw Fault(
        400,
        "there is no attribute '\(name)'; known are \(Self.single.sorted().joined(separator: ", "))"
      )
    }
    let bytesMax = name == "result" ? Int.max : -1
    let row = try await row(validID(request), resultBytesMax: bytesMax)
    switch name {
    case "result": return .json(row.result ?? Array("{}".utf8))
    case "status": return .json { $0.value(row.status) }
    default:
      guard let id = row.triggerInstanceID,
        let instance = try await TriggerInstanceProjection.row(id, in: view)
      else { return .json(Array("{}".utf8)) }
      return .json { instance.document.write(into: &$0) }
    }
  }

  private func validID(_ request: Request) throws -> String {
    let id = request.parameter("id") ?? ""
    guard id == "last" || Identifier(id) != nil else {
      throw Fault(400, "an id must be 24 hexadecimal digits, found '\(id)'")
    }
    return id
  }
}
