import Curl
import Testing

@Suite struct PerformTests {
  let client: HTTPClient

  init() throws { client = try HTTPClient() }

  func request(_ method: String = "GET", _ url: String) -> HTTPRequest {
    var request = HTTPRequest(method, url)
    request.proxy = .none
    return request
  }

  @Test func getGivesStatusHeadersAndBody() async throws {
    let server = TinyServer { _, peer in
      peer.respond(201, ["X-One: 1", "x-two:  two words \t", "X-One: again", "X-Empty:"], "hello")
    }
    var request = request("GET", "\(server.url)/a/b?c=d%20e")
    request.headers = [("X-Sent", "yes"), ("X-Nothing", "")]
    let response = try await client.perform(request)
    #expect(response.status == 201)
    #expect(response.body == Array("hello".utf8))
    #expect(response.header("x-ONE") == "1")
    #expect(response.header("X-Two") == "two words")
    #expect(
      response.headers.map(\.name) == ["Content-Length", "X-One", "x-two", "X-One", "X-Empty"])
    #expect(response.header("x-empty") == "")
    #expect(response.header("absent") == nil)
    #expect(response.url == "\(server.url)/a/b?c=d%20e")
    #expect(response.redirects == 0)
    #expect(!response.isTruncated)
    #expect(response.durationUs > 0)

    let received = server.received[0]
    #expect(received.line == "GET /a/b?c=d%20e HTTP/1.1")
    #expect(received.header("X-Sent") == "yes")
    #expect(received.header("X-Nothing") == "")
    #expect(received.header("Content-Length") == nil)
  }

  @Test(arguments: ["POST", "PUT", "PATCH", "DELETE", "GET", "QUERY"])
  func bodyArrivesAsItIs(method: String) async throws {
    let server = TinyServer { _, peer in peer.respond(200) }
    let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 13) }
    var request = request(method, server.url)
    request.body = .bytes(body)
    _ = try await client.perform(request)
    let received = server.received[0]
    #expect(received.method == method)
    #expect(received.body == body)
    #expect(received.header("Content-Length") == "300000")
    #expect(received.header("Expect") == nil)
    #expect(received.header("Content-Type") == nil)
  }

  @Test(
    arguments: [
      ("POST", "0"), ("PUT", "0"), ("PATCH", "0"), ("DELETE", nil), ("OPTIONS", nil), ("HEAD", nil),
    ] as [(String, String?)])
  func requestWithoutABody(method: String, length: String?) async throws {
    let server = TinyServer { received, peer in
      received.method == "HEAD"
        ? _ = peer.write("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n") : peer.respond(200)
    }
    let response = try await client.perform(request(method, server.url))
    #expect(response.status == 200)
    #expect(response.body == [])
    #expect(server.received[0].method == method)
    #expect(server.received[0].header("Content-Length") == length)
  }

  @Test func connectionsAreUsedAgain() async throws {
    let server = TinyServer { _, peer in peer.respond(200, [], "x") }
    for _ in 0..<5 { _ = try await client.perform(request("GET", server.url)) }
    #expect(server.received.count == 5)
    #expect(server.connections == 1)
  }

  @Test func unixSocketStandsForTheHost() async throws {
    let path = "/tmp/curl-tests-\(UInt64.random(in: 0...UInt64.max)).sock"
    let server = TinyServer(socketPath: path) { _, peer in peer.respond(200, [], "local") }
    var request = HTTPRequest("GET", "http://petrel/x")
    request.socketPath = path
    request.proxy = .url("http://127.0.0.1:1")
    let response = try await client.perform(request)
    #expect(response.body == Array("local".utf8))
    #expect(server.received[0].header("Host") == "petrel")
    removeFile(path)
  }

  @Test func proxyIsAskedForTheWholeURL() async throws {
    let proxy = TinyServer { _, peer in peer.respond(200, [], "by proxy") }
    var request = HTTPRequest("GET", "http://example.invalid/x")
    request.proxy = .url("http://u:p@127.0.0.1:\(proxy.port)")
    #expect(try await client.perform(request).body == Array("by proxy".utf8))
    #expect(proxy.received[0].line == "GET http://example.invalid/x HTTP/1.1")
    #expect(proxy.received[0].header("Proxy-Authorization") == "Basic dTpw")
  }

  // MARK: Credentials and cookies

  @Test func basicCredentialsGoWithTheFirstRequest() async throws {
    let server = TinyServer { _, peer in peer.respond(200) }
    var request = request("GET", server.url)
    request.credentials = .basic(user: "ünal", password: "pass:word")
    _ = try await client.perform(request)
    #expect(server.received[0].header("Authorization") == "Basic w7xuYWw6cGFzczp3b3Jk")
  }

  @Test func digestAnswersTheChallengeAndSendsTheBodyThen() async throws {
    let server = TinyServer { received, peer in
      let challenge = #"WWW-Authenticate: Digest realm="r", nonce="n1", qop="auth""#
      received.header("Authorization") == nil
        ? peer.respond(401, [challenge], "who are you?") : peer.respond(200, [], "welcome")
    }
    var request = request("POST", "\(server.url)/x")
    request.credentials = .digest(user: "u", password: "p")
    request.body = .bytes([1, 2, 3])
    let response = try await client.perform(request)
    #expect(response.status == 200)
    #expect(response.body == Array("welcome".utf8))
    #expect(response.header("WWW-Authenticate") == nil)
    let answer = server.received[1].header("Authorization") ?? ""
    #expect(answer.hasPrefix("Digest "))
    #expect(answer.contains(#"username="u""#))
    #expect(answer.contains(#"uri="/x""#))
    #expect(!answer.contains(#""p""#))
    #expect(server.received[1].body == [1, 2, 3])
  }

  @Test func cookiesAreSent() async throws {
    let server = TinyServer { _, peer in peer.respond(200) }
    var request = request("GET", server.url)
    request.cookies = [("a", "1"), ("b", "x=y")]
    _ = try await client.perform(request)
    #expect(server.received[0].header("Cookie") == "a=1; b=x=y")
  }

  // MARK: Many at once

  @Test func manyRequestsRunAtOnce() async throws {
    // Every answer waits until all requests are there, so fewer at once would never end.
    let gate = Gate()
    let server = TinyServer { received, peer in
      if received.target == "/40" { for _ in 0..<40 { gate.open() } }
      gate.wait()
      gate.open()
      peer.respond(200, [], received.target)
    }
    let bodies = try await withThrowingTaskGroup(of: String.self) { group in
      for index in 1...40 {
        group.addTask {
          let response = try await client.perform(request("GET", "\(server.url)/\(index)"))
          return String(decoding: response.body, as: UTF8.self)
        }
      }
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(bodies == Set((1...40).map { "/\($0)" }))
  }

  @Test func placesAndQueueAreBounded() async throws {
    var limits = HTTPClient.Limits()
    limits.transfersMax = 2
    limits.waitingMax = 1
    let client = try HTTPClient(limits)
    let arrived = Gate()
    let release = Gate()
    let server = TinyServer { _, peer in
      arrived.open()
      release.wait()
      peer.respond(200)
    }
    async let first = client.perform(request("GET", server.url))
    async let second = client.perform(request("GET", server.url))
    await arrived.wait()
    await arrived.wait()

    // The third waits; it gives up when its time is over, without having been sent.
    var third = request("GET", server.url)
    third.timeLimits.totalMs = 1
    let error = await #expect(throws: CurlError.self) { try await client.perform(third) }
    guard case .timedOut = error else {
      Issue.record("expected a time-out, found \(String(describing: error))")
      return
    }
    #expect(server.received.count == 2)

    // With a third waiting for longer the fourth is refused.
    let waiting = Task {
      while true {
        do throws(CurlError) {
          return try await client.perform(request("GET", server.url))
        } catch {
          // One of the requests below has the place for its millisecond.
          guard case .busy = error else { throw error }
          await Task.yield()
        }
      }
    }
    var refused: CurlError?
    while refused == nil {
      do throws(CurlError) {
        _ = try await client.perform(third)
      } catch {
        if case .busy = error { refused = error }
      }
    }
    #expect(refused?.description.contains("3 requests are under way") == true)
    for _ in 0..<3 { release.open() }
    #expect(try await first.status == 200)
    #expect(try await second.status == 200)
    #expect(try await waiting.value.status == 200)
  }
}
