import Glibc
import HTTPServer
import TestSupport
import Testing

/// Where a server listens.
@Suite struct AddressTests {
  private static func routes(_ server: HTTPServer) {
    server.onLoop(.get, "/") { request, _ in
      .text("local \(request.isLocal) \(request.remote.address)")
    }
  }

  private static let get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

  private static func talk(_ path: String) async throws -> String {
    try await onThread {
      guard let client = TestClient.connect(path: path) else { return "no connection" }
      client.send(get)
      client.finishSending()
      return client.receiveAll()
    }
  }

  @Test func aUnixSocketIsForItsOwnerOnly() async throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/socket"
    let server = try TestServer({ $0.addresses.append(.unix(path: path)) }, Self.routes)
    var status = stat()
    #expect(lstat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    #expect(try await Self.talk(path).hasSuffix("local true local"))
    #expect(try await server.talk(Self.get).hasSuffix("local false 127.0.0.1"))
    let second = HTTPServer(ServerConfiguration(addresses: [.unix(path: path)]))
    #expect(throws: HTTPServerError.self, "it is served") { try second.start() }
    await server.stop()
    #expect(lstat(path, &status) != 0, "the file has gone")
  }

  @Test func aDeadUnixSocketIsReplacedButNoOtherFile() async throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/socket"
    let fd = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let bound = withUnsafeBytes(of: &address) { bytes in
      bytes.withMemoryRebound(to: sockaddr.self) { bind(fd, $0.baseAddress, size) }
    }
    #expect(bound == 0)
    close(fd)
    let server = try TestServer({ $0.addresses.append(.unix(path: path)) }, Self.routes)
    #expect(try await Self.talk(path).statuses == ["200"])
    await server.stop()

    close(open(path, O_CREAT | O_WRONLY, 0o600))
    let second = HTTPServer(ServerConfiguration(addresses: [.unix(path: path)]))
    #expect(throws: HTTPServerError.self) { try second.start() }
    #expect(unlink(path) == 0, "the file is still there")
  }

  @Test func whoConnectsBeforeTheStartIsServedByIt() async throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/socket"
    let server = HTTPServer(ServerConfiguration(addresses: [.unix(path: path)]))
    try server.listen()
    let client = try #require(TestClient.connect(path: path))
    client.send(Self.get)
    client.finishSending()
    Self.routes(server)
    try server.start()
    #expect(try await onThread { client.receiveAll() }.statuses == ["200"])
    await server.drain(within: .zero)
  }

  @Test func aServerThatIsNeverStartedFreesItsPlace() async throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/socket"
    let first = HTTPServer(ServerConfiguration(addresses: [.unix(path: path)]))
    try first.listen()
    let second = HTTPServer(ServerConfiguration(addresses: [.unix(path: path)]))
    #expect(throws: HTTPServerError.self) { try second.listen() }
    await first.drain(within: .zero)
    var status = stat()
    #expect(lstat(path, &status) != 0)
    try second.listen()
    await second.drain(within: .zero)
  }

  @Test func aPathOfASocketHasItsLimit() {
    let path = "/tmp/" + String(repeating: "a", count: 103)
    let server = HTTPServer(ServerConfiguration(addresses: [.unix(path: path)]))
    let error = #expect(throws: HTTPServerError.self) { try server.start() }
    #expect(error?.description.contains("File name too long") == true)
  }

  @Test(.enabled(if: hasIPv6)) func bothFamiliesAreServed() async throws {
    let server = try TestServer({ $0.addresses = [.tcp(host: "::", port: 0)] }, Self.routes)
    #expect(try await server.talk(Self.get).hasSuffix("local false 127.0.0.1"))
    await server.stop()
  }

  private static var hasIPv6: Bool {
    let server = HTTPServer(ServerConfiguration(addresses: [.tcp(host: "::1", port: 0)]))
    guard (try? server.start()) != nil else { return false }
    Task { await server.drain(within: .zero) }
    return true
  }
}
