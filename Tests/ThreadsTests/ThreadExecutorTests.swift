import Testing

@testable import Threads

private actor Ledger {
  nonisolated let executor: ThreadExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  private var entries: [Int] = []

  init() throws { executor = try ThreadExecutor(named: "ledger") }

  func add(_ entry: Int) -> Bool {
    entries.append(entry)
    return executor.thread.isCurrent
  }

  nonisolated func countFromACallback() -> Int { assumeIsolated { $0.entries.count } }
  func countThroughACallback() -> Int { countFromACallback() }
  func all() -> [Int] { entries }
}

private struct Refusal: Error, Equatable {}

@Suite(.timeLimit(.minutes(1))) struct ThreadExecutorTests {
  @Test func anActorRunsOnTheThreadAndKeepsItsState() async throws {
    let ledger = try Ledger()
    await withTaskGroup { group in
      for entry in 0..<200 {
        group.addTask { await ledger.add(entry) }
      }
      for await onThread in group { #expect(onThread) }
    }
    #expect(await ledger.all().sorted() == Array(0..<200))
    #expect(await ledger.countThroughACallback() == 200)
  }

  @Test func callsRunInOrderOffTheCallersThread() async throws {
    let executor = try ThreadExecutor(named: "calls")
    let isCurrent = await executor.run { executor.thread.isCurrent }
    #expect(isCurrent)
    #expect(!executor.thread.isCurrent)
    #expect(await executor.run { 1 + 1 } == 2)
    await #expect(throws: Refusal()) { try await executor.run { throw Refusal() } }
  }

  @Test func anIdleThreadWakesEachTime() async throws {
    let executor = try ThreadExecutor(named: "idle")
    for number in 0..<2_000 { #expect(await executor.run { number } == number) }
  }

  @Test func aTaskCanPreferIt() async throws {
    let executor = try ThreadExecutor(named: "preferred")
    let isCurrent = await Task(executorPreference: executor) { executor.thread.isCurrent }.value
    #expect(isCurrent)
  }

  @Test func theThreadEndsWithTheLastReference() async throws {
    var executor: ThreadExecutor? = try ThreadExecutor(named: "ends")
    let thread = try #require(executor).thread
    #expect(await executor?.run { 7 } == 7)
    executor = nil
    thread.join()  // Would hang if the thread did not end.
  }

  @Test func theLastReferenceMayGoOnTheThreadItself() async throws {
    let seen = Locked<[Int]>([])
    var ledger: Ledger? = try Ledger()
    let thread = try #require(ledger).executor.thread
    let task = Task { [ledger] in
      for entry in 0..<3 where await ledger?.add(entry) == true {
        seen.withLock { $0.append(entry) }
      }
    }
    ledger = nil
    await task.value
    thread.join()
    #expect(seen.withLock { $0 } == [0, 1, 2])
  }
}
