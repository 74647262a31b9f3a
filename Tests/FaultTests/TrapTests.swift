import Automation
import Connectors
import JSON
import Processes
import Streams
import TestSupport
import Testing

/// What ends the process while a record is decided: from outside it says nothing of the record;
/// a trap does.
@Suite struct TrapTests {
  private let folder = TemporaryFolder()
  private var path: String { folder.path + "/log" }
  private static let count = 20
  /// Which of the events is the special one.
  private static let place = 12

  /// Ordinary events, one of which is to be taken in another way.
  private func write(_ way: String) async throws {
    let log = try await SQLiteLog.open(path)
    _ = try await log.appendEvents(
      (0..<Self.count).map { $0 == Self.place ? #"{"do":"\#(way)"}"# : "{}" }, topic: .events)
    await log.close()
  }

  private func start(_ way: String) async throws -> (Child, Transcript<Processes.OutputStream>) {
    let program = try #require(BuiltProgram.path("trap-probe"), "the probe stands beside the tests")
    var settings = ProcessSettings(
      program, [folder.path + "/traps", path, way],
      environment: ["SWIFT_BACKTRACE": "enable=no"])
    let said = Transcript<Processes.OutputStream>()
    settings.onOutput = said.add
    return (try await Child.start(settings), said)
  }

  /// How many events were taken, and the offsets of those that were given up.
  private func outcome() async throws -> (taken: Int, deadLettered: [Int]) {
    let log = try await SQLiteLog.open(path)
    let taken = try await log.records(.triggers).count
    let letters = try await log.all(.deadLetters).map { $0["data"]?["offset"]?.intValue ?? -1 }
    await log.close()
    return (taken, letters)
  }

  /// Runs it until it ends by itself.
  private func run() async throws -> ProcessOutcome.Ending {
    let (child, _) = try await start("calm")
    return await child.wait().ending
  }

  private func expect(_ taken: Int, deadLettered offsets: [Int]) async throws {
    let outcome = try await outcome()
    #expect(outcome.taken == taken)
    #expect(outcome.deadLettered == offsets)
  }

  @Test func killsAtOnePositionDeadLetterNothing() async throws {
    try await write("stall")
    for _ in 1...Scale.ends {
      let (child, said) = try await start("stalls")
      await until { said.text(.stdout) == "ready" }
      child.signal(ProcessSignal.kill)
      #expect(await child.wait().ending == .signalled(ProcessSignal.kill))
    }
    #expect(try await run() == .exited(0))
    try await expect(Self.count, deadLettered: [])
  }

  @Test func aTrapDeadLettersItsRecordAlone() async throws {
    try await write("trap")
    // What was tried together is taken anew; after the first trap one by one.
    for taken in [0, Self.place] {
      guard case .signalled = try await run() else {
        Issue.record("the record does not trap")
        return
      }
      try await expect(taken, deadLettered: [])
    }
    #expect(try await run() == .exited(0))
    try await expect(Self.count - 1, deadLettered: [Self.place])
  }
}
