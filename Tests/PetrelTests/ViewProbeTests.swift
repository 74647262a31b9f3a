import Testing
import Threads

@testable import petrel

@Suite struct ViewProbeTests {
  @Test func theDatabaseIsAskedAgainOnlyWhenTheAnswerIsOld() async {
    let start = ContinuousClock.now
    let (time, answers) = (Locked(start), Locked([true, false, true]))
    let probe = ViewProbe(now: { time.withLock { $0 } }) { answers.withLock { $0.removeFirst() } }
    #expect(await probe.isAnswering())
    #expect(await probe.isAnswering())
    #expect(answers.withLock { $0.count } == 2)
    time.withLock { $0 = start + ViewProbe.age }
    #expect(await !probe.isAnswering())
    time.withLock { $0 = start + ViewProbe.age * 2 }
    #expect(await probe.isAnswering())
    #expect(answers.withLock { $0.isEmpty })
  }
}
