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
    var random = SplitMix(state: UInt64(seed))
    for _ in 0..<400 {
      var bytes = Self.texts[random.below(Self.texts.count)]
      for _ in 0...random.below(5) {
        let place = random.below(bytes.count + 1)
        switch random.below(5) {
        case 0 where place < bytes.count: bytes.remove(at: place)
        case 1 where place < bytes.count: bytes[place] = UInt8(random.below(256))
        case 2:
          let start = random.below(bytes.count + 1)
          bytes.insert(contentsOf: bytes[start...].prefix(random.below(40)), at: place)
        case 3:
          let end = min(place + random.below(20), bytes.count)
          bytes.removeSubrange(place..<end)
        default:
          bytes.insert(contentsOf: Self.pieces[random.below(Self.pieces.count)], at: place)
        }
      }
      bytes.withUnsafeBytes { fuzzRecords($0) }
    }
  }
}

private struct SplitMix {
  var state: UInt64

  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
  }
}
