import TestSupport
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
    Mutations(of: Self.texts.map { Array($0.utf8) }, pieces: Self.inserts.map { [$0] })
      .run(600, seed: seed) { fuzzYAML($0) }
  }
}
