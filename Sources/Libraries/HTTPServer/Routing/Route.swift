/// One operation: method, pattern, how much body it takes and who serves it.
final class Route: Sendable {
  enum Service: Sendable {
    /// On the loop thread; nil means that the answer comes later through the responder.
    case loop(@Sendable (Request, Responder) -> Response?)
    /// On the cooperative pool, with the whole body.
    case task(@Sendable (Request) async -> Response)
    /// On the loop thread, body in pieces.
    case sink(@Sendable (Request, Responder) -> UploadStart)
    /// On the cooperative pool, body in pieces.
    case upload(@Sendable (Request, RequestBody) async -> Response)
  }

  let method: HTTPMethod
  let patternText: String
  let pattern: PathPattern
  let names: [String]
  let bodyBytesMax: Int
  let service: Service

  init(_ method: HTTPMethod, _ pattern: String, bodyBytesMax: Int, _ service: Service) {
    self.method = method
    patternText = pattern
    self.pattern = PathPattern(pattern)
    names = self.pattern.names
    self.bodyBytesMax = bodyBytesMax
    self.service = service
  }
}
