import Testing

/// Mutated requests must be understood the same however they are cut: the fuzz function traps
/// otherwise.
@Suite struct MutationTests {
  private static let texts = [
    "GET /a?b=c HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabcde"
      + "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      + "4;x=y\r\nabcd\r\n0\r\nT: u\r\n\r\n",
    "\r\nDELETE http://h/ HTTP/1.0\r\nExpect: 100-continue\r\nX: \t\r\n\r\n",
  ]
  private static let pieces = [
    "\r", "\n", "\r\n", "\r\n\r\n", " ", "\t", ":", ";", "0", "f", "10", "\0", "\u{7f}", "é", "%",
    "Host: a\r\n", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "HTTP/1.1", "GET ",
  ]

  @Test(arguments: 0..<8) func mutatedRequests(seed: Int) {
    var random = SplitMix(state: UInt64(seed))
    for _ in 0..<500 {
      var bytes = Array(Self.texts[random.below(Self.texts.count)].utf8)
      for _ in 0...random.below(5) {
        let place = random.below(bytes.count + 1)
        switch random.below(4) {
        case 0 where place < bytes.count: bytes.remove(at: place)
        case 1 where place < bytes.count: bytes[place] = UInt8(random.below(256))
        case 2:
          let start = random.below(bytes.count + 1)
          bytes.insert(contentsOf: Array(bytes[start...].prefix(random.below(40))), at: place)
        default:
          bytes.insert(contentsOf: Self.pieces[random.below(Self.pieces.count)].utf8, at: place)
        }
      }
      bytes.withUnsafeBytes { fuzzHTTP($0) }
    }
  }
}

struct SplitMix {
  var state: UInt64

  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
  }
}
