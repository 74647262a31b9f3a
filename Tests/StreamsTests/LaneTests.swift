import Testing

@testable import Streams

/// A key's lane is the one into whose partition Kafka's own default partitioner puts it.
@Suite struct LaneTests {
  /// Keys with the hashes that the tests of Kafka's Java client name for them.
  static let published: [(key: String, hash: Int32)] = [
    ("21", -973_932_308),
    ("foobar", -790_332_482),
    ("a-little-bit-long-string", -985_981_536),
    ("a-little-bit-longer-string", -1_486_304_829),
    ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
    ("abc", 479_470_107),
  ]

  @Test(arguments: published)
  func aKeysHashIsKafkas(_ row: (key: String, hash: Int32)) {
    #expect(Int32(bitPattern: murmur2(Array(row.key.utf8))) == row.hash)
  }

  @Test(arguments: published)
  func theLaneIsTheHashsLastEightBits(_ row: (key: String, hash: Int32)) {
    let lane = Lane(key: row.key)
    #expect(Int32(lane.number) == row.hash & 255)
    #expect(Lane(key: Array(row.key.utf8)) == lane)
  }

  @Test(arguments: published, [1, 2, 16, 128, 256])
  func thePartitionIsTheOneThatKafkaTakes(_ row: (key: String, hash: Int32), count: Int) {
    // Kafka clears the sign and takes the rest of the division.
    #expect(Lane(key: row.key).partition(of: count) == Int(row.hash & 0x7fff_ffff) % count)
  }

  @Test func thereAre256LanesInOrder() {
    #expect(Lane.all.map(\.number) == Array(UInt8.min...UInt8.max))
    #expect(Lane.all == Lane.all.sorted())
    #expect(Lane.all.count == Lane.count)
  }

  @Test func aLaneStaysInThePartitionThatItsPartitionSplitsInto() {
    for lane in Lane.all {
      for bits in 0..<8 {
        let (few, many) = (1 << bits, 2 << bits)
        #expect(lane.partition(of: many) % few == lane.partition(of: few))
      }
    }
  }
}
