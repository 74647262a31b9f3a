import Curl
import Testing
import Threads

@Suite struct StreamTests {
  func request(_ method: String = "GET", _ url: String) -> HTTPRequest {
    var request = HTTPRequest(method, url)
    request.proxy = .none
    return request
  }

  // MARK: Responses

  @Test func headAndPiecesComeAsTheyAreSent() async throws {
    let client = try HTTPClient()
    let next = Gate()
    let server = TinyServer { _, peer in
      peer.write("HTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n")
      for piece in ["one\n", "two\n"] {
        next.wait()
        peer.write("\(String(piece.utf8.count, radix: 16))\r\n\(piece)\r\n")
      }
      next.wait()
      peer.write("0\r\nX-Trailer: t\r\n\r\n")
    }
    let stream = try await client.stream(request("GET", server.url))
    // The head is here although no byte of the body is.
    #expect(stream.status == 200)
    #expect(stream.header("x-a") == "b")
    next.open()
    #expect(try await stream.next() == Array("one\n".utf8))
    next.open()
    #expect(try await stream.next() == Array("two\n".utf8))
    next.open()
    #expect(try await stream.next() == nil)
    #expect(try await stream.next() == nil)
    #expect(stream.header("X-Trailer") == nil)
  }

  @Test func senderWaitsForTheReader() async throws {
    var limits = HTTPClient.Limits()
    limits.streamBufferBytesMax = 100_000
    let client = try HTTPClient(limits)
    let piece = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let pieces = 20
    let server = TinyServer { _, peer in
      peer.write("HTTP/1.1 200 OK\r\nContent-Length: \(pieces * piece.count)\r\n\r\n")
      for _ in 0..<pieces { peer.write(piece) }
    }
    let stream = try await client.stream(request("GET", server.url))
    let twice = piece + piece
    var count = 0
    while let bytes = try await stream.next() {
      // Each call takes all that is held, so this is the bound of what the client holds.
      #expect(bytes.count < 100_000 + 65_536)
      let start = count % piece.count
      #expect(bytes == Array(twice[start..<start + bytes.count]))
      count += bytes.count
    }
    #expect(count == pieces * piece.count)
  }

  @Test func asyncSequenceEndsWithTheBody() async throws {
    let client = try HTTPClient()
    let server = TinyServer { _, peer in peer.respond(404, [], "none of these") }
    let stream = try await client.stream(request("GET", server.url))
    #expect(stream.status == 404)
    var body: [UInt8] = []
    for try await bytes in stream { body += bytes }
    #expect(body == Array("none of these".utf8))
  }

  @Test func emptyBodyIsAnEmptyStream() async throws {
    let client = try HTTPClient()
    let server = TinyServer { _, peer in peer.respond(204) }
    let stream = try await client.stream(request("GET", server.url))
    #expect(stream.status == 204)
    #expect(try await stream.next() == nil)
  }

  @Test func headIsTheLastResponseAfterARedirect() async throws {
    let client = try HTTPClient()
    let server = TinyServer { received, peer in
      received.target == "/"
        ? peer.respond(302, ["Location: /to"], "moved") : peer.respond(500, [], "broken")
    }
    var request = request("GET", server.url)
    request.redirectsMax = 1
    let stream = try await client.stream(request)
    #expect(stream.status == 500)
    #expect(try await stream.next() == Array("broken".utf8))
  }

  @Test func brokenStreamThrowsAfterWhatCame() async throws {
    let client = try HTTPClient()
    let server = TinyServer { _, peer in
      peer.write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 10\r\n\r\n12345")
      peer.finishWriting()
    }
    let stream = try await client.stream(request("GET", server.url))
    #expect(try await stream.next() == Array("12345".utf8))
    await #expect(throws: CurlError.self) { try await stream.next() }
  }

  @Test func failureBeforeTheHeadIsThrownAtOnce() async throws {
    let client = try HTTPClient()
    await #expect(throws: CurlError.self) {
      _ = try await client.stream(request("GET", "http://127.0.0.1:1/"))
    }
  }

  @Test func lettingGoOfAStreamEndsTheTransfer() async throws {
    let client = try HTTPClient()
    let closed = Gate()
    let server = TinyServer { _, peer in
      peer.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
      peer.waitForClose()
      closed.open()
    }
    var stream: HTTPResponseStream? = try await client.stream(request("GET", server.url))
    #expect(stream?.status == 200)
    stream = nil
    await closed.wait()
  }

  @Test func cancelledReaderEndsTheTransfer() async throws {
    let client = try HTTPClient()
    let closed = Gate()
    let server = TinyServer { _, peer in
      peer.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
      peer.waitForClose()
      closed.open()
    }
    let stream = try await client.stream(request("GET", server.url))
    #expect(try await stream.next() == Array("12345".utf8))
    let task = Task { () async throws(CurlError) in try await stream.next() }
    task.cancel()
    await #expect(throws: CurlError.cancelled) { try await task.value }
    await closed.wait()
  }

  @Test func streamKeepsItsClientAlive() async throws {
    let next = Gate()
    let server = TinyServer { _, peer in
      peer.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
      next.wait()
      peer.write("12345")
    }
    let stream = try await HTTPClient().stream(request("GET", server.url))
    next.open()
    #expect(try await stream.next() == Array("12345".utf8))
  }

  // MARK: Bodies that are made while they are sent

  @Test(arguments: [nil, 300_000] as [Int?])
  func streamedBodyArrivesWhole(byteCount: Int?) async throws {
    let client = try HTTPClient()
    let server = TinyServer { _, peer in peer.respond(200) }
    let left = Locked(3)
    var request = request("POST", server.url)
    request.body = .stream(
      HTTPRequest.Upload(byteCount: byteCount) {
        let number = left.withLock { left in
          left -= 1
          return left
        }
        // Another task has to run in between, and an empty piece is not the end.
        await Task.yield()
        return number >= 0
          ? [UInt8](repeating: UInt8(number), count: number == 1 ? 0 : 150_000) : nil
      })
    #expect(try await client.perform(request).status == 200)
    let received = server.received[0]
    #expect(received.body.count == 300_000)
    #expect(
      received.body == .init(repeating: 2, count: 150_000) + .init(repeating: 0, count: 150_000))
    #expect(received.header("Content-Length") == byteCount.map { "\($0)" })
    #expect(received.header("Transfer-Encoding") == (byteCount == nil ? "chunked" : nil))
  }

  struct NoMore: Error {}

  @Test func failingBodyFailsTheRequest() async throws {
    let client = try HTTPClient()
    let server = TinyServer { _, peer in peer.respond(200) }
    var request = request("PUT", server.url)
    request.body = .stream(HTTPRequest.Upload { throw NoMore() })
    let error = await #expect(throws: CurlError.self) { try await client.perform(request) }
    #expect(error?.description.hasSuffix("the body failed: NoMore()") == true)
  }

  @Test(arguments: [
    (5, "the body gave more than the 5 bytes announced"),
    (7, "the body gave 6 of the 7 bytes announced"),
  ])
  func bodyOfAnotherSizeThanAnnounced(byteCount: Int, expected: String) async throws {
    let client = try HTTPClient()
    let server = TinyServer { _, peer in peer.respond(200) }
    let left = Locked(2)
    var request = request("PUT", server.url)
    request.body = .stream(
      HTTPRequest.Upload(byteCount: byteCount) {
        left.withLock { left in
          left -= 1
          return left >= 0 ? [1, 2, 3] : nil
        }
      })
    let error = await #expect(throws: CurlError.self) { try await client.perform(request) }
    #expect(error?.description.hasSuffix(expected) == true, "\(String(describing: error))")
  }

  @Test func cancellingTheRequestCancelsTheBody() async throws {
    let client = try HTTPClient()
    let started = Gate()
    let cancelled = Gate()
    let server = TinyServer { _, peer in peer.respond(200) }
    var request = request("PUT", server.url)
    request.body = .stream(
      HTTPRequest.Upload {
        await withTaskCancellationHandler {
          started.open()
          await cancelled.wait()
        } onCancel: {
          cancelled.open()
        }
        return nil
      })
    let sending = request
    let task = Task { () async throws(CurlError) in try await client.perform(sending) }
    await started.wait()
    task.cancel()
    await #expect(throws: CurlError.cancelled) { try await task.value }
  }

  @Test func streamedBodyIsNotSentTwice() async throws {
    let client = try HTTPClient()
    let server = TinyServer { _, peer in peer.respond(307, ["Location: /to"]) }
    let left = Locked(1)
    var request = request("POST", server.url)
    request.redirectsMax = 3
    request.body = .stream(
      HTTPRequest.Upload {
        left.withLock { left in
          left -= 1
          return left >= 0 ? [1] : nil
        }
      })
    #expect(try await client.perform(request).status == 307)
    #expect(server.received.count == 1)
  }
}
