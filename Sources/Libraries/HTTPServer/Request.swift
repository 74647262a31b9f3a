/// One request with its whole body (empty where a route takes the body in pieces). A value that can
/// be handed to any thread; texts are made when they are asked for.
public struct Request: Sendable {
  let head: RequestHead
  let pattern: String
  let parameterNames: [String]
  let parameterValues: [String]
  public let query: FormItems
  public let remote: RemoteAddress
  /// Whether the connection is encrypted.
  public let isEncrypted: Bool
  public internal(set) var body: [UInt8] = []

  /// HEAD too, where GET serves it.
  public var method: HTTPMethod { head.line.method }

  /// The path as it was sent, without the query, still encoded.
  public var path: String { head.text(head.line.path) }

  /// The query as it was sent, without `?`, still encoded.
  public var rawQuery: String { head.text(head.line.query) }

  /// The pattern of the route that serves this request, for metrics; "" where there is none.
  public var routePattern: String { pattern }

  /// Whether the peer came through a Unix socket.
  public var isLocal: Bool { remote.isLocal }

  /// The decoded segment that stood at `{name}`; a rest keeps its slashes.
  public func parameter(_ name: String) -> String? {
    for index in parameterNames.indices where parameterNames[index] == name {
      return parameterValues[index]
    }
    return nil
  }

  /// The value of the first header of that name, in any case.
  public func header(_ name: String) -> String? { head.value(name) }

  /// The values of every header of that name, in the order in which they came.
  public func headerValues(_ name: String) -> [String] { head.values(name) }

  /// All headers, names in small letters, in the order in which they came.
  public var headers: [(name: String, value: String)] { head.headers }

  /// The value of a cookie.
  public func cookie(_ name: String) -> String? {
    for line in head.values("cookie") {
      for pair in line.split(separator: ";") {
        let parts = pair.drop { $0 == " " }.split(
          separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, parts[0] == name { return String(parts[1]) }
      }
    }
    return nil
  }

  /// The body as a form. Throws `.badRequest` where it is malformed.
  public func form() throws(HTTPServerError) -> FormItems { try FormItems(parsing: body) }

  /// Whether the client takes a gzip answer.
  var acceptsGzip: Bool {
    for line in head.values("accept-encoding") {
      for item in line.split(separator: ",") {
        let parts = item.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
        guard parts.first == "gzip" || parts.first == "*" else { continue }
        return !parts.dropFirst().contains {
          $0.hasPrefix("q=0") && !$0.contains { "1"..."9" ~= $0 }
        }
      }
    }
    return false
  }
}
