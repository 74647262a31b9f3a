import Testing

/// Mutated texts must give a value or an error, whatever they say: the fuzz function traps
/// otherwise.
@Suite struct MutationTests {
  private static let texts = [
    "a {{ trigger.b[2].c | upper ~ -1.5e3 // 2 }} {# note #}\n {{- s[::-1] -}} x",
    "{{ [1, 'a\\x41\\n', (2,), {'k': none}] is not mapping and trigger['k'] in s or a ** 3 % 7 }}",
    "{{ trigger.s.split('l', 1) | join(d=', ') | replace('H', \"J\") | default(a if s else 0x1F)}}",
    "{{ '%s-%05.2f' % (s, a) | regex_replace('(?P<x>l+)', '<\\\\1>') | to_json_string(indent=2) }}",
    "$.b[*]..c | k['x y'][0:-1] where `this`.(a,b)", "trigger.\"x\".*.`parent`[-1] & n",
    "(?i)^(a|b)*?(?P<n>[^\\W\\d_]{2,3})(?=x)(?<!y)\\1(?P=n)(?(1)c|d)\\Z", "*[!a-z]?[]]*",
  ]
  private static let inserts =
    Array(" \n{}[]()|.,:;'\"\\%#-+*/~=<>!&?$@`0aNé".utf8) + [0, 0xFF]

  @Test(arguments: 0..<8) func mutatedTexts(seed: Int) {
    var random = SplitMix(state: UInt64(seed))
    for _ in 0..<400 {
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
      bytes.withUnsafeBytes { fuzzExpressions($0) }
    }
  }
}

private struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
}
