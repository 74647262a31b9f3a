import TestSupport
import Testing

@testable import Streams

/// The order in which a batch takes inputs: results, commands, letters, and events, to which at
/// least a tenth is left.
@Suite struct InputReaderTests {
  private static let topics = [
    Topic("results", number: 2, .input), Topic("commands", number: 1, .input), .letters,
    .testEvents,
  ]
  private let log = MemoryLog()

  private func reader(from positions: Positions = [:]) -> InputReader {
    InputReader(log, Self.topics.map { Partition($0) }, from: positions)
  }

  /// Appends so many inputs of each topic.
  private func fill(_ counts: [Int]) async throws {
    var outgoing = Outgoing()
    // Against the order in which they are to be read.
    for (topic, count) in zip(Self.topics, counts).reversed() {
      for _ in 0..<count { outgoing.addEvent("{}", topic: topic) }
    }
    _ = try await log.append(outgoing, .synced)
  }

  /// How many inputs of each topic are in a batch; nil if they do not stand in the topics' order.
  private func counts(_ batch: [Record]) -> [Int]? {
    let places = batch.map { record in
      Self.topics.firstIndex(of: record.position.partition.topic)!
    }
    guard places == places.sorted() else { return nil }
    return Self.topics.indices.map { place in places.count { $0 == place } }
  }

  struct Row: Sendable {
    let waiting: [Int]
    let max: Int
    let batches: [[Int]]
  }

  static let rows = [
    Row(waiting: [3, 2, 4, 5], max: 100, batches: [[3, 2, 4, 5]]),
    Row(waiting: [200, 200, 200, 200], max: 100, batches: [[90, 0, 0, 10], [90, 0, 0, 10]]),
    Row(waiting: [50, 100, 100, 200], max: 100, batches: [[50, 40, 0, 10], [0, 60, 30, 10]]),
    Row(waiting: [10, 10, 10, 200], max: 100, batches: [[10, 10, 10, 70], [0, 0, 0, 100]]),
    // A tenth that the events do not need is the others'.
    Row(waiting: [200, 0, 0, 4], max: 100, batches: [[96, 0, 0, 4], [100, 0, 0, 0]]),
    Row(waiting: [0, 0, 200, 0], max: 100, batches: [[0, 0, 100, 0], [0, 0, 100, 0]]),
    // A tenth is at least one.
    Row(waiting: [9, 9, 9, 9], max: 5, batches: [[4, 0, 0, 1], [4, 0, 0, 1], [1, 3, 0, 1]]),
    Row(waiting: [2, 0, 0, 2], max: 1, batches: [[0, 0, 0, 1], [0, 0, 0, 1], [1, 0, 0, 0]]),
  ]

  @Test(arguments: rows)
  func aBatchTakesThemInOrderAndLeavesEventsATenth(_ row: Row) async throws {
    try await fill(row.waiting)
    let reader = reader()
    var taken = row.waiting.map { _ in 0 }
    for expected in row.batches {
      let batch = try await reader.next(max: row.max, wait: .zero)
      #expect(counts(batch) == expected)
      for place in taken.indices { taken[place] += expected[place] }
      for (topic, count) in zip(Self.topics, taken) {
        #expect(reader.taken[Partition(topic)] == Int64(count))
      }
    }
  }

  @Test func nothingIsLeftOutOrTakenTwice() async throws {
    try await fill([70, 35, 20, 90])
    let reader = reader()
    var found: [Position] = []
    while case let batch = try await reader.next(max: 30, wait: .zero), !batch.isEmpty {
      #expect(batch.count <= 30)
      found += batch.map(\.position)
    }
    #expect(found.count == 215)
    for topic in Self.topics {
      let offsets = found.filter { $0.partition.topic == topic }.map(\.offset)
      #expect(offsets == Array(0..<Int64(offsets.count)))
    }
  }

  @Test func whatComesLaterIsTakenInItsOrderToo() async throws {
    try await fill([0, 0, 0, 200])
    let reader = reader()
    #expect(counts(try await reader.next(max: 10, wait: .zero)) == [0, 0, 0, 10])
    try await fill([7, 7, 0, 0])
    #expect(counts(try await reader.next(max: 10, wait: .zero)) == [7, 2, 0, 1])
    #expect(counts(try await reader.next(max: 10, wait: .zero)) == [0, 5, 0, 5])
  }

  @Test func readingBeginsWhereTheGroupStands() async throws {
    try await fill([5, 5, 5, 5])
    let reader = reader(from: [
      Partition(Self.topics[0]): 3, Partition(.letters): 5, Partition(.testEvents): 4,
    ])
    let batch = try await reader.next(max: 100, wait: .zero)
    #expect(counts(batch) == [2, 5, 0, 1])
    #expect(batch.first?.position.offset == 3)
  }

  @Test func endsAreReachedOnceAllBeforeThemIsTaken() async throws {
    try await fill([2, 0, 0, 3])
    let reader = reader()
    let ends = try await reader.ends()
    #expect(ends[Partition(.testEvents)] == 3)
    #expect(!reader.hasTaken(to: ends))
    _ = try await reader.next(max: 4, wait: .zero)
    #expect(!reader.hasTaken(to: ends))
    _ = try await reader.next(max: 4, wait: .zero)
    #expect(reader.hasTaken(to: ends))
    try await fill([1, 0, 0, 0])
    #expect(reader.hasTaken(to: ends))
    #expect(!reader.hasTaken(to: try await reader.ends()))
  }

  @Test func withoutInputsABatchIsEmpty() async throws {
    let batch = try await reader().next(max: 10, wait: .zero)
    #expect(batch.isEmpty)
  }
}
