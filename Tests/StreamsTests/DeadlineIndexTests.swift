import Calendar
import Streams
import Testing

/// Names with times: the earliest, and what is due.
@Suite struct DeadlineIndexTests {
  private func at(_ seconds: Int64) -> Instant { Instant(seconds: seconds) }

  private func index(_ entries: KeyValuePairs<String, Int64>) -> DeadlineIndex {
    var index = DeadlineIndex()
    for (name, seconds) in entries { index[name] = at(seconds) }
    return index
  }

  @Test func anEmptyOneHasNothingDue() {
    let index = DeadlineIndex()
    #expect(index.earliest == nil)
    #expect(index.due(at: at(.max / 2_000_000)).isEmpty)
    #expect(index["a"] == nil)
  }

  @Test func whatIsDueComesEarliestFirstAndTheMomentItselfCounts() {
    let index = index(["c": 30, "a": 10, "d": 40, "b": 20])
    #expect(index.earliest == at(10))
    #expect(index.due(at: at(9)) == [])
    #expect(index.due(at: at(10)) == ["a"])
    #expect(index.due(at: at(30)) == ["a", "b", "c"])
    #expect(index.due(at: at(29)) == ["a", "b"])
    #expect(index.due(at: at(99)) == ["a", "b", "c", "d"])
  }

  @Test func whatIsDueAtTheSameTimeComesInTheOrderOfNames() {
    let index = index(["b": 10, "c": 10, "a": 10])
    #expect(index.due(at: at(10)) == ["a", "b", "c"])
  }

  @Test func aNameHasOneDeadline() {
    var index = index(["a": 10, "b": 20])
    index["a"] = at(30)
    #expect(index["a"] == at(30))
    #expect(index.earliest == at(20))
    #expect(index.due(at: at(30)) == ["b", "a"])
    index["a"] = at(5)
    #expect(index.due(at: at(30)) == ["a", "b"])
    index["a"] = at(5)
    #expect(index.due(at: at(30)) == ["a", "b"])
  }

  @Test func whatIsRemovedIsGone() {
    var index = index(["a": 10, "b": 10, "c": 20])
    index["b"] = nil
    index["unknown"] = nil
    #expect(index["b"] == nil)
    #expect(index.due(at: at(20)) == ["a", "c"])
    index["a"] = nil
    #expect(index.earliest == at(20))
    index["c"] = nil
    #expect(index.earliest == nil)
  }

  @Test func manyChangesLeaveWhatADictionaryHolds() {
    var index = DeadlineIndex()
    var plain: [String: Int64] = [:]
    var number: UInt64 = 1
    for _ in 0..<3_000 {
      number = number &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let name = "n\(number >> 33 % 60)"
      let seconds = Int64(number >> 40 % 50)
      let isRemoval = number >> 50 % 4 == 0
      index[name] = isRemoval ? nil : at(seconds)
      plain[name] = isRemoval ? nil : seconds
      #expect(index.earliest == plain.values.min().map(at))
      let due = plain.filter { $0.value <= 25 }.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
      #expect(index.due(at: at(25)) == due.map(\.key))
    }
    #expect(plain.count > 10)
  }
}
