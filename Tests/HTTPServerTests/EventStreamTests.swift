import HTTPServer
import Testing
import Threads

/// Server-sent events over real sockets.
@Suite struct EventStreamTests {
  private static let get = "GET /events HTTP/1.1\r\nHost: h\r\n\r\n"

  private static func event(_ text: String, key: String = "") -> ServerSentEvent {
    ServerSentEvent(name: "n", data: Array(text.utf8), key: key)
  }

  /// Counts the listeners that the channel knows: what is published from then on reaches them.
  private let listeners = Locked(0)

  private func wait(forListeners count: Int) async {
    while listeners.withLock({ $0 }) < count { await Task.yield() }
  }

  private static func serve(
    _ channel: EventChannel, _ listeners: Locked<Int>
  ) -> (HTTPServer) -> Void {
    { server in
      server.onLoop(.get, "/events") { request, _ in
        let key = request.query["key"]
        let after = channel.lastNumber
        channel.publish(event("between"))
        defer { listeners.withLock { $0 += 1 } }
        return .events(
          channel.subscription(after: after, backlog: [event("first")]) { event in
            if event.key == "last" { return .sendLast }
            return key == nil || key == event.key ? .send : .skip
          })
      }
    }
  }

  @Test func listenersGetWhatTheyChose() async throws {
    let channel = EventChannel()
    let server = try TestServer(Self.serve(channel, listeners))
    async let all = server.talk(Self.get, close: false)
    await wait(forListeners: 1)
    let chosen = "GET /events?key=a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    async let some = server.talk(chosen, close: false)
    await wait(forListeners: 2)
    channel.publish(Self.event("one", key: "a"))
    channel.publish(Self.event("two", key: "b"))
    channel.publish(Self.event("three", key: "last"))
    let some1 = try await some
    #expect(some1.contains("\r\nContent-Type: text/event-stream\r\n"))
    #expect(some1.contains("data: first"))
    #expect(!some1.contains("data: between"))
    #expect(
      some1.contains("\r\n19\r\nevent: n\ndata: one\n\n\r\n") || some1.contains("data: one\n\n"))
    #expect(!some1.contains("data: two"))
    #expect(some1.hasSuffix("data: three\n\n\r\n0\r\n\r\n"))
    await server.server.drain(within: .milliseconds(500))
    let all1 = try await all
    for text in ["first", "between", "one", "two", "three"] {
      #expect(all1.contains("data: \(text)\n\n"), "\(text)")
    }
  }

  @Test func aDrainAsksListenersToComeBack() async throws {
    let channel = EventChannel()
    let server = try TestServer { server in
      server.onLoop(.get, "/events") { _, _ in .events(channel.subscription()) }
    }
    async let text = server.talk(Self.get, close: false)
    while server.server.statistics.requests < 1 { await Task.yield() }
    await server.server.drain(within: .seconds(20))
    #expect(try await text.hasSuffix("\r\nd\r\nretry: 1000\n\n\r\n0\r\n\r\n"))
  }

  @Test func aChannelCanEnd() async throws {
    let channel = EventChannel()
    let listeners = listeners
    let server = try TestServer { server in
      server.onLoop(.get, "/events") { _, _ in
        defer { listeners.withLock { $0 += 1 } }
        return .events(channel.subscription(after: channel.lastNumber))
      }
    }
    async let text = server.talk("GET /events HTTP/1.0\r\n\r\n", close: false)
    await wait(forListeners: 1)
    channel.publish(Self.event("a"))
    channel.close()
    #expect(try await text.hasSuffix("\r\n\r\nevent: n\ndata: a\n\n"), "without chunks in HTTP/1.0")
    await server.stop()
  }

  @Test func silenceIsFilledWithHeartbeats() async throws {
    let channel = EventChannel()
    let server = try TestServer({ $0.limits.heartbeatMs = 20 }) { server in
      server.onLoop(.get, "/events") { _, _ in .events(channel.subscription()) }
    }
    let port = server.port
    let text = try await onThread { () -> String in
      guard let client = TestClient.connect(port: port) else { return "" }
      client.send(Self.get)
      return client.receive(until: "3\r\n:\n\n\r\n3\r\n:\n\n\r\n")
    }
    #expect(text.hasSuffix("3\r\n:\n\n\r\n3\r\n:\n\n\r\n"))
    await server.stop()
  }

  @Test func whoDoesNotReadIsDropped() async throws {
    let channel = EventChannel()
    let server = try TestServer { server in
      server.onLoop(.get, "/events") { _, _ in .events(channel.subscription()) }
    }
    let port = server.port
    let client = try await onThread { () -> TestClient? in
      let client = TestClient.connect(port: port, receiveBufferBytes: 4096)
      client?.send(Self.get)
      _ = client?.receive(until: "\r\n\r\n")
      return client
    }
    var published = 0
    while server.server.statistics.listenersDropped == 0, published < 100_000 {
      channel.publish(Self.event(String(repeating: "x", count: 10_000)))
      published += 1
      await Task.yield()
    }
    #expect(client != nil)
    #expect(server.server.statistics.listenersDropped == 1)
    while server.server.statistics.connectionsOpen > 0 { await Task.yield() }
    await server.stop()
  }

  @Test func whoWouldMissEventsIsDropped() async throws {
    let channel = EventChannel(bytesMax: 100)
    for number in 1...20 { channel.publish(Self.event("\(number)")) }
    let server = try TestServer { server in
      server.onLoop(.get, "/events") { request, _ in
        .events(channel.subscription(after: UInt64(request.query["after"] ?? "") ?? 0))
      }
    }
    let get = { @Sendable (after: Int) in "GET /events?after=\(after) HTTP/1.1\r\nHost: h\r\n\r\n" }
    // "event: n\ndata: 20\n\n" has 19 bytes: five are kept, number 16 is the first.
    #expect(try await server.talk(get(14), close: false).hasSuffix("\r\n\r\n"))
    #expect(server.server.statistics.listenersDropped == 1)
    let port = server.port
    let text = try await onThread { () -> String in
      let client = TestClient.connect(port: port)
      client?.send(get(15))
      return client?.receive(until: "data: 20\n\n") ?? ""
    }
    #expect(text.contains("data: 16\n\n"))
    #expect(server.server.statistics.listenersDropped == 1)
    await server.stop()
  }
}
