import HTTPServer
import Testing
import Threads

/// Bodies and answers in pieces.
@Suite struct StreamTests {
  /// Counts an upload; pauses after every piece until it is resumed from outside.
  private final class Counter: BodySink {
    private let count: Locked<Int>
    private let pause: @Sendable () -> Void

    init(_ count: Locked<Int>, _ pause: @escaping @Sendable () -> Void) {
      self.count = count
      self.pause = pause
    }

    func receive(_ bytes: UnsafeRawBufferPointer) -> BodyFlow {
      count.withLock { $0 += bytes.count }
      if bytes.contains(0x21) { return .reject(Response(422)) }
      pause()
      return .pause
    }

    func finish() -> Response? { .text("\(count.withLock { $0 })") }

    func abandon() { count.withLock { $0 = -1 } }
  }

  private static func counting(_ count: Locked<Int>) -> (HTTPServer) -> Void {
    { server in
      server.onSink(.post, "/sink", bodyBytesMax: 200_000) { request, responder in
        if request.query["refuse"] != nil { return .reject(Response(403)) }
        return .accept(Counter(count) { server.resume(responder) })
      }
    }
  }

  private static func post(_ target: String, _ body: String) -> String {
    "POST \(target) HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }

  @Test func aSinkTakesTheBodyAtItsPace() async throws {
    let count = Locked(0)
    let server = try TestServer(Self.counting(count))
    let body = String(repeating: "a", count: 200_000)
    let answer = try await server.talk(Self.post("/sink", body) + Self.post("/sink", "a"))
    #expect(answer.statuses == ["200", "200"])
    #expect(answer.contains("\r\n\r\n200000HTTP/1.1"))
    #expect(try await server.talk(Self.post("/sink", body + "a")).statuses == ["413"])
    let chunked = "POST /sink HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n30d41\r\n"
    #expect(try await server.talk(chunked + body + "a").statuses == ["413"])
    #expect(count.withLock { $0 } == -1, "the sink was told")
    await server.stop()
  }

  @Test func aSinkCanRefuse() async throws {
    let count = Locked(0)
    let server = try TestServer(Self.counting(count))
    #expect(try await server.talk(Self.post("/sink", "ab!")).statuses == ["422"])
    #expect(count.withLock { $0 } == -1)
    let head = Self.post("/sink?refuse", "ab") + Self.post("/sink", "a")
    #expect(try await server.talk(head).statuses == ["403", "200"])
    await server.stop()
  }

  @Test func anUploadIsReadInPieces() async throws {
    let server = try TestServer({ $0.limits.streamWindowBytes = 1000 }) { server in
      server.onUpload(.post, "/upload", bodyBytesMax: 10 << 20) { _, body in
        var sum = 0
        do {
          for try await piece in body { sum += piece.reduce(0) { $0 + Int($1) } }
        } catch {
          return Response(400)
        }
        return .text("\(sum)")
      }
      server.onUpload(.post, "/early", bodyBytesMax: 10 << 20) { _, body in
        _ = try? await body.next()
        return Response(409)
      }
    }
    let body = String(repeating: "a", count: 3_000_000)
    let answer = try await server.talk(Self.post("/upload", body) + Self.post("/upload", ""))
    #expect(answer.contains("\r\n\r\n\(97 * 3_000_000)HTTP/1.1"))
    #expect(answer.hasSuffix("\r\n\r\n0"))
    #expect(try await server.talk(Self.post("/early", body)).statuses == ["409"])
    await server.stop()
  }

  @Test func anUploadThatBreaksOffIsNoticed() async throws {
    let broken = Locked(false)
    let server = try TestServer { server in
      server.onUpload(.post, "/", bodyBytesMax: 100) { _, body in
        do {
          while try await body.next() != nil {}
        } catch {
          broken.withLock { $0 = true }
        }
        return Response(200)
      }
    }
    let answer = try await server.talk("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nab")
    #expect(answer.isEmpty)
    while !broken.withLock({ $0 }) { await Task.yield() }
    await server.stop()
  }

  @Test func anAnswerOfAnyLengthIsWritten() async throws {
    let server = try TestServer({ $0.limits.streamWindowBytes = 10_000 }) { server in
      server.on(.get, "/rows") { _ in
        .stream(contentType: "application/x-ndjson") { writer in
          for row in 0..<50_000 { try await writer.write(Array("{\"row\":\(row)}\n".utf8)) }
        }
      }
      server.on(.get, "/cut") { _ in
        .stream(contentType: "text/plain") { writer in
          try await writer.write([0x61])
          throw CancellationError()
        }
      }
    }
    let get = "GET /rows HTTP/1.1\r\nHost: h\r\n\r\n"
    let text = try await server.talk(get + "HEAD /rows HTTP/1.1\r\nHost: h\r\n\r\n")
    #expect(text.statuses == ["200", "200"])
    #expect(text.contains("\r\nTransfer-Encoding: chunked\r\n\r\n"))
    #expect(
      text.contains("\r\nc\r\n{\"row\":1000}\n\r\n") || text.contains("{\"row\":49999}\n\r\n0\r\n"))
    let old = try await server.talk("GET /rows HTTP/1.0\r\n\r\n", close: false)
    let body = old.split(separator: "\r\n\r\n", maxSplits: 1).last ?? ""
    #expect(body.split(separator: "\n").count == 50_000)
    #expect(!old.contains("chunked"))
    let cut = try await server.talk("GET /cut HTTP/1.1\r\nHost: h\r\n\r\n", close: false)
    #expect(cut.hasSuffix("\r\n\r\n1\r\na\r\n"), "without a last chunk")
    await server.stop()
  }

  @Test func aProducerWaitsForItsReaderAndLearnsThatHeHasGone() async throws {
    let written = Locked(0)
    let outcome = Locked<HTTPServerError?>(nil)
    let server = try TestServer({ $0.limits.writeDeadlineMs = 100 }) { server in
      server.on(.get, "/") { _ in
        .stream(contentType: "text/plain") { writer in
          do throws(HTTPServerError) {
            while true {
              try await writer.write([UInt8](repeating: 0, count: 100_000))
              written.withLock { $0 += 100_000 }
            }
          } catch {
            outcome.withLock { $0 = error }
          }
        }
      }
    }
    let port = server.port
    let client = try await onThread { () -> TestClient? in
      let client = TestClient.connect(port: port, receiveBufferBytes: 4096)
      client?.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
      return client
    }
    while outcome.withLock({ $0 }) == nil { await Task.yield() }
    #expect(client != nil)
    #expect(outcome.withLock { $0 } == .gone)
    #expect(written.withLock { $0 } < 20_000_000, "what the kernel and the window hold")
    await server.stop()
  }
}
