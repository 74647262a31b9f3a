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
    var random = SplitMix(state: 9)
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
}
