import HTTPServer
import Threads

/// A running server on a free port of the loopback, and what its log was told.
final class TestServer: Sendable {
  let server: HTTPServer
  let port: UInt16
  private let entries = Locked<[AccessEntry]>([])

  init(
    _ change: (inout ServerConfiguration) -> Void, _ routes: (HTTPServer) -> Void
  ) throws {
    var configuration = ServerConfiguration(addresses: [.tcp(host: "127.0.0.1", port: 0)])
    let entries = entries
    configuration.accessLog = { entry in entries.withLock { $0.append(entry) } }
    change(&configuration)
    server = HTTPServer(configuration)
    routes(server)
    try server.start()
    port = server.port ?? 0
  }

  convenience init(_ routes: (HTTPServer) -> Void) throws {
    try self.init({ _ in }, routes)
  }

  var log: [AccessEntry] { entries.withLock { $0 } }

  func stop() async { await server.drain(within: .milliseconds(0)) }

  /// Sends bytes and returns everything that comes until the server closes.
  func talk(_ text: String, close: Bool = true) async throws -> String {
    let port = port
    return try await onThread {
      guard let client = TestClient.connect(port: port) else { return "no connection" }
      client.send(text)
      if close { client.finishSending() }
      return client.receiveAll()
    }
  }
}

extension String {
  /// The status of each final or interim answer in a transcript.
  var statuses: [String] {
    let bytes = Array(utf8), mark = Array("HTTP/1.1 ".utf8)
    let answers = bytes.indices.dropLast(mark.count + 3).filter { bytes[$0...].starts(with: mark) }
    return answers.map { String(decoding: bytes[($0 + 9)..<($0 + 12)], as: UTF8.self) }
  }
}
