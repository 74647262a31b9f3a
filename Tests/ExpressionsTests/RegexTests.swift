import Testing

@testable import Expressions

@Suite struct RegexTests {
  @Test(arguments: [
    ("b+", "abbc", true), ("^b", "ab", false), ("a$", "a\n", true), ("a\\Z", "a\n", false),
    ("a.b", "a\nb", false), ("a.b", "a\rb", true), ("(?s)a.b", "a\nb", true), ("(?i)É", "é", true),
    ("\\d", "\u{663}", true), ("(?a)\\d", "\u{663}", false), ("\\w+$", "été", true),
    ("^\\s$", "\u{1C}", true), ("(?P<n>ab)(?P=n)", "abab", true), ("(ab)\\1", "ab", false),
    ("(?<=x)y", "xy", true), ("(?<!x)y", "xy", false), ("a(?=b)", "ac", false),
    ("(a)?(?(1)b|c)", "c", true), ("a{,2}b", "aaab", true), ("^a{,2}b", "aaab", false),
    ("a{x}", "a{x}", true), ("[]a]+", "]a", true), ("[^]a]", "]a", false), ("[[:x]", ":", true),
    ("\\x41\\u0042\\U00000043\\104", "ABCD", true), ("\\N{BULLET}", "•", true),
    ("(?x) a b # c", "ab", true), ("(?i:a)B", "AB", true), ("(?i:a)B", "Ab", false),
    ("(?i)i", "\u{130}", true), ("a++a", "aaa", false), ("(?>a+)b", "aab", true),
    ("\\B", "", false),
    ("a|b|", "", true), ("(?#note)a", "a", true), ("[\\d-]", "-", true),
    ("(?m)^b$", "a\nb\nc", true),
  ]) func `search`(pattern: String, text: String, isFound: Bool) throws {
    #expect(try Regex(pattern).matches(text) == isFound)
  }

  @Test func `flags from outside and anchors`() throws {
    #expect(try Regex("a.b", flags: [.ignoreCase, .dotAll]).matches("xA\nB"))
    #expect(try !Regex("b", anchor: .start).matches("ab"))
    #expect(try Regex("a", anchor: .start).matches("ab"))
    #expect(try !Regex("a|ab", anchor: .whole).matches("abc"))
    #expect(try Regex("a|ab", anchor: .whole).matches("ab"))
  }

  @Test func `groups, also those that took no part`() throws {
    let regex = try Regex("(?P<year>\\d+)(-(\\d+))?")
    let text = "é2024 "
    let match = try #require(try regex.firstMatch(in: text))
    #expect(match.group(0, in: text) == "2024")
    #expect(match.group(regex.groupNames["year"] ?? 0, in: text) == "2024")
    #expect(match.group(3, in: text) == nil)
    #expect(regex.groupCount == 3)
  }

  @Test(arguments: [
    ("a(b", "missing ), unterminated subpattern at position 1"),
    ("a)", "unbalanced parenthesis at position 1"),
    ("[a", "unterminated character set at position 0"),
    ("*a", "nothing to repeat at position 0"),
    ("^*", "nothing to repeat at position 1"),
    ("a**", "multiple repeat at position 2"),
    ("a{2,1}", "min repeat greater than max repeat at position 1"),
    ("\\", "bad escape (end of pattern) at position 1"),
    ("\\h", "bad escape \\h at position 0"),
    ("\\p{L}", "bad escape \\p at position 0"),
    ("(?<n>a)", "unknown extension ?<n at position 1"),
    ("(?P>n)", "unknown extension ?P> at position 1"),
    ("(?P=n)", "unknown group name 'n' at position 4"),
    ("(?P<1>a)", "bad character in group name '1' at position 4"),
    ("(?P<n>a)(?P<n>b)", "redefinition of group name 'n' as group 2; was group 1 at position 8"),
    ("(a\\1)", "cannot refer to an open group at position 2"),
    ("\\1(a)", "invalid group reference 1 at position 1"),
    ("(?<=a+)b", "look-behind requires fixed-width pattern at position 0"),
    ("x(?i)a", "global flags not at the start of the expression at position 1"),
    ("(?L)a", "bad inline flags: cannot use 'L' flag with a str pattern at position 3"),
    ("(?ii-i:a)", "bad inline flags: flag turned on and off at position 7"),
    ("[z-a]", "bad character range z-a at position 1"),
    ("[a-\\d]", "bad character range a-\\d at position 1"),
    ("(?(2)a)(b)", "invalid group reference 2 at position 3"),
    ("(?#c", "missing ), unterminated comment at position 0"),
    ("é(", "missing ), unterminated subpattern at position 1"),
  ]) func `a faulty pattern is refused with its place`(pattern: String, message: String) throws {
    let error = try #require(throws: ExpressionError.self) { try Regex(pattern) }
    guard case .malformed(let fault) = error else {
      Issue.record("expected malformed, found \(error)")
      return
    }
    #expect(fault.message == message)
    #expect(fault.place != nil)
  }

  @Test func `runaway matching ends with an error, not with no`() throws {
    let regex = try Regex("(a+)+$", matchStepsMax: 10_000)
    let error = #expect(throws: ExpressionError.self) {
      try regex.matches(String(repeating: "a", count: 40) + "b")
    }
    guard case .limitReached? = error else {
      Issue.record("expected limitReached, found \(String(describing: error))")
      return
    }
    #expect(try regex.matches("aaaa"))
  }

  @Test func `a long text that needs more stack is matched`() throws {
    let text = String(repeating: "ab", count: 5_000)
    #expect(try Regex("(?:(a)|(b))*\\Z", anchor: .start).matches(text))
  }

  @Test func `size limits`() throws {
    let atLimit = String(repeating: "a", count: Regex.patternBytesMax)
    #expect(try Regex(atLimit).matches(atLimit))
    #expect(throws: ExpressionError.self) { try Regex(atLimit + "a") }
    let depth = RegexTranslation.nestingMax
    func nested(_ count: Int) -> String {
      String(repeating: "(", count: count) + "a" + String(repeating: ")", count: count)
    }
    #expect(try Regex(nested(depth)).matches("a"))
    #expect(throws: ExpressionError.self) { try Regex(nested(depth + 1)) }
    #expect(try Regex("a{\(RegexTranslation.repeatMax)}").matches("a") == false)
    #expect(throws: ExpressionError.self) { try Regex("a{\(RegexTranslation.repeatMax + 1)}") }
  }

  @Test(arguments: [
    ("l+", "L", "hello all", "heLo aL"), ("x*", "-", "abxd", "-a-b--d-"), ("", "-", "ab", "-a-b-"),
    ("(\\w)(\\w)", "\\2\\1", "abcd", "badc"),
    ("(?P<n>b)", "<\\g<n>\\g<0>\\g<1>>", "abc", "a<bbb>c"),
    ("b", "\\n\\\\\\.", "abc", "a\n\\\\.c"), ("(a)|b", "[\\1]", "ab", "[a][]"),
    ("é", "e", "été", "ete"),
  ]) func `replacement`(pattern: String, template: String, text: String, result: String) throws {
    var budget = Budget(.standard)
    let regex = try Regex(pattern)
    #expect(
      try RegexReplacement.replace(regex, with: template, in: text, &budget) == result)
  }

  @Test(arguments: ["\\2", "\\q", "\\g<x>", "\\g<9>", "\\g", "\\400", "\\"])
  func `a faulty replacement is refused`(template: String) {
    var budget = Budget(.standard)
    #expect(throws: ExpressionError.self) {
      try RegexReplacement.replace(try Regex("(a)"), with: template, in: "a", &budget)
    }
  }
}

@Suite struct FnmatchTests {
  @Test(arguments: [
    ("*", "", true), ("a*c", "abbc", true), ("a*c", "ab", false), ("a?c", "abc", true),
    ("a?c", "ac", false), ("*.log", "x.LOG", false), ("[ab]x", "bx", true), ("[!ab]x", "cx", true),
    ("[!ab]x", "ax", false), ("[a-c]", "b", true), ("[c-a]", "b", false), ("[]]", "]", true),
    ("[!]]", "]", false), ("[a-]", "-", true), ("[-a]", "-", true), ("[a", "[a", true),
    ("a.b", "axb", false), ("?", "é", true), ("?", "e\u{301}", false),
    ("*a*a*a*b", "aaaaaaaaac", false),
    ("a\\*", "a\\b", true), ("[^a]", "^", true), ("**", "x\ny", true), ("[a-c-e]", "-", true),
    ("[!]", "[!]", true), ("", "", true), ("", "a", false),
  ]) func `patterns`(pattern: String, text: String, isMatch: Bool) {
    #expect(Fnmatch(pattern).matches(text) == isMatch)
  }

  @Test func `many stars stay cheap`() {
    let pattern = Fnmatch(String(repeating: "*a", count: 100) + "b")
    #expect(!pattern.matches(String(repeating: "a", count: 2_000)))
  }
}
