import Connectors
import Postgres
import Streams
import TestSupport
import Testing

@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.missing)"))
struct ProjectorTests {
  @Test func eachRecordCountsOnceHoweverOftenItsBatchComes() async throws {
    let bench = try await TallyBench()
    try await bench.append([1, 2, 3])
    let start = try await bench.projector.positions()
    #expect(start == [TallyBench.partition: 0])
    let batch = try await bench.batch(from: 0)
    for _ in 1...2 {
      let end = try await bench.projector.apply(batch, from: start)
      #expect(end == [TallyBench.partition: 3])
    }
    try await bench.append([4])
    let longer = try await bench.batch(from: 0)
    try await bench.projector.apply(longer, from: start)
    #expect(try await bench.numbers() == "1 2 3 4")
    #expect(try await bench.projector.positions() == [TallyBench.partition: 4])
  }

  @Test func aBatchThatBeginsTooLateIsRefused() async throws {
    let bench = try await TallyBench()
    try await bench.append([1, 2, 3])
    let late = try await bench.batch(from: 2)
    await #expect(throws: ProjectorError.moved) {
      try await bench.projector.apply(late, from: [TallyBench.partition: 2])
    }
    #expect(try await bench.numbers() == "")
  }

  @Test func twoProjectorsOfOneNameDoNoHarm() async throws {
    let bench = try await TallyBench()
    try await bench.append(Array(1...50))
    let other = Projector(TallyProjection(), of: bench.log, conninfo: bench.conninfo)
    async let one: Void = bench.projector.catchUp()
    async let two: Void = other.catchUp()
    _ = try await (one, two)
    #expect(try await bench.numbers() == (1...50).map(String.init).joined(separator: " "))
  }

  @Test func whatIsNoFactIsNotedAndTheRestCounts() async throws {
    let bench = try await TallyBench()
    try await bench.append([1])
    try await bench.appendText("{\"nonsense")
    try await bench.appendText("{\"id\":\"e\"}")
    try await bench.append([2])
    try await bench.projector.catchUp()
    #expect(try await bench.numbers() == "1 2")
    let sql = "SELECT record_offset || ' ' || record FROM projection_errors ORDER BY record_offset"
    #expect(try await bench.texts(sql) == ["1 {\"nonsense", "2 {\"id\":\"e\"}"])
  }

  @Test func aRowThatTheDatabaseRefusesIsNotedAndTheRestCounts() async throws {
    let bench = try await TallyBench()
    try await bench.append([1, 1001, 2], packed: true)
    try await bench.append([3, 1002, 1000])
    try await bench.projector.catchUp()
    #expect(try await bench.numbers() == "1 2 3 1000")
    let sql = """
      SELECT record_offset || '.' || record_index FROM projection_errors
      WHERE reason LIKE '%addition_number_check%' ORDER BY record_offset, record_index
      """
    #expect(try await bench.texts(sql) == ["0.1", "2.0"])
    try await bench.append([4])
    try await bench.projector.catchUp()
    #expect(try await bench.numbers() == "1 2 3 1000 4")
  }

  @Test func anotherLogIsRefusedWithTheRemedy() async throws {
    let bench = try await TallyBench(incarnation: "old")
    try await bench.append([1])
    try await bench.projector.catchUp()
    let restored = MemoryLog(incarnation: "new")
    let projector = Projector(TallyProjection(), of: restored, conninfo: bench.conninfo)
    let expected = ProjectorError.otherLog(projection: "tally", held: "old", found: "new")
    await #expect(throws: expected) { try await projector.run() }
    #expect("\(expected)".contains("petrel view rebuild"))
    await #expect(throws: expected) {
      try await projector.apply(
        Batch(positions: [TallyBench.partition: 5]), from: [TallyBench.partition: 1])
    }
  }

  @Test func aViewAheadOfItsLogIsRefusedWithTheRemedy() async throws {
    let bench = try await TallyBench()
    try await bench.append([1, 2])
    try await bench.projector.catchUp()
    let shorter = MemoryLog(incarnation: "one")
    let projector = Projector(TallyProjection(), of: shorter, conninfo: bench.conninfo)
    let expected = ProjectorError.ahead(
      projection: "tally", partition: "triggers/0", offset: 2, end: 0)
    await #expect(throws: expected) { try await projector.run() }
    #expect("\(expected)".contains("petrel view rebuild"))
  }

  @Test func aLostConnectionIsMadeAnew() async throws {
    let bench = try await TallyBench()
    try await bench.append([1])
    try await bench.projector.catchUp()
    let sql = """
      SELECT pg_terminate_backend(pid, 60000)::text FROM pg_stat_activity
      WHERE application_name = 'petrel tally' AND datname = current_database()
      """
    #expect(try await bench.texts(sql) == ["true"])
    try await bench.append([2])
    try await bench.projector.catchUp()
    #expect(try await bench.numbers() == "1 2")
  }

  @Test func aCommitWithoutAnswerIsSettled() async throws {
    let bench = try await TallyBench()
    // The backend dies at its first commit, once; a sequence does not go back.
    try await bench.execute(
      """
      CREATE SEQUENCE deaths;
      CREATE FUNCTION die_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('petrel.deaths') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
        RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER die AFTER INSERT ON addition DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION die_once()
      """)
    try await bench.append([1])
    try await bench.projector.catchUp()
    #expect(try await bench.numbers() == "1")
    #expect(try await bench.texts("SELECT last_value::text FROM deaths") == ["2"])
  }

  @Test func aFailingStatementOfTheProjectionStopsIt() async throws {
    let bench = try await TallyBench()
    try await bench.append([1])
    try await bench.execute("DROP TABLE tally")
    let error = await #expect(throws: ProjectorError.self) { try await bench.projector.run() }
    guard case .broken("tally", .invalid)? = error else {
      Issue.record("found \(String(describing: error))")
      return
    }
  }

  @Test func aNewViewBeginsAtTheLogsFirstRecord() async throws {
    let bench = try await TallyBench()
    try await bench.append([1, 2, 3])
    try await bench.log.trim(TallyBench.partition, before: 2)
    try await bench.projector.catchUp()
    #expect(try await bench.numbers() == "3")
    #expect(try await bench.texts("SELECT reason FROM projection_errors").isEmpty)
  }

  @Test func aGapInAViewThatHadBegunIsNoted() async throws {
    let bench = try await TallyBench()
    try await bench.append([1])
    try await bench.projector.catchUp()
    try await bench.append([2, 3, 4])
    try await bench.log.trim(TallyBench.partition, before: 3)
    try await bench.projector.catchUp()
    #expect(try await bench.numbers() == "1 4")
    let sql = "SELECT record_offset || '-' || until_offset FROM projection_errors"
    #expect(try await bench.texts(sql) == ["1-3"])
  }

  @Test func itFollowsTheDurableEndUntilItIsCancelled() async throws {
    let bench = try await TallyBench()
    let running = Task { try await bench.projector.run() }
    for number in 1...3 {
      try await bench.append([number])
      let expected = (1...number).map(String.init).joined(separator: " ")
      while try await bench.numbers() != expected { await Task.yield() }
    }
    running.cancel()
    try await running.value
  }

  @Test func itWaitsForADatabaseThatIsAway() async throws {
    let bench = try await TallyBench()
    let projector = Projector(TallyProjection(), of: bench.log, conninfo: "host=/nonexistent")
    await #expect(throws: ProjectorError.self) { try await projector.positions() }
    let running = Task { try await projector.run() }
    running.cancel()
    try await running.value
  }
}
