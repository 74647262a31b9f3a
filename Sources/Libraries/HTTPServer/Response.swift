/// One answer. `Content-Length`, `Transfer-Encoding`, `Connection` and `Date` are the server's and
/// must not be among the headers.
public struct Response: Sendable {
  public typealias Header = (name: String, value: String)

  enum Body: Sendable {
    case bytes([UInt8])
    case stream(@Sendable (BodyWriter) async throws -> Void)
    case events(EventSubscription)
  }

  public var status: Int
  public var headers: [Header]
  var body: Body

  /// An answer that is complete.
  public init(_ status: Int, headers: [Header] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = .bytes(body)
  }

  /// Bytes that are JSON already.
  public static func json(_ bytes: [UInt8], status: Int = 200) -> Response {
    Response(status, headers: [("Content-Type", "application/json")], body: bytes)
  }

  public static func text(_ text: String, status: Int = 200) -> Response {
    Response(
      status, headers: [("Content-Type", "text/plain; charset=utf-8")], body: [UInt8](text.utf8))
  }

  /// An answer of any length, written piece by piece on the cooperative pool. When `produce`
  /// throws, the connection is cut, so that the client sees that something is missing.
  public static func stream(
    contentType: String, status: Int = 200,
    _ produce: @escaping @Sendable (BodyWriter) async throws -> Void
  ) -> Response {
    var response = Response(status, headers: [("Content-Type", contentType)])
    response.body = .stream(produce)
    return response
  }

  /// An answer that never ends by itself: events of a channel as they are published.
  public static func events(_ subscription: EventSubscription) -> Response {
    var response = Response(
      200, headers: [("Content-Type", "text/event-stream"), ("Cache-Control", "no-cache")])
    response.body = .events(subscription)
    return response
  }

  /// The bytes of a complete answer; nil where it is written piece by piece.
  public var bytes: [UInt8]? {
    if case .bytes(let bytes) = body { return bytes }
    return nil
  }

  /// The server's own answer to what it cannot serve.
  static func fault(_ status: Int, _ reason: String) -> Response {
    var text: [UInt8] = Array(#"{"faultstring": ""#.utf8)
    for byte in reason.utf8 {
      switch byte {
      case 0x22, 0x5c: text += [0x5c, byte]
      case 0..<0x20: text.append(0x20)
      default: text.append(byte)
      }
    }
    text += Array("\"}\n".utf8)
    var response = Response.json(text, status: status)
    if status == 503 || status == 429 { response.headers.append(("Retry-After", "1")) }
    return response
  }
}
