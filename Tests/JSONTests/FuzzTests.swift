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

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `mutations of texts neither trap nor contradict`(seed: UInt64) {
    var random = SplitMix(state: seed)
    for round in 0..<5000 {
      var bytes = Self.texts[round % Self.texts.count]
      for _ in 0...random.next(4) { mutate(&bytes, &random) }
      bytes.withUnsafeBytes { fuzzJSON($0) }
    }
  }

  private func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix) {
    guard !bytes.isEmpty else { return }
    let place = random.next(bytes.count)
    switch random.next(6) {
    case 0: bytes[place] = Self.alphabet[random.next(Self.alphabet.count)]
    case 1: bytes.insert(Self.alphabet[random.next(Self.alphabet.count)], at: place)
    case 2: bytes.remove(at: place)
    case 3: bytes.removeSubrange(place..<min(place + 1 + random.next(8), bytes.count))
    case 4: bytes[place] = UInt8(random.next(256))
    default:
      let end = min(place + 1 + random.next(8), bytes.count)
      bytes.insert(contentsOf: bytes[place..<end], at: random.next(bytes.count))
    }
  }

  struct SplitMix {
    var state: UInt64

    /// A number below `bound`.
    mutating func next(_ bound: Int) -> Int {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
      return Int((mixed ^ mixed >> 31) % UInt64(bound))
    }
  }
}
