import HTTPServer
import Testing
import Threads

/// Requests and answers over real sockets.
@Suite struct ServerTests {
  private static func routes(_ server: HTTPServer) {
    server.onLoop(.get, "/loop/{name}") { request, _ in
      .text("\(request.parameter("name") ?? "-") \(request.query["q"] ?? "-")")
    }
    server.onLoop(.post, "/echo", bodyBytesMax: 100) { request, _ in
      Response(200, body: request.body)
    }
    server.on(.post, "/task", bodyBytesMax: 1 << 20) { request in
      .json(Array("\(request.body.count)".utf8), status: 202)
    }
    server.on(.get, "/large") { _ in .json([UInt8](repeating: 0x20, count: 300_000)) }
    server.onLoop(.delete, "/nothing") { _, _ in Response(204) }
  }

  private static let get = "GET /loop/a HTTP/1.1\r\nHost: h\r\n\r\n"

  @Test func aRequestIsAnswered() async throws {
    let server = try TestServer(Self.routes)
    let answer = try await server.talk("GET /loop/a%20b/?q=c+d HTTP/1.1\r\nHost: h\r\n\r\n")
    #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\nDate: "))
    #expect(answer.contains("\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 7\r\n"))
    #expect(answer.hasSuffix("\r\n\r\na b c d"))
    await server.stop()
    let entry = try #require(server.log.first)
    #expect(entry.method == "GET")
    #expect(entry.target == "/loop/a%20b/?q=c+d")
    #expect(entry.routePattern == "/loop/{name}")
    #expect(entry.status == 200)
    #expect(entry.responseBytes == answer.utf8.count)
  }

  @Test(
    arguments: [
      ("GET /none HTTP/1.1\r\nHost: h\r\n\r\n", "404"),
      ("PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", "405"),
      ("GET /loop/%zz HTTP/1.1\r\nHost: h\r\n\r\n", "400"),
      ("GET /loop/a?b=%zz HTTP/1.1\r\nHost: h\r\n\r\n", "400"),
      ("FOO / HTTP/1.1\r\nHost: h\r\n\r\n", "501"), ("GET / HTTP/3.0\r\n\r\n", "505"),
      ("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n", "413"),
      ("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 999999\r\n\r\n", "413"),
      ("POST /echo HTTP/1.1\r\nHost: h\r\nExpect: x\r\n\r\n", "417"),
      (
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\na",
        "415"
      ),
      ("DELETE /nothing HTTP/1.1\r\nHost: h\r\n\r\n", "204"),
    ])
  func otherAnswers(request: String, status: String) async throws {
    let server = try TestServer(Self.routes)
    let answer = try await server.talk(request)
    if status == "413", request.contains("Content-Length: 101") {
      // The rest of a short body is awaited first; here it never comes.
      #expect(answer.statuses.isEmpty)
    } else {
      #expect(answer.statuses == [status])
      #expect(answer.contains(#"{"faultstring": ""#) == (status != "204"))
    }
    if status == "405" { #expect(answer.contains("\r\nAllow: POST\r\n")) }
    if status == "204" { #expect(!answer.contains("Content-Length")) }
    await server.stop()
  }

  @Test func bodiesHaveTheirLimit() async throws {
    let server = try TestServer(Self.routes)
    let body = { (count: Int) in String(repeating: "b", count: count) }
    let plain = { (count: Int) in
      "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: \(count)\r\n\r\n\(body(count))"
    }
    #expect(try await server.talk(plain(100)).hasSuffix(body(100)))
    let over = try await server.talk(plain(101) + Self.get)
    #expect(over.statuses == ["413", "200"], "the connection is kept")
    let chunked = { (count: Int) in
      "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "32\r\n\(body(50))\r\n"
        + "\(String(count - 50, radix: 16))\r\n\(body(count - 50))\r\n0\r\n\r\n"
    }
    #expect(try await server.talk(chunked(100)).hasSuffix(body(100)))
    #expect(try await server.talk(chunked(101)).statuses == ["413"])
    await server.stop()
  }

  @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
    let server = try TestServer(Self.routes)
    let post = "POST /task HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
    let answer = try await server.talk(
      Self.get + post + "GET /large HTTP/1.1\r\nHost: h\r\n\r\n" + post + Self.get)
    #expect(answer.statuses == ["200", "202", "200", "202", "200"])
    await server.stop()
  }

  @Test func headIsAnsweredWithoutBody() async throws {
    let server = try TestServer(Self.routes)
    let answer = try await server.talk("HEAD /large HTTP/1.1\r\nHost: h\r\n\r\n" + Self.get)
    #expect(answer.statuses == ["200", "200"])
    #expect(answer.contains("Content-Length: 300000\r\n\r\nHTTP/1.1"))
    await server.stop()
  }

  @Test func oldClientsAreServed() async throws {
    let server = try TestServer(Self.routes)
    let once = try await server.talk("GET /loop/a HTTP/1.0\r\n\r\n", close: false)
    #expect(once.contains("\r\nConnection: close\r\n"))
    let kept = "GET /loop/a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    let twice = try await server.talk(kept + kept)
    #expect(twice.statuses == ["200", "200"])
    #expect(twice.contains("\r\nConnection: keep-alive\r\n"))
    await server.stop()
  }

  @Test func aClientThatAsksFirstIsToldToGoOn() async throws {
    let server = try TestServer(Self.routes)
    let port = server.port
    let answers = try await onThread { () -> [String] in
      guard let client = TestClient.connect(port: port) else { return [] }
      client.send(
        "POST /task HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
      let first = client.receive(until: "\r\n\r\n")
      client.send("abc")
      client.finishSending()
      return [first, client.receiveAll()]
    }
    #expect(answers.first == "HTTP/1.1 100 Continue\r\n\r\n")
    #expect(answers.last?.statuses == ["202"])
    let refused = try await server.talk(
      "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 101\r\n\r\n",
      close: false)
    #expect(refused.statuses == ["413"], "and closed, because the body may or may not come")
    await server.stop()
  }

  @Test func answersComeFromOtherThreadsInBatches() async throws {
    let waiting = Locked<[Responder]>([])
    let server = try TestServer({ $0.loopCount = 2 }) { server in
      server.onLoop(.post, "/later") { _, responder in
        let batch = waiting.withLock { waiting in
          waiting.append(responder)
          if waiting.count < 5 { return [Responder]() }
          defer { waiting = [] }
          return waiting
        }
        // The stale ones and the second answers are ignored.
        server.answer(batch.map { ($0, Response(202)) } + batch.map { ($0, Response(500)) })
        return nil
      }
    }
    let request = "POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"
    let answers = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<5 { group.addTask { try await server.talk(request) } }
      return try await group.reduce(into: [String]()) { $0.append($1) }
    }
    #expect(answers.map(\.statuses) == Array(repeating: ["202"], count: 5))
    await server.stop()
  }

  @Test func largeJSONIsPackedWhereThatIsTaken() async throws {
    let server = try TestServer(Self.routes)
    let packed = try await server.talk(
      "GET /large HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n\r\n")
    #expect(packed.contains("\r\nContent-Encoding: gzip\r\n"))
    #expect(packed.contains("\r\nVary: Accept-Encoding\r\n"))
    #expect(packed.utf8.count < 20_000)
    let plain = try await server.talk("GET /large HTTP/1.1\r\nHost: h\r\n\r\n")
    #expect(!plain.contains("Content-Encoding"))
    #expect(plain.contains("\r\nVary: Accept-Encoding\r\n"))
    await server.stop()
  }

  @Test func whatNoRouteMatchesCanBeServed() async throws {
    let server = try TestServer(
      { configuration in
        configuration.unmatched = { $0.method == .options ? Response(204) : nil }
      }, Self.routes)
    let answer = try await server.talk(
      "OPTIONS /loop/a HTTP/1.1\r\nHost: h\r\n\r\nGET /none HTTP/1.1\r\nHost: h\r\n\r\n")
    #expect(answer.statuses == ["204", "404"])
    await server.stop()
  }

  @Test func anAddressInUseIsAnError() async throws {
    let server = try TestServer(Self.routes)
    let second = HTTPServer(
      ServerConfiguration(addresses: [.tcp(host: "127.0.0.1", port: server.port)]))
    let error = #expect(throws: HTTPServerError.self) { try second.start() }
    #expect(error?.description.contains("127.0.0.1:\(server.port): bind: ") == true)
    let nowhere = HTTPServer(ServerConfiguration(addresses: [.tcp(host: "256.1.1.1", port: 0)]))
    #expect(throws: HTTPServerError.self) { try nowhere.start() }
    let bare = HTTPServer(ServerConfiguration(addresses: [.tls(host: "127.0.0.1", port: 0)]))
    #expect(throws: HTTPServerError.self) { try bare.start() }
    await server.stop()
  }
}
