import TestSupport
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
    Mutations(of: Self.texts.map { Array($0.utf8) }, pieces: Self.inserts.map { [$0] })
      .run(400, seed: seed) { fuzzExpressions($0) }
  }
}
