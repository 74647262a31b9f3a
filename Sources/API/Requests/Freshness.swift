import Automation
import Connectors
import Streams

/// Lets whoever wrote something read it: the view comes behind the log by a moment, and the engine
/// behind its inputs.
///
/// A look-up that finds nothing waits until what was recorded at its beginning is in the table, two
/// seconds at most, and looks again. What an id is made of tells on which input it hangs, so that
/// an execution is found that was asked for a moment ago.
struct Freshness: Sendable {
  static let limit = Duration.seconds(2)
  private static let pause = Duration.milliseconds(10)

  let log: any EventLog
  let view: View
  /// Whose positions tell how far the engine is.
  let engineGroup: String

  /// Looks; where nothing is found and `id` could name something, waits and looks again.
  func row<Row>(
    _ id: String, of projection: any Projection, _ look: () async throws -> Row?
  ) async throws -> Row? {
    if let row = try await look() { return row }
    guard let identifier = Identifier(id) else { return nil }
    let deadline = ContinuousClock.now + Self.limit
    if let input = try await input(of: identifier) {
      try await waitForEngine(past: input, until: deadline)
    }
    try await waitForView(projection, lane: identifier.lane, until: deadline)
    return try await look()
  }

  /// Waits until the engine has obeyed an input and the view shows it.
  func settle(_ input: Position, lane: Lane, in projection: any Projection) async throws {
    let deadline = ContinuousClock.now + Self.limit
    try await waitForEngine(past: input, until: deadline)
    try await waitForView(projection, lane: lane, until: deadline)
  }

  /// Waits until a table shows what is recorded now.
  func catchUp(_ projection: any Projection, lane: Lane) async throws {
    try await waitForView(projection, lane: lane, until: ContinuousClock.now + Self.limit)
  }

  /// The input that an id is made from; nil where there is none that can be waited for.
  private func input(of id: Identifier) async throws -> Position? {
    let topics: [Topic] = [.events, .commands, .results, .letters]
    guard let topic = topics.first(where: { $0.number == id.topicNumber }) else { return nil }
    let partition = Partition(topic, id.lane.partition(of: log.partitionCount(of: topic)))
    let end = try await log.bounds(partition).end
    // An id holds 32 bits of the offset.
    var offset = end & ~0xffff_ffff | Int64(id.offset)
    if offset >= end { offset -= 1 << 32 }
    return offset < 0 ? nil : Position(partition, offset: offset)
  }

  private func waitForEngine(
    past input: Position, until deadline: ContinuousClock.Instant
  ) async throws {
    let partition = input.partition
    while try await log.committed(engineGroup, partition: partition.index)[partition] ?? 0
      <= input.offset
    {
      guard ContinuousClock.now < deadline else { return }
      try await Task.sleep(for: Self.pause)
    }
  }

  private func waitForView(
    _ projection: any Projection, lane: Lane, until deadline: ContinuousClock.Instant
  ) async throws {
    var ends: Positions = [:]
    for topic in projection.topics {
      let partition = Partition(topic, lane.partition(of: log.partitionCount(of: topic)))
      ends[partition] = try await log.bounds(partition).end
    }
    while true {
      let positions = try await ViewProgress.positions(
        of: projection.name, in: Array(ends.keys), view)
      if ends.allSatisfy({ positions[$0.key] ?? 0 >= $0.value }) { return }
      guard ContinuousClock.now < deadline else { return }
      try await Task.sleep(for: Self.pause)
    }
  }
}
