import TestSupport
import Testing

/// Mutated records must be read or refused, and what is read must be written the same: the fuzz
/// function traps otherwise.
@Suite struct RecordMutationTests {
  private static let texts =
    FactExample.all.map(\.record)
    + [
      #"{"specversion":"1.0","type":"petrel.Chunk","id":"1-2","source":"petrel","lane":1,"#
        + #""data":{"number":0,"count":2,"text":"{\"id\":\"a\""}}"# + "\n"
        + #"{"specversion":"1.0","type":"petrel.Chunk","id":"2-2","source":"petrel","lane":1,"#
        + #""data":{"number":1,"count":2,"text":",\"lane\":3}"}}"#,
      #"[{"id":"a","type":"b"},{"id":"c\"]","type":"[{"}]"#,
      #"{"id":"e1","type":"petrel.EventReceived","time":"2023-11-14T22:13:20Z","lane":255,"#
        + #""contentend":9,"depth":3,"cause":"x","data":{"form":"webhook","hook":"h","#
        + #""sender_id":"7","digest":"ff","trace_tag":"t","body":{"a":1e3}}}"#,
    ].map { Array($0.utf8) }
  private static let pieces =
    [
      "\n", "null", "-1", "1e400", "18446744073709551615", "\"\"", "\"é\"", "\\", "[", "]", "{",
      "}", ",", ":", "\"data\":", "\"number\":", "\"lane\":256", "\"version\":2", "\u{0}",
      "\"type\":\"petrel.WorkStarted\",", "\"status\":\"failed\",", "\"execution\":",
    ].map { Array($0.utf8) } + [[0xFF]]

  @Test(arguments: 0..<8) func `mutations of records neither trap nor change`(seed: Int) {
    Mutations(of: Self.texts, pieces: Self.pieces, repeatedMax: 40)
      .run(400, seed: seed) { fuzzRecords($0) }
  }
}
