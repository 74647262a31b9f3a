import Curl
import Glibc
import Testing

func removeFile(_ path: String) { unlink(path) }

@Suite struct FailureTests {
  let client: HTTPClient

  init() throws { client = try HTTPClient() }

  func request(_ method: String = "GET", _ url: String) -> HTTPRequest {
    var request = HTTPRequest(method, url)
    request.proxy = .none
    return request
  }

  func kind(_ error: CurlError?) -> String {
    switch error {
    case .invalidRequest: "invalidRequest"
    case .busy: "busy"
    case .couldNotConnect: "couldNotConnect"
    case .timedOut: "timedOut"
    case .tls: "tls"
    case .tooLarge: "tooLarge"
    case .bodyFailed: "bodyFailed"
    case .cancelled: "cancelled"
    case .other: "other"
    case nil: "none"
    }
  }

  func failure(_ request: HTTPRequest) async -> CurlError? {
    do throws(CurlError) {
      _ = try await client.perform(request)
      return nil
    } catch {
      return error
    }
  }

  // MARK: Requests that are wrong

  static let wrong: [(String, @Sendable (inout HTTPRequest) -> Void, String)] = [
    ("no scheme", { $0.url = "example.com/" }, "a URL that begins with http:// or https://"),
    ("file", { $0.url = "file:///etc/passwd" }, "a URL that begins with http:// or https://"),
    ("blank", { $0.url = "http://example.com/a b" }, "a URL without blanks"),
    ("line in URL", { $0.url = "http://example.com/\r\nX: y" }, "a URL without blanks"),
    ("no host", { $0.url = "http://" }, ""),
    ("bad port", { $0.url = "http://127.0.0.1:99999/" }, ""),
    ("method", { $0.method = "GET /x" }, "a method, found 'GET /x'"),
    ("empty method", { $0.method = "" }, "a method, found ''"),
    ("header name", { $0.headers = [("A b", "c")] }, "the name of a header, found 'A b'"),
    ("header line", { $0.headers = [("A", "b\r\nC: d")] }, "header 'A' in one line"),
    ("length", { $0.headers = [("Content-length", "5")] }, "no header 'Content-length'"),
    ("cookie", { $0.cookies = [("a", "b; c=d")] }, "cookie 'a' in one line without ';'"),
    ("redirects", { $0.redirectsMax = 51 }, "0 to 50 redirects, found 51"),
    ("time", { $0.timeLimits.connectMs = 0 }, "a time limit of 1 to 2147483647 ms, found 0"),
    (
      "HEAD body",
      {
        $0.method = "HEAD"; $0.body = .bytes([1])
      }, "HEAD without a body"
    ),
    ("zero byte", { $0.socketPath = "/tmp/a\u{0}b" }, "no zero byte"),
  ]

  @Test(arguments: wrong.indices) func wrongRequestsAreRefused(index: Int) async {
    var request = request("GET", "http://127.0.0.1:1/")
    Self.wrong[index].1(&request)
    let error = await failure(request)
    #expect(kind(error) == "invalidRequest", "\(Self.wrong[index].0): \(String(describing: error))")
    #expect(
      error?.description.contains(Self.wrong[index].2) == true, "\(String(describing: error))")
  }

  @Test func errorsTellNoSecretsOfTheURL() async {
    let url = "http://user:hunter2@127.0.0.1:1/path?token=hunter2#hunter2"
    let error = await failure(request("GET", url))
    #expect(kind(error) == "couldNotConnect")
    #expect(error?.description.contains("GET http://127.0.0.1:1/path: ") == true)
    #expect(error?.description.contains("hunter2") == false)
  }

  // MARK: Servers that do not answer

  @Test func nobodyListens() async {
    #expect(await kind(failure(request("GET", "http://127.0.0.1:1/"))) == "couldNotConnect")
    #expect(await kind(failure(request("GET", "http://nowhere.invalid/"))) == "couldNotConnect")
    var local = request("GET", "http://localhost/")
    local.socketPath = "/tmp/no-such.sock"
    #expect(await kind(failure(local)) == "couldNotConnect")
  }

  @Test func silentServerTimesOut() async {
    let server = TinyServer { _, peer in peer.waitForClose() }
    var request = request("GET", server.url)
    request.timeLimits.totalMs = 50
    #expect(await kind(failure(request)) == "timedOut")
  }

  @Test func serverThatStallsTimesOutByIdleness() async {
    let server = TinyServer { _, peer in
      peer.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
      peer.waitForClose()
    }
    var request = request("GET", server.url)
    request.timeLimits.totalMs = nil
    request.timeLimits.idleMs = 1
    #expect(await kind(failure(request)) == "timedOut")
  }

  @Test func serverThatSpeaksNoTLS() async {
    let server = TinyServer(greeting: "220 mail.example.com ESMTP\r\n") { _, peer in
      peer.waitForClose()
    }
    #expect(await kind(failure(request("GET", "https://127.0.0.1:\(server.port)/"))) == "tls")
  }

  @Test(arguments: [
    "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", "",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
  ])
  func brokenResponsesAreErrors(bytes: String) async {
    let server = TinyServer { _, peer in
      peer.write(bytes)
      shutdown(peer.descriptor, Int32(SHUT_RDWR))
    }
    #expect(await kind(failure(request("GET", server.url))) == "other")
  }

  // MARK: Sizes

  @Test(arguments: [(1_000, "none"), (999, "tooLarge"), (0, "tooLarge")])
  func responseAtTheLimitAndAbove(bytesMax: Int, expected: String) async {
    let server = TinyServer { _, peer in
      peer.respond(200, [], String(repeating: "x", count: 1_000))
    }
    var request = request("GET", server.url)
    request.responseBytesMax = bytesMax
    let error = await failure(request)
    #expect(kind(error) == expected)
    if let error { #expect(error == .tooLarge(bytesMax: bytesMax)) }
  }

  @Test(arguments: [(1_001, 1_000, false), (1_000, 1_000, false), (999, 999, true), (0, 0, true)])
  func truncatedResponseSaysSo(bytesMax: Int, kept: Int, isTruncated: Bool) async throws {
    let server = TinyServer { _, peer in
      peer.respond(200, ["X-A: b"], String(repeating: "x", count: 1_000))
    }
    var request = request("GET", server.url)
    request.responseBytesMax = bytesMax
    request.truncatesResponse = true
    let response = try await client.perform(request)
    #expect(response.body == [UInt8](repeating: UInt8(ascii: "x"), count: kept))
    #expect(response.isTruncated == isTruncated)
    #expect(response.header("x-a") == "b")
  }

  @Test func endlessHeadersAreTooLarge() async {
    let server = TinyServer { _, peer in
      peer.write("HTTP/1.1 200 OK\r\n")
      while peer.write("X-More: " + String(repeating: "y", count: 1_000) + "\r\n") {}
    }
    #expect(await kind(failure(request("GET", server.url))) == "tooLarge")
  }

  /// The limit counts what comes out, not what goes over the wire.
  @Test func compressedResponsesAreDecodedAndLimited() async throws {
    // 1,000 times "x", made with Python's gzip.compress(b"x" * 1000, mtime=0).
    let packed: [UInt8] = [
      0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xAB, 0xA8, 0x18, 0x05, 0xA3,
      0x60, 0x14, 0x0C, 0x77, 0x00, 0x00, 0xE6, 0xC9, 0x41, 0x3B, 0xE8, 0x03, 0x00, 0x00,
    ]
    let server = TinyServer { _, peer in
      peer.write(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(packed.count)\r\n\r\n")
      peer.write(packed)
    }
    var request = request("GET", server.url)
    request.responseBytesMax = 1_000
    #expect(try await client.perform(request).body.count == 1_000)
    #expect(server.received[0].header("Accept-Encoding")?.contains("gzip") == true)
    request.responseBytesMax = 999
    #expect(await kind(failure(request)) == "tooLarge")
    request.headers = [("Accept-Encoding", "gzip")]
    #expect(try await client.perform(request).body == packed)
  }

  // MARK: Cancellation

  @Test func cancelledTaskBreaksTheTransferOff() async {
    let arrived = Gate()
    let closed = Gate()
    let server = TinyServer { _, peer in
      arrived.open()
      peer.waitForClose()
      closed.open()
    }
    let task = Task { await failure(request("GET", server.url)) }
    await arrived.wait()
    task.cancel()
    #expect(await task.value == .cancelled)
    // The server sees the connection go.
    await closed.wait()
  }

  @Test func taskThatIsCancelledBeforeSendsNothing() async {
    let server = TinyServer { _, peer in peer.waitForClose() }
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await failure(request("GET", server.url))
    }
    #expect(await task.value == .cancelled)
    #expect(server.connections == 0)
  }

  @Test func shutdownEndsEveryRequest() async throws {
    let client = try HTTPClient()
    let arrived = Gate()
    let server = TinyServer { _, peer in
      arrived.open()
      peer.waitForClose()
    }
    let task = Task { try await client.perform(request("GET", server.url)) }
    await arrived.wait()
    client.shutdown()
    await #expect(throws: CurlError.cancelled) { try await task.value }
    await #expect(throws: CurlError.cancelled) {
      try await client.perform(request("GET", server.url))
    }
  }
}
