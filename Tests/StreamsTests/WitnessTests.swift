import JSON
import Streams
import TestSupport
import Testing
import Threads

/// What a pipeline does with the records at which a process trapped before.
@Suite struct WitnessTests {
  private let log = MemoryLog()

  /// Remembers what a trap page would, and what the pipeline told it.
  private final class Witness: StepWitness {
    struct State {
      var suspects: [Position: Int]
      var told: [String] = []
    }
    let state: Locked<State>
    init(_ suspects: [Position: Int]) { state = Locked(State(suspects: suspects)) }
    func enter(_ position: Position) { state.withLock { $0.told.append("\(position.offset)") } }
    func leave() { state.withLock { $0.told.append("-") } }
    var suspects: [Position: Int] { state.withLock { $0.suspects } }
    func clear(_ position: Position) { state.withLock { $0.suspects[position] = nil } }
    var told: [String] { state.withLock { $0.told } }
  }

  private func event(_ offset: Int64) -> Position {
    Position(Partition(.testEvents), offset: offset)
  }

  /// Runs a pipeline over five events until their facts and dead letters are there.
  private func run(_ witness: Witness) async throws {
    _ = try await log.appendEvents((0..<5).map { #"{"add": \#($0)}"# })
    let pipeline = Pipeline(group: "engine", inputs: [.letters, .testEvents], witness: witness) {
      ([TallyProcessor()], Tables([]))
    }
    let running = Task { [log] in try await pipeline.run(on: log) }
    var positions = [Partition(.testFacts): Int64(0), Partition(.deadLetters): 0]
    var count = 0
    while count < 5 {
      let batch = try await log.read(
        from: positions, to: .recorded, bytesMax: 1 << 20, wait: .seconds(10))
      try #require(!batch.records.isEmpty)
      count += batch.records.count
      positions = batch.positions
    }
    running.cancel()
    _ = await running.result
  }

  private func numbers() async throws -> [Int?] {
    try await log.all(.testFacts).map { $0["data"]?["n"]?.intValue }
  }

  @Test func aRecordThatTrappedTwiceIsLeftOutAndNoOther() async throws {
    let witness = Witness([event(2): 2])
    try await run(witness)
    #expect(try await numbers() == [0, 1, 3, 4])
    let letters = try await log.all(.deadLetters)
    #expect(letters.count == 1)
    #expect(letters[0]["data"]?["offset"] == 2)
    #expect(letters[0]["data"]?["reason"] == "the engine trapped at this record 2 times")
    #expect(letters[0]["data"]?["text"]?.stringValue?.contains(#""add": 2"#) ?? false)
    #expect(witness.suspects == [:])
    #expect(witness.told == ["0", "-", "1", "-", "3", "-", "4", "-"])
  }

  @Test func aRecordThatTrappedOnceIsTriedAgain() async throws {
    let witness = Witness([event(2): 1])
    try await run(witness)
    #expect(try await numbers() == [0, 1, 2, 3, 4])
    #expect(try await log.all(.deadLetters).isEmpty)
    #expect(witness.suspects == [:])
  }

  @Test func whileThereAreSuspectsEveryRecordIsCommittedBeforeTheNext() async throws {
    try await run(Witness([event(3): 1]))
    // Packed facts of one commit share an offset: up to the suspect each has its own.
    #expect(try await log.records(.testFacts).prefix(4).map(\.position.offset) == [0, 1, 2, 3])
  }

  @Test func withoutSuspectsABatchIsOneCommit() async throws {
    try await run(Witness([:]))
    #expect(try await log.records(.testFacts).map(\.position.offset) == [0, 0, 0, 0, 0])
  }
}
