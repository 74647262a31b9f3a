import Calendar

/// Reads the inputs of one partition and hands them out in the order in which a batch takes them:
/// results, commands, letters (in the order in which the topics are given), and last the events,
/// to which at least a tenth of a batch is left.
final class InputReader {
  static let readBytesMax = 8 << 20

  private let log: any EventLog
  /// Topics in their order of precedence; the last one is the outside's.
  private let partitions: [Partition]
  private var waiting: [[Record]]
  private var heads: [Int]
  /// Where to read on.
  private var positions: Positions
  /// Up to where inputs were handed out.
  private(set) var taken: Positions

  init(_ log: any EventLog, _ partitions: [Partition], from positions: Positions) {
    self.log = log
    self.partitions = partitions
    waiting = Array(repeating: [], count: partitions.count)
    heads = Array(repeating: 0, count: partitions.count)
    var all: Positions = [:]
    for partition in partitions { all[partition] = positions[partition] ?? 0 }
    self.positions = all
    taken = all
  }

  private func left(_ place: Int) -> Int { waiting[place].count - heads[place] }
  private var isEmpty: Bool { partitions.indices.allSatisfy { left($0) == 0 } }

  /// Whether everything before the given ends was handed out.
  func hasTaken(to ends: Positions) -> Bool {
    partitions.allSatisfy { taken[$0]! >= ends[$0] ?? 0 }
  }

  /// The recorded ends of the inputs at this moment.
  func ends() async throws(LogError) -> Positions {
    var ends: Positions = [:]
    for partition in partitions { ends[partition] = try await log.bounds(partition).end }
    return ends
  }

  /// The next inputs, at most `max`; none if none came within `wait`.
  func next(max: Int, wait: Duration) async throws(LogError) -> [Record] {
    if partitions.indices.contains(where: { left($0) == 0 }) {
      try await refill(wait: isEmpty ? wait : .zero)
    }
    var batch: [Record] = []
    let outside = partitions.count - 1
    let reserved = min(left(outside), Swift.max(1, max / 10))
    for place in partitions.indices.dropLast() {
      take(from: place, upTo: max - reserved - batch.count, into: &batch)
    }
    take(from: outside, upTo: max - batch.count, into: &batch)
    return batch
  }

  private func take(from place: Int, upTo count: Int, into batch: inout [Record]) {
    var count = min(count, left(place))
    guard count > 0 else { return }
    // A position says an offset: what shares one is taken whole.
    let all = waiting[place]
    while count < left(place),
      all[heads[place] + count].position.offset == all[heads[place] + count - 1].position.offset
    { count += 1 }
    batch.append(contentsOf: waiting[place][heads[place]..<heads[place] + count])
    heads[place] += count
    if let last = batch.last { taken[partitions[place]] = last.position.offset + 1 }
    if left(place) == 0 {
      waiting[place].removeAll(keepingCapacity: true)
      heads[place] = 0
    }
  }

  private func refill(wait: Duration) async throws(LogError) {
    var wanted: Positions = [:]
    for (place, partition) in partitions.enumerated() where left(place) == 0 {
      wanted[partition] = positions[partition]
    }
    let read = try await log.read(
      from: wanted, to: .recorded, bytesMax: Self.readBytesMax, wait: wait)
    positions.merge(read.positions) { $1 }
    for record in read.records {
      let place = partitions.firstIndex(of: record.position.partition)!
      waiting[place].append(record)
    }
  }
}
