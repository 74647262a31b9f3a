import TestSupport
import Testing

@testable import HTTPServer

@Suite struct GzipTests {
  private static func inflate(
    _ packed: [UInt8], cut: Int, bytesMax: Int = 1 << 24, factorMax: Int = 100
  ) -> (bytes: [UInt8], step: Inflater.Step, isWhole: Bool) {
    let inflater = Inflater(bytesMax: bytesMax, factorMax: factorMax)
    var bytes: [UInt8] = []
    var step = Inflater.Step.more
    packed.withUnsafeBytes { all in
      var start = 0
      while start < all.count, step == .more {
        let end = min(all.count, start + cut)
        step = inflater.feed(.init(rebasing: all[start..<end])) {
          bytes += $0
          return true
        }
        start = end
      }
    }
    return (bytes, step, inflater.isWhole)
  }

  private static func noise(_ count: Int) -> [UInt8] {
    var random = SplitMix(seed: 9)
    return (0..<count).map { _ in UInt8(random.below(256)) }
  }

  @Test(arguments: [1, 3, 1000, 1 << 20]) func whatIsPackedIsUnpacked(cut: Int) throws {
    let plain = Self.noise(200_000) + [UInt8](repeating: 7, count: 100_000)
    let packed = try #require(Gzip.pack(plain))
    let result = Self.inflate(packed, cut: cut)
    #expect(result.bytes == plain)
    #expect(result.step == .more)
    #expect(result.isWhole)
  }

  @Test func membersFollowEachOther() throws {
    let packed = try #require(Gzip.pack([1, 2])) + (try #require(Gzip.pack([3])))
    let result = Self.inflate(packed, cut: 5)
    #expect(result.bytes == [1, 2, 3])
    #expect(result.isWhole)
  }

  @Test func whatEndsEarlyIsNotWhole() throws {
    let packed = try #require(Gzip.pack(Self.noise(1000)))
    let result = Self.inflate(packed.dropLast(), cut: 100)
    #expect(result.step == .more)
    #expect(!result.isWhole)
  }

  @Test func otherDataIsRefused() {
    let result = Self.inflate(Array("not gzip at all".utf8), cut: 100)
    #expect(result.step == .failed(.init(400, "The body is not gzip, as Content-Encoding says.")))
  }

  @Test func sizeHasItsLimit() throws {
    let packed = try #require(Gzip.pack(Self.noise(5000)))
    #expect(Self.inflate(packed, cut: 100, bytesMax: 5000).isWhole)
    let over = Self.inflate(packed, cut: 100, bytesMax: 4999)
    #expect(over.step == .failed(.init(413, "The unpacked body is too long.")))
  }

  @Test func growthHasItsLimit() throws {
    let packed = try #require(Gzip.pack([UInt8](repeating: 0, count: 10_000_000)))
    let result = Self.inflate(packed, cut: 1000)
    #expect(result.step == .failed(.init(413, "The gzip body grows too much when unpacked.")))
    #expect(result.bytes.count < 1_000_000)
    let allowed = Self.inflate(packed, cut: 1000, factorMax: 2000)
    #expect(allowed.bytes.count == 10_000_000)
  }

  @Test func aPauseLosesNothing() throws {
    let plain = [UInt8](repeating: 1, count: 300_000)
    let packed = try #require(Gzip.pack(plain))
    let inflater = Inflater(bytesMax: 1 << 20, factorMax: 10_000)
    var count = 0
    var pauses = 0
    var step = packed.withUnsafeBytes { bytes in
      inflater.feed(bytes) {
        count += $0.count
        return false
      }
    }
    while step == .paused {
      pauses += 1
      step = inflater.resume {
        count += $0.count
        return false
      }
    }
    #expect(step == .more)
    #expect(pauses >= 4)
    #expect(count == plain.count)
    #expect(inflater.isWhole)
  }

  @Test func packedBodiesAreUnpackedOnTheirWayIn() async throws {
    let server = try TestServer { server in
      server.on(.post, "/", bodyBytesMax: 50_000) { request in .text("\(request.body.count)") }
      server.onUpload(.post, "/upload", bodyBytesMax: 5_000_000) { _, body in
        var count = 0
        while let piece = try? await body.next() { count += piece.count }
        return .text("\(count)")
      }
    }
    let port = server.port
    let post = { @Sendable (target: String, body: [UInt8]) -> [UInt8] in
      Array(
        ("POST \(target) HTTP/1.1\r\nHost: h\r\nContent-Encoding: GZIP\r\n"
          + "Content-Length: \(body.count)\r\n\r\n").utf8) + body
    }
    let small = try #require(Gzip.pack(Self.noise(50_000).map { $0 & 1 }))
    let large = try #require(Gzip.pack(Self.noise(300_000).map { $0 & 1 }))
    let bomb = try #require(Gzip.pack([UInt8](repeating: 0, count: 5_000_000)))
    let answers = try await onThread { () -> [String] in
      [
        ("/", small), ("/upload", large), ("/", large), ("/upload", bomb), ("/", small.dropLast()),
        ("/", Array("plain".utf8)),
      ].map { target, body in
        guard let client = TestClient.connect(port: port) else { return "" }
        client.send(post(target, Array(body)))
        client.finishSending()
        return client.receiveAll()
      }
    }
    #expect(answers.map(\.statuses) == [["200"], ["200"], ["413"], ["413"], ["400"], ["400"]])
    #expect(answers[0].hasSuffix("\r\n\r\n50000"))
    #expect(answers[1].hasSuffix("\r\n\r\n300000"))
    await server.stop()
  }
}
