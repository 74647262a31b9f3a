@testable import JSON
import Testing

/// The tape's form is the parser's own, so it is pinned here: a parser that changes it fails.
@Suite struct TapeTests {
  @Test func `a golden document has the golden tape`() throws {
    let document = try JSONDocument(
      parsing: #"{"a":[1,-1,18446744073709551615,1.5,true,false,null],"é":{"":"x\n"}}"#)
    func word(_ tag: UInt8, _ payload: UInt64) -> UInt64 { UInt64(tag) << 56 | payload }
    let golden: [UInt64] = [
      word(UInt8(ascii: "r"), 23), word(UInt8(ascii: "{"), 2 << 32 | 22),
      word(UInt8(ascii: "\""), 0),
      word(UInt8(ascii: "["), 7 << 32 | 16),
      word(UInt8(ascii: "l"), 0), 1, word(UInt8(ascii: "l"), 0), .max,
      word(UInt8(ascii: "u"), 0), .max, word(UInt8(ascii: "d"), 0), (1.5).bitPattern,
      word(UInt8(ascii: "t"), 0), word(UInt8(ascii: "f"), 0), word(UInt8(ascii: "n"), 0),
      word(UInt8(ascii: "]"), 3),
      word(UInt8(ascii: "\""), 6), word(UInt8(ascii: "{"), 1 << 32 | 21),
      word(UInt8(ascii: "\""), 13), word(UInt8(ascii: "\""), 18),
      word(UInt8(ascii: "}"), 17), word(UInt8(ascii: "}"), 1), word(UInt8(ascii: "r"), 0),
    ]
    #expect((0..<golden.count).map { document.tape.words[$0] } == golden)
    let strings: [UInt8] = [
      1, 0, 0, 0, 0x61, 0, 2, 0, 0, 0, 0xC3, 0xA9, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0x78, 0x0A, 0,
    ]
    #expect((0..<strings.count).map { document.tape.strings[$0] } == strings)
  }

  @Test(arguments: [
    (JSONTape.countCeiling - 1, JSONTape.countCeiling - 1), (JSONTape.countCeiling, 2),
  ])
  func `a count that the tape cannot hold is walked`(held: Int, count: Int) {
    let words: [UInt64] = [
      0, UInt64(UInt8(ascii: "[")) << 56 | UInt64(held) << 32 | 6, UInt64(UInt8(ascii: "l")) << 56,
      7,
      UInt64(UInt8(ascii: "n")) << 56, UInt64(UInt8(ascii: "]")) << 56 | 1,
    ]
    let strings: [UInt8] = [0]
    words.withUnsafeBufferPointer { words in
      strings.withUnsafeBufferPointer { strings in
        let tape = JSONTape(words: words.baseAddress!, strings: strings.baseAddress!)
        #expect(tape.count(JSONTape.root) == count)
      }
    }
  }
}
