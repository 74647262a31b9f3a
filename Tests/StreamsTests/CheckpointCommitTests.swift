import JSON
import TestSupport
import Testing
import Threads

@testable import Streams

/// A checkpoint that is larger than one commit may be: it takes several, and counts once the last
/// one has closed it.
@Suite struct CheckpointCommitTests {
  private let memory = MemoryLog()

  private func settings() -> PipelineSettings {
    var settings = PipelineSettings()
    settings.checkpointCommitBytesMax = 1_000
    return settings
  }

  /// A lap of a new owner that has read what there is.
  private func lap(_ log: any EventLog) async throws -> PipelineLap {
    let owner = Locked<Owner?>(nil)
    try await log.serve(as: "engine") { served in owner.withLock { $0 = served } }
    let pipeline = Pipeline(
      group: "engine", inputs: [.letters, .testEvents], settings: settings()
    ) { ([TallyProcessor()], Tables([])) }
    let lap = PipelineLap(pipeline, log, owner.withLock { $0! })
    try await lap.open()
    return lap
  }

  /// A lap that has taken an event on each of these lanes.
  private func opened(_ log: any EventLog, lanes: Range<UInt8>) async throws -> PipelineLap {
    for lane in lanes { _ = try await log.appendEvents([#"{"add": 1}"#], lane: lane) }
    let lap = try await lap(log)
    try await lap.turn()
    return lap
  }

  private func sums(_ lap: PipelineLap) throws -> [Int: Int] {
    var sums: [Int: Int] = [:]
    for lane in Lane.all {
      for text in lap.chain.slots[0].save(lane, .everything) {
        let sum = try JSONValue(parsing: text)["tally"]?["sum"]?.intValue ?? 0
        if sum != 0 { sums[Int(lane.number)] = sum }
      }
    }
    return sums
  }

  private func types() async throws -> [String] {
    try await memory.all(.checkpoints).map { $0["type"]?.stringValue ?? "" }
  }

  @Test func itTakesCommitsOfLimitedSizeAndComesBackWhole() async throws {
    let log = WatchedLog(memory) { outgoing in
      outgoing.byteCount > 1_500 && outgoing.parts[0].topic == .checkpoints
        ? .tooLarge(max: 1_500) : nil
    }
    let lap = try await opened(log, lanes: 0..<40)
    try await lap.writeCheckpoint()
    let commits = log.commits.filter { $0.parts.first?.topic == .checkpoints }
    #expect(commits.count > 10)
    #expect(commits.dropLast().allSatisfy { $0.byteCount >= 1_000 })
    let types = try await types()
    #expect(types.first == "petrel.CheckpointOpened")
    #expect(types.last == "petrel.CheckpointClosed")
    #expect(types.count { $0 != "petrel.StateSaved" } == 2)
    // Every record has a name of its own.
    let names = try await memory.all(.checkpoints).compactMap { $0["id"]?.stringValue }
    #expect(Set(names).count == types.count)
    // The facts are not needed any more.
    try await memory.trim(Partition(.testFacts), before: 1)
    let next = try await self.lap(memory)
    #expect(try sums(next) == Dictionary(uniqueKeysWithValues: (0..<40).map { ($0, 1) }))
  }

  /// A log that takes so many commits of checkpoints and refuses every one after them.
  private func log(refusingAfter count: Int) -> WatchedLog {
    let left = Locked(count)
    return WatchedLog(memory) { outgoing in
      guard outgoing.parts.first?.topic == .checkpoints else { return nil }
      return left.withLock { left in
        left -= 1
        return left < 0 ? .unavailable("refused") : nil
      }
    }
  }

  @Test(arguments: [1, 2, 5])
  func aFirstOneThatIsCutShortCountsForNothing(count: Int) async throws {
    let lap = try await opened(log(refusingAfter: count), lanes: 0..<40)
    await #expect(throws: LogError.unavailable("refused")) { try await lap.writeCheckpoint() }
    #expect(try await types().count > count)
    let next = try await self.lap(memory)
    #expect(try sums(next) == sums(lap))
  }

  @Test(arguments: [true, false])
  func oneThatIsCutShortLeavesTheOneBefore(isWhole: Bool) async throws {
    let first = try await opened(memory, lanes: 0..<40)
    try await first.writeCheckpoint()
    let whole = try await memory.bounds(Partition(.checkpoints))
    // The same lap writes changes, a new one writes all.
    let log = log(refusingAfter: 3)
    let lap: PipelineLap
    if isWhole {
      lap = try await opened(log, lanes: 10..<50)
    } else {
      let long = try await self.lap(log)
      long.checkpoints.wholeBytes = 1
      for lane in 10..<50 { _ = try await log.appendEvents([#"{"add": 1}"#], lane: UInt8(lane)) }
      try await long.turn()
      lap = long
    }
    await #expect(throws: LogError.unavailable("refused")) { try await lap.writeCheckpoint() }
    let after = try await memory.bounds(Partition(.checkpoints))
    #expect(after.first == whole.first && after.end > whole.end)
    #expect(try await types().contains("petrel.CheckpointOpened"))
    // Nothing is folded twice, and nothing is missing.
    let next = try await self.lap(memory)
    let expected = Dictionary(
      uniqueKeysWithValues: (0..<50).map { ($0, (10..<40).contains($0) ? 2 : 1) })
    #expect(try sums(next) == expected)
    try await next.writeCheckpoint()
    let last = try await self.lap(memory)
    #expect(try sums(last) == expected)
  }
}
