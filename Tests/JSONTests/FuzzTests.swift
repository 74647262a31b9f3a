import TestSupport
import Testing

/// The fuzz target on seeded mutations, so that every test run does a little of it.
@Suite struct FuzzTests {
  static let texts = [
    #"{"id":"e-1","host":{"name":"web","tags":["a","b"]},"v":-1.5e3,"ok":true,"n":null}"#,
    "[{\"a\":[1,2,{\"b\":\"\\ud83d\\ude00\\u00e9\\n\"}]},\n18446744073709551615, \"é😀\" ]",
    "{\"a\":1}\r\n{\"b\":\"}\"}\n\n[[[[[[[[1]]]]]]]]\nnull\n0.1",
    "{\n \"a\": [],\n \"a\": {},\n \"c\": 1e308\n}\n",
    "[1e400,-0.0,01,\"\\x\",nul,[[[[[[[[[]]]]]]]]]]",
  ].map { Array($0.utf8) }
  static let alphabet = Array("{}[]\",:\\\n\r 0123456789-+.eEtfnu".utf8) + [0x00, 0x80, 0xC3, 0xFF]

  @Test(arguments: 1...4) func `mutations of texts neither trap nor contradict`(seed: Int) {
    Mutations(of: Self.texts, pieces: Self.alphabet.map { [$0] })
      .run(5000, seed: seed) { fuzzJSON($0) }
  }
}
