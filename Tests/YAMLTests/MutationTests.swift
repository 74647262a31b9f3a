import Testing
import YAML

/// Mutated texts must give a tree or an error, whatever they say: the fuzz function traps
/// otherwise.
@Suite struct MutationTests {
  private static let texts = [
    "a: &x [1, 2.5, {b: 'c'}]\nd: *x\n<<: {e: ~}\nf: |\n  text\n  more\n",
    "- \"esc \\u263a \\x41\"\n- 2001-12-14T21:59:43.1Z\n- ? key\n  : value\n- !!int '0b11'\n",
    "---\nname: { on: yes, 1: [a, [b, [c]]] } # comment\n...\n%YAML 1.1\n--- >-\n folded\n\n text\n",
    "é: ü\u{2028}x: y\n\u{85}z: 1:30\n",
  ]
  private static let inserts =
    Array(" \n\t:-[]{},&*!|>'\"%@#?~<=.0aé\\\r\u{FEFF}".utf8) + [0, 0xFF]

  @Test(arguments: 0..<8) func mutatedTexts(seed: Int) {
    var random = SplitMix(state: UInt64(seed))
    for _ in 0..<600 {
      var bytes = Array(Self.texts[random.below(Self.texts.count)].utf8)
      for _ in 0...random.below(6) {
        let place = random.below(bytes.count + 1)
        switch random.below(4) {
        case 0 where place < bytes.count: bytes.remove(at: place)
        case 1 where place < bytes.count:
          bytes[place] = Self.inserts[random.below(Self.inserts.count)]
        case 2:
          let start = random.below(bytes.count + 1)
          bytes.insert(contentsOf: bytes[start...].prefix(random.below(12)), at: place)
        default: bytes.insert(Self.inserts[random.below(Self.inserts.count)], at: place)
        }
      }
      bytes.withUnsafeBytes { fuzzYAML($0) }
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
