import HTTPServer
import Testing
import Threads

/// Deadlines and limits of connections, and the end of a server.
@Suite struct LimitTests {
  private static func routes(_ server: HTTPServer) {
    server.onLoop(.get, "/") { _, _ in .text("ok") }
    server.on(.post, "/") { request in .text("\(request.body.count)") }
    server.on(.get, "/large") { _ in Response(200, body: [UInt8](repeating: 0, count: 50 << 20)) }
  }

  private static let get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
  private static let postHead = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n"

  /// What is sent, what short deadline is set, which statuses come before the server closes.
  @Test(
    arguments: [
      ("", "head", []), ("GET / HT", "head", ["408"]), (get + "GET /", "head", ["200", "408"]),
      (get, "idle", ["200"]), (postHead + "ab", "body", ["408"]),
    ])
  func deadlines(sent: String, deadline: String, expected: [String]) async throws {
    let server = try TestServer(
      { configuration in
        switch deadline {
        case "head": configuration.limits.headDeadlineMs = 30
        case "idle": configuration.limits.idleDeadlineMs = 30
        default: configuration.limits.bodyWindowMs = 30
        }
      }, Self.routes)
    #expect(try await server.talk(sent, close: false).statuses == expected)
    await server.stop()
  }

  @Test func whoDoesNotReadIsCut() async throws {
    let server = try TestServer({ $0.limits.writeDeadlineMs = 50 }, Self.routes)
    let port = server.port
    let client = try await onThread { () -> TestClient? in
      let client = TestClient.connect(port: port, receiveBufferBytes: 4096)
      client?.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n")
      return client
    }
    while server.server.statistics.connectionsAccepted == 0
      || server.server.statistics.connectionsOpen > 0
    {
      await Task.yield()
    }
    #expect(client != nil)
    #expect(server.log.count == 1)
    await server.stop()
  }

  @Test func connectionsBeyondTheLimitAreTold() async throws {
    let server = try TestServer({ $0.limits.connectionCountPerHostMax = 2 }, Self.routes)
    let port = server.port
    let answers = try await onThread { () -> [String] in
      let first = TestClient.connect(port: port), second = TestClient.connect(port: port)
      first?.send(Self.get)
      second?.send(Self.get)
      var answers = [first?.receive(until: "ok") ?? "", second?.receive(until: "ok") ?? ""]
      let third = TestClient.connect(port: port)
      third?.send(Self.get)
      answers.append(third?.receiveAll() ?? "")
      first?.finishSending()
      answers.append(first?.receiveAll() ?? "")
      return answers
    }
    #expect(answers.map(\.statuses) == [["200"], ["200"], ["429"], []])
    #expect(answers[2].contains("\r\nRetry-After: 1\r\n"))
    #expect(answers[2].contains("\r\nConnection: close\r\n"))
    while server.server.statistics.connectionsOpen > 0 { await Task.yield() }
    #expect(try await server.talk(Self.get).statuses == ["200"])
    #expect(server.server.statistics.connectionsRefused == 1)
    await server.stop()
  }

  @Test func allBodiesTogetherHaveTheirLimit() async throws {
    let server = try TestServer({ $0.limits.bodyBytesTotalMax = 4 }, Self.routes)
    let over = try await server.talk(Self.postHead + "abcde")
    #expect(over.statuses == ["429"])
    #expect(over.contains("\r\nRetry-After: 1\r\n"))
    let fits = try await server.talk(
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nabcd")
    #expect(fits.statuses == ["200"])
    await server.stop()
  }

  @Test func anEarlyAnswerReachesAClientThatStillSends() async throws {
    let server = try TestServer(Self.routes)
    let port = server.port
    let answer = try await onThread { () -> String in
      guard let client = TestClient.connect(port: port) else { return "" }
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 13000000\r\n\r\n")
      for _ in 0..<130 { client.send([UInt8](repeating: 0, count: 100_000)) }
      client.finishSending()
      return client.receiveAll()
    }
    #expect(answer.statuses == ["413"])
    await server.stop()
  }

  @Test func aDrainAnswersWhatHasCome() async throws {
    let held = Locked<Responder?>(nil)
    let server = try TestServer { server in
      server.onLoop(.get, "/held") { _, responder in
        held.withLock { $0 = responder }
        return nil
      }
      server.onLoop(.get, "/") { _, _ in .text("ok") }
    }
    let port = server.port
    async let answer = server.talk("GET /held HTTP/1.1\r\nHost: h\r\n\r\n", close: false)
    async let idle = server.talk(Self.get, close: false)
    while held.withLock({ $0 }) == nil || server.log.isEmpty { await Task.yield() }
    async let drained: Void = server.server.drain(within: .seconds(20))
    #expect(try await idle.statuses == ["200"])
    let second = try await onThread { TestClient.connect(port: port) == nil }
    #expect(second, "nobody listens any more")
    if let responder = held.withLock({ $0 }) { server.server.answer(responder, .text("late")) }
    let text = try await answer
    #expect(text.hasSuffix("late"))
    #expect(text.contains("\r\nConnection: close\r\n"))
    await drained
    #expect(server.server.addresses.isEmpty)
  }

  @Test func aDrainEndsAtItsDeadline() async throws {
    let server = try TestServer { server in
      server.onLoop(.get, "/never") { _, _ in nil }
    }
    async let answer = server.talk("GET /never HTTP/1.1\r\nHost: h\r\n\r\n", close: false)
    while server.server.statistics.requests == 0 { await Task.yield() }
    await server.server.drain(within: .milliseconds(50))
    #expect(try await answer.isEmpty)
    #expect(server.log.first?.status == 0)
  }
}
