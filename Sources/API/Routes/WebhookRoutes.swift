import Automation
import HTTPServer
import JSON
import Streams

/// StackStorm's webhooks: `POST /api/v1/webhooks/{url}`, and `st2`, which takes any trigger.
struct WebhookRoutes: Sendable {
  /// Headers that carry credentials: they go no further than here.
  static let credentials: Set<String> = [
    "authorization", "proxy-authorization", "cookie", "st2-api-key", "x-auth-token",
  ]

  let intake: Intake
  let space: any SpaceWatch

  func register(on server: HTTPServer) {
    for prefix in ["/api/v1", "/v1", ""] {
      server.on(.post, prefix + "/webhooks/{hook...}", bodyBytesMax: intake.eventBytesMax) {
        await self.post($0)
      }
      server.on(.get, prefix + "/webhooks") { _ in self.list() }
    }
  }

  private func post(_ request: Request) async -> Response {
    guard !space.isLow else {
      intake.meter.noteRejected(.noSpace)
      return .refusal(space.refusal)
    }
    do {
      let hook = Trigger.hookName(request.parameter("hook") ?? "")
      let body = try Self.body(of: request)
      return hook == "st2"
        ? try await generic(request, body) : try await custom(hook, request, body)
    } catch let refusal as EventDraft.Refusal {
      intake.meter.noteRejected(.invalid)
      return .fault(400, refusal.description)
    } catch {
      return .of(error)
    }
  }

  private func custom(
    _ hook: String, _ request: Request, _ body: JSONValue
  ) async throws -> Response {
    let content = intake.content.content
    guard content.hooks[hook] != nil else {
      throw Fault(404, "Webhook \(hook) not registered with st2")
    }
    let text = Array(Self.payload(request, body).text().utf8)
    var draft = try EventDraft(hook: hook, try document(text).root, content)
    try draft.setSenderID(request.header("idempotency-key") ?? request.header("webhook-id"))
    return try await take(&draft, request, text, content, echo: body)
  }

  private func generic(_ request: Request, _ body: JSONValue) async throws -> Response {
    guard let object = body.objectValue else {
      throw Fault(400, "Webhook body needs to be an object, got: \(body.kindName)")
    }
    guard let trigger = object["trigger"]?.stringValue else {
      throw Fault(400, "Trigger not specified.")
    }
    let content = intake.content.content
    // Where the trigger type says nothing about its payload there may be none.
    let schema = content.triggerTypes[trigger]?.body["payload_schema"]?.objectValue ?? [:]
    let event: JSONValue = [
      "trigger": .string(trigger),
      "payload": object["payload"] ?? (schema.isEmpty ? [:] : .null),
    ]
    let text = Array(event.text().utf8)
    var draft = try EventDraft(try document(text).root, content)
    try draft.setSenderID(request.header("idempotency-key"))
    return try await take(&draft, request, text, content, echo: body)
  }

  /// An event as it will be kept. It may be longer than the body that it was made from.
  private func document(_ text: [UInt8]) throws -> JSONDocument {
    do { return try JSONDocument(parsing: text, limits: Limits.json) } catch {
      throw error.reason == .tooLong
        ? Fault(413, "the event is too large with its headers: \(error.message)")
        : Fault(400, "Failed to parse request body: \(error)")
    }
  }

  private func take(
    _ draft: inout EventDraft, _ request: Request, _ text: [UInt8], _ content: Content,
    echo: JSONValue
  ) async throws -> Response {
    draft.head.traceTag = request.header("st2-trace-tag")
    var gathered = Intake.Gathered()
    text.withUnsafeBytes {
      intake.add(&draft, body: $0, content, into: &gathered.outgoing)
    }
    _ = try await intake.append(gathered, .synced)
    return .json(Array(echo.text().utf8), status: 202)
  }

  /// The payload of a webhook's trigger.
  private static func payload(_ request: Request, _ body: JSONValue) -> JSONValue {
    let kept = request.headers.filter { !credentials.contains($0.name.lowercased()) }
    let headers = JSONObject(kept.map { (canonical($0.name), .string($0.value)) })
    let lowered = JSONObject(kept.map { ($0.name.lowercased(), .string($0.value)) })
    return ["headers": .object(headers), "headers_lower": .object(lowered), "body": body]
  }

  /// `content-type` as `Content-Type`, which is how StackStorm shows names.
  private static func canonical(_ name: String) -> String {
    name.split(separator: "-", omittingEmptySubsequences: false)
      .map { $0.prefix(1).uppercased() + $0.dropFirst().lowercased() }
      .joined(separator: "-")
  }

  /// What StackStorm makes of a body: JSON where nothing else is said, an object or an array; a
  /// form is an object whose members are lists, without what is empty.
  private static func body(of request: Request) throws -> JSONValue {
    let type = (request.header("content-type") ?? "application/json").lowercased()
    let name = type.prefix { $0 != ";" }.filter { $0 != " " }
    switch name {
    case "application/json", "text/json", "text/plain", "":
      guard !request.body.isEmpty else { return [:] }
      return try parsed(request.body)
    case "application/x-www-form-urlencoded":
      let form: FormItems
      do { form = try request.form() } catch { throw Fault(400, "\(error)") }
      var object: JSONObject = [:]
      for name in form.items.map(\.name) where object[name] == nil {
        let values = form.values(name).filter { !$0.isEmpty }
        if !values.isEmpty { object[name] = .array(values.map { .string($0) }) }
      }
      return .object(object)
    default:
      throw Fault(400, "Failed to parse request body: Unsupported Content-Type: \"\(name)\"")
    }
  }

  private static func parsed(_ bytes: [UInt8]) throws(Fault) -> JSONValue {
    let value: JSONValue
    do {
      value = try JSONValue(
        parsing: bytes, limits: JSONLimits(depthMax: Limits.nestingMax, bytesMax: bytes.count))
    } catch {
      throw Fault(400, "Failed to parse request body: \(error)")
    }
    switch value {
    case .object, .array: return value
    default: throw Fault(400, "\(value.text()) is not of type 'object', 'array'")
    }
  }

  private func list() -> Response {
    var writer = JSONWriter()
    writer.beginArray()
    for (url, triggers) in intake.content.content.hooks.sorted(by: { $0.key < $1.key }) {
      for trigger in triggers {
        writer.value(
          .object([
            "type": .string(trigger.type.ref), "parameters": ["url": .string(url)],
            "ref": .string(trigger.ref),
          ]))
      }
    }
    writer.endArray()
    return .json(writer.bytes)
  }
}
