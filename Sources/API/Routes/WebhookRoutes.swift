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
    guard !space.isLow else { return .refusal(space.refusal) }
    do {
      let hook = Trigger.hookName(request.parameter("hook") ?? "")
      let body = try Self.body(of: request)
      return hook == "st2"
        ? try await generic(request, body) : try await custom(hook, request, body)
    } catch let fault as Fault {
      return .fault(fault.status, fault.text)
    } catch let refusal as EventDraft.Refusal {
      return .fault(400, refusal.description)
    } catch let error as LogError {
      return .of(error)
    } catch {
      return .fault(500, "\(error)")
    }
  }

  private func custom(
    _ hook: String, _ request: Request, _ body: JSONValue
  ) async throws -> Response {
    let content = intake.content.content
    guard content.hooks[hook] != nil else {
      throw Fault(404, "Webhook not found: \(hook)")
    }
    let payload = Self.payload(request, body)
    let text = Array(payload.text().utf8)
    var draft = try EventDraft(
      hook: hook, try JSONDocument(parsing: text, limits: Limits.json).root, content)
    draft.head.traceTag = request.header("st2-trace-tag")
    draft.head.senderID = request.header("idempotency-key") ?? request.header("webhook-id")
    return try await take(&draft, text, content, echo: body)
  }

  private func generic(_ request: Request, _ body: JSONValue) async throws -> Response {
    guard let object = body.objectValue else {
      throw Fault(400, "the body must be an object with trigger and payload")
    }
    guard let trigger = object["trigger"]?.stringValue else {
      throw Fault(400, "Trigger not specified.")
    }
    let event: JSONValue = [
      "trigger": .string(trigger), "payload": object["payload"] ?? [:],
    ]
    let text = Array(event.text().utf8)
    let content = intake.content.content
    var draft = try EventDraft(try JSONDocument(parsing: text).root, content)
    draft.head.traceTag = request.header("st2-trace-tag")
    draft.head.senderID = request.header("idempotency-key")
    return try await take(&draft, text, content, echo: body)
  }

  private func take(
    _ draft: inout EventDraft, _ text: [UInt8], _ content: Content, echo: JSONValue
  ) async throws -> Response {
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

  private static func body(of request: Request) throws -> JSONValue {
    let type = (request.header("content-type") ?? "application/json").lowercased()
    let name = type.prefix { $0 != ";" }.filter { $0 != " " }
    switch name {
    case "application/json", "text/json", "":
      guard !request.body.isEmpty else { return [:] }
      do {
        return try JSONValue(
          parsing: request.body,
          limits: JSONLimits(depthMax: Limits.nestingMax, bytesMax: request.body.count))
      } catch {
        throw Fault(400, "Failed to parse request body: \(error)")
      }
    case "application/x-www-form-urlencoded":
      let form: FormItems
      do { form = try request.form() } catch { throw Fault(400, "\(error)") }
      var object: JSONObject = [:]
      for name in form.items.map(\.name) where object[name] == nil {
        let values = form.values(name)
        object[name] =
          values.count == 1 ? .string(values[0]) : .array(values.map { .string($0) })
      }
      return .object(object)
    default:
      throw Fault(
        400,
        "Unsupported Content-Type: '\(name)'; use application/json or "
          + "application/x-www-form-urlencoded")
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
