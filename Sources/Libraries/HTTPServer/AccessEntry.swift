/// What the access log is told about one answered, refused or abandoned request.
public struct AccessEntry: Sendable {
  let head: RequestHead?
  public let remote: RemoteAddress
  /// The pattern of its route; "" where none matched.
  public let routePattern: String
  /// 0 where the client went before it was answered.
  public let status: Int
  /// Of the body as it came over the wire, without framing.
  public let requestBodyBytes: Int
  /// Of the whole answer, head and framing with it.
  public let responseBytes: Int
  /// From the end of the head to the end of the answer.
  public let durationUs: Int64

  /// "-" where the head could not be understood.
  public var method: String { head?.method.rawValue ?? "-" }

  /// Path and query as they were sent; "-" where the head could not be understood.
  public var target: String { head.map { $0.text($0.line.target) } ?? "-" }

  public func header(_ name: String) -> String? { head?.value(name) }
}
