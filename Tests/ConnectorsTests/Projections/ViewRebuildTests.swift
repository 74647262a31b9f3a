import Calendar
import Connectors
import Postgres
import Streams
import TestSupport
import Testing

@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.missing)"))
struct ViewRebuildTests {
  @Test func aViewIsMadeWhereThereWasNone() async throws {
    let bench = try await NoteBench()
    try await bench.append(1...3)
    // What a rebuild that was killed has left is in nobody's way.
    try await bench.execute("CREATE SCHEMA petrel_next; CREATE TABLE petrel_next.notes ()")
    let tables = try await bench.rebuild.run()
    #expect(tables.map(\.name) == ["notes"])
    #expect(tables[0].takenOver == 0 && tables[0].boundary == nil)
    #expect(try await bench.numbers() == [1, 2, 3])
  }

  @Test func aSpoiledViewIsMadeAnewAndProjectedOn() async throws {
    let bench = try await NoteBench()
    try await bench.append(1...4)
    _ = try await bench.rebuild.run()
    try await bench.execute("UPDATE petrel.notes SET number = -number WHERE number > 2")
    #expect(try await bench.numbers() == [-4, -3, 1, 2])
    let projector = bench.projector()
    #expect(try await projector.positions() == [Partition(.testFacts): 4])
    _ = try await bench.rebuild.run()
    #expect(try await bench.numbers() == [1, 2, 3, 4])
    try await bench.append(5...5)
    try await projector.catchUp()
    #expect(try await bench.numbers() == [1, 2, 3, 4, 5])
  }

  @Test func whatTheLogNoLongerHasIsTakenOver() async throws {
    let bench = try await NoteBench()
    try await bench.append(1...5)
    _ = try await bench.rebuild.run()
    try await bench.log.trim(Partition(.testFacts), before: 2)
    let boundary = try await bench.log.records(.testFacts)[0].time
    let tables = try await bench.rebuild.run()
    #expect(tables[0].takenOver == 2)
    #expect(tables[0].boundary == boundary)
    #expect(try await bench.numbers() == [1, 2, 3, 4, 5])
  }

  @Test func aViewOfAnotherLogIsMended() async throws {
    let bench = try await NoteBench()
    try await bench.append(1...3)
    _ = try await bench.rebuild.run()
    let restored = MemoryLog(incarnation: "two")
    try await bench.append(1...2, to: restored)
    await #expect(throws: ProjectorError.self) {
      try await bench.projector(of: restored).catchUp()
    }
    _ = try await bench.rebuild(of: restored).run()
    try await bench.projector(of: restored).catchUp()
    #expect(try await bench.numbers() == [1, 2])
  }

  @Test func thoseWhoProjectMeanwhileNeedNotStop() async throws {
    let bench = try await NoteBench()
    try await bench.append(1...2)
    _ = try await bench.rebuild.run()
    let running = Task { try await bench.projector().run() }
    try await bench.append(3...3)
    _ = try await bench.rebuild.run()
    try await bench.append(4...4)
    while try await bench.numbers() != [1, 2, 3, 4] { await Task.yield() }
    running.cancel()
    try await running.value
  }

  @Test func oneRebuildAtATime() async throws {
    let bench = try await NoteBench()
    let other = try await PostgresConnection.connect(bench.conninfo)
    try await other.perform { session throws(PostgresError) in
      try session.query("SELECT pg_advisory_lock($1)", [.int(0x72_65_62_75_69_6c_64)])
    }
    await #expect(throws: ViewRebuildError.busy) { try await bench.rebuild.run() }
  }

  @Test func theOldViewServesOnWhenARebuildFails() async throws {
    let bench = try await NoteBench()
    try await bench.append(1...1)
    _ = try await bench.rebuild.run()
    try bench.folder.write("CREATE TABLE broken (n nonsense)", to: "0003_broken.sql")
    let error = await #expect(throws: ViewRebuildError.self) { try await bench.rebuild.run() }
    guard case .migration(.failed("0003_broken.sql", 1, _))? = error else {
      Issue.record("found \(String(describing: error))")
      return
    }
    #expect(try await bench.numbers() == [1])
  }
}
