import Connectors
import HTTPServer
import JSON
import Streams

/// Routes whose service may throw: a `Fault` is the answer it says, everything else is told apart
/// by whether it may work again later.
extension HTTPServer {
  /// Serves a path of Petrel's own.
  func serve(
    _ method: HTTPMethod, _ path: String, bodyBytesMax: Int = HTTPServer.bodyBytesMaxDefault,
    _ serve: @escaping @Sendable (Request) async throws -> Response
  ) {
    on(method, path, bodyBytesMax: bodyBytesMax) { request in
      do { return try await serve(request) } catch { return .of(error) }
    }
  }

  /// Serves a path of StackStorm's, with each of its prefixes.
  func serveStackStorm(
    _ method: HTTPMethod, _ path: String, bodyBytesMax: Int = HTTPServer.bodyBytesMaxDefault,
    _ serve: @escaping @Sendable (Request) async throws -> Response
  ) {
    for prefix in ["/api/v1", "/v1", ""] {
      self.serve(method, prefix + path, bodyBytesMax: bodyBytesMax, serve)
    }
  }
}

extension Response {
  static func of(_ error: any Error) -> Response {
    switch error {
    case let fault as Fault: return .fault(fault.status, fault.text)
    case let error as LogError: return .of(error)
    case View.Failure.broken(let why): return .fault(500, why)
    case let failure as View.Failure:
      var response = fault(503, "\(failure)")
      response.headers.append(("Retry-After", "1"))
      return response
    case HTTPServerError.busy: return .fault(429, "\(HTTPServerError.busy)")
    case let error as HTTPServerError: return .fault(400, "\(error)")
    default: return .fault(500, "\(error)")
    }
  }

  /// One object as JSON.
  static func json(status: Int = 200, _ write: (inout JSONWriter) -> Void) -> Response {
    var writer = JSONWriter()
    write(&writer)
    return .json(writer.bytes, status: status)
  }
}
