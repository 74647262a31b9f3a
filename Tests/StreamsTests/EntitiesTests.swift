import JSON
import Testing

@testable import Streams

/// Open entities, what is saved of them, and how it is cut into records.
@Suite struct EntitiesTests {
  private func saved(
    _ entities: inout Entities<Int>, _ scope: CheckpointScope, prefix: String = ""
  ) -> [String] {
    var writer = CheckpointWriter()
    entities.save(scope, prefix: prefix, into: &writer) { $1.value($0) }
    return writer.finish().map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func everythingIsWrittenInTheOrderOfNames() {
    var entities = Entities<Int>()
    for (name, number) in [("b", 2), ("c", 3), ("a", 1)] { entities[name] = number }
    #expect(saved(&entities, .everything) == [#"{"a":1,"b":2,"c":3}"#])
    #expect(saved(&entities, .everything, prefix: "x/") == [#"{"x/a":1,"x/b":2,"x/c":3}"#])
    #expect(entities.count == 3)
  }

  @Test func onlyWhatChangedSinceIsWritten() {
    var entities = Entities<Int>()
    for name in ["a", "b", "c"] { entities[name] = 0 }
    #expect(saved(&entities, .changes) == [#"{"a":0,"b":0,"c":0}"#])
    #expect(saved(&entities, .changes) == [])
    entities["c"] = 5
    entities.update("a") { $0 = 4 }
    entities["b"] = nil
    entities["d"] = 6
    entities["d"] = nil
    #expect(saved(&entities, .changes) == [#"{"a":4,"b":null,"c":5,"d":null}"#])
    #expect(saved(&entities, .changes) == [])
    #expect(saved(&entities, .everything) == [#"{"a":4,"c":5}"#])
  }

  @Test func aWholeSaveCountsAsOneOfChanges() {
    var entities = Entities<Int>()
    entities["a"] = 1
    #expect(saved(&entities, .everything) == [#"{"a":1}"#])
    #expect(saved(&entities, .changes) == [])
  }

  @Test func whatIsNotThereCannotBeUpdated() {
    var entities = Entities<Int>()
    entities.update("a") { $0 += 1 }
    #expect(entities["a"] == nil)
    #expect(saved(&entities, .changes) == [])
  }

  @Test func whatIsTakenBackIsNoChange() {
    var entities = Entities<Int>()
    entities.restore("a", 1)
    entities.restore("b", 2)
    entities.restore("b", nil)
    #expect(entities.all == ["a": 1])
    #expect(saved(&entities, .changes) == [])
  }

  @Test func aRecordIsClosedOnceItHas512KiB() {
    var writer = CheckpointWriter()
    // {"a":"…"} without its closing brace.
    let bytes = 512 << 10 - 7
    writer.entity("a") { $0.value(String(repeating: "t", count: bytes)) }
    writer.entity("b") { $0.value(1) }
    writer.entity("c") { $0.value(2) }
    let texts = writer.finish()
    #expect(texts.count == 2)
    #expect(texts[0].count == 512 << 10 + 7)
    #expect(texts[1] == Array(#"{"c":2}"#.utf8))

    var exact = CheckpointWriter()
    exact.entity("a") { $0.value(String(repeating: "t", count: bytes + 1)) }
    exact.remove("b")
    let more = exact.finish()
    #expect(more.map(\.count) == [512 << 10 + 2, 10])
    #expect(more[1] == Array(#"{"b":null}"#.utf8))
  }

  @Test func withoutEntitiesThereAreNoRecords() {
    var writer = CheckpointWriter()
    #expect(writer.finish() == [])
  }
}
