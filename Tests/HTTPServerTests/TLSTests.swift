import Glibc
import HTTPServer
import TestSupport
import Testing

@Suite struct TLSTests {
  private static func routes(_ server: HTTPServer) {
    server.onLoop(.get, "/") { request, _ in .text("encrypted \(request.isEncrypted)") }
    server.on(.get, "/large") { _ in
      Response(200, body: [UInt8](repeating: 0x61, count: 5_000_000))
    }
    server.on(.post, "/") { request in .text("\(request.body.count)") }
  }

  private static func request(_ target: String) -> String {
    "GET \(target) HTTP/1.1\r\nHost: h\r\n\r\n"
  }

  private static func serve(
    _ folder: String, _ change: (inout ServerConfiguration) -> Void = { _ in }
  ) throws -> TestServer {
    try TestServer(
      { configuration in
        configuration.tls = TestCertificate.write(serial: 1, to: folder)
        configuration.addresses = [.tls(host: "127.0.0.1", port: 0)]
        change(&configuration)
      }, routes)
  }

  @Test func requestsAreAnsweredOverTLS() async throws {
    let folder = TemporaryFolder()
    let server = try Self.serve(folder.path)
    let port = server.port
    let bodies = try await onThread { () -> [[UInt8]] in
      guard let client = TLSTestClient(port: port) else { return [] }
      client.send(Self.request("/"))
      var bodies = [client.receive(bodyBytes: 14)]
      client.send(Self.request("/large"))
      bodies.append(client.receive(bodyBytes: 5_000_000))
      let body = String(repeating: "b", count: 300_000)
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n" + body)
      bodies.append(client.receive(bodyBytes: 6))
      return bodies
    }
    #expect(bodies.first == Array("encrypted true".utf8))
    #expect(bodies.dropFirst().first == [UInt8](repeating: 0x61, count: 5_000_000))
    #expect(bodies.last == Array("300000".utf8))
    await server.stop()
  }

  @Test func aReloadServesTheNewCertificate() async throws {
    let folder = TemporaryFolder()
    let server = try Self.serve(folder.path)
    let port = server.port
    let old = try #require(try await onThread { TLSTestClient(port: port) })
    #expect(old.serial == 1)
    _ = TestCertificate.write(serial: 2, to: folder.path)
    try server.server.reloadCertificate()
    let serial = try await onThread { () -> Int in
      // Connections accepted before the loop has read its mail still get the first one.
      for _ in 0..<1000 {
        let serial = TLSTestClient(port: port)?.serial ?? 0
        if serial != 1 { return serial }
      }
      return 1
    }
    #expect(serial == 2)
    let body = try await onThread { () -> [UInt8] in
      old.send(Self.request("/"))
      return old.receive(bodyBytes: 14)
    }
    #expect(body == Array("encrypted true".utf8), "old connections go on")

    close(open(folder.path + "/key.pem", O_TRUNC | O_WRONLY))
    let error = #expect(throws: HTTPServerError.self) { try server.server.reloadCertificate() }
    #expect(error?.description.contains("key.pem") == true)
    #expect(try await onThread { TLSTestClient(port: port)?.serial } == 2, "the last one stays")
    await server.stop()
  }

  @Test func certificateAndKeyMustFit() throws {
    let one = TemporaryFolder(), two = TemporaryFolder()
    var configuration = ServerConfiguration(addresses: [.tls(host: "127.0.0.1", port: 0)])
    let first = TestCertificate.write(serial: 1, to: one.path)
    let second = TestCertificate.write(serial: 2, to: two.path)
    configuration.tls = TLSFiles(certificate: first.certificate, key: second.key)
    let server = HTTPServer(configuration)
    #expect(throws: HTTPServerError.self) { try server.start() }
  }

  @Test func plainTextAndSilenceAreClosed() async throws {
    let folder = TemporaryFolder()
    let server = try Self.serve(folder.path) { $0.limits.handshakeDeadlineMs = 50 }
    #expect(try await server.talk(Self.request("/"), close: false).statuses.isEmpty)
    #expect(try await server.talk("", close: false).isEmpty)
    await server.stop()
  }
}
