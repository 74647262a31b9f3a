import JSON
import Testing

@testable import Expressions

@Suite struct PythonTests {
  private let budget = Budget(.standard)

  @Test(
    arguments: [
      (0.1, "0.1"), (1.0, "1.0"), (-2.5, "-2.5"), (1e15, "1000000000000000.0"), (1e16, "1e+16"),
      (123_456_789_012_345_680.0, "1.2345678901234568e+17"), (0.0001, "0.0001"),
      (0.00001, "1e-05"), (1.5e-7, "1.5e-07"), (1e100, "1e+100"), (-0.0, "-0.0"), (0, "0.0"),
      (.infinity, "inf"), (-.infinity, "-inf"), (.leastNonzeroMagnitude, "5e-324"),
      (1234.5, "1234.5"),
    ] as [(Double, String)]) func `a float prints as repr does`(value: Double, text: String)
  {
    #expect(PythonNumbers.text(value) == text)
  }

  @Test(
    arguments: [
      (" 1.5 ", 1.5), ("1_000.25", 1000.25), (".5", 0.5), ("5.", 5), ("1e3", 1000),
      ("-Infinity", -.infinity), ("+12", 12), ("\u{661}\u{662}", 12),
    ] as [(String, Double)]) func `a float is read as float() does`(text: String, value: Double)
  {
    #expect(PythonNumbers.float(text) == value)
  }

  @Test(arguments: ["", " ", "0x10", "1__0", "_1", "1_", "e5", ".", "1e", "abc", "1,5", "--1"])
  func `float() refuses`(text: String) { #expect(PythonNumbers.float(text) == nil) }

  @Test(arguments: [
    ("42", 10, 42), (" -7\n", 10, -7), ("1_0", 10, 10), ("0x1f", 16, 31), ("ff", 16, 255),
    ("0b101", 2, 5), ("z", 36, 35), ("9223372036854775807", 10, Int.max),
  ]) func `an int is read as int() does`(text: String, radix: Int, value: Int) {
    #expect(PythonNumbers.int(text, radix: radix) == value)
  }

  @Test(arguments: ["", "1.0", "0x10", "9223372036854775808", "1 2", "+-1"])
  func `int() refuses`(text: String) { #expect(PythonNumbers.int(text) == nil) }

  @Test(arguments: [
    ("plain", "'plain'"), ("it's", "\"it's\""), ("both ' and \"", "'both \\' and \"'"),
    ("a\\b\n\t\r", "'a\\\\b\\n\\t\\r'"), ("\u{0}\u{7F}", "'\\x00\\x7f'"), ("é", "'é'"),
    ("\u{200B}\u{A0}", "'\\u200b\\xa0'"), ("\u{E0001}", "'\\U000e0001'"),
  ]) func `a text prints as repr does`(text: String, printed: String) {
    #expect(PythonPrinter.quoted(text) == printed)
  }

  @Test func `values print as Python's`() throws {
    let value: JSONValue = ["a": [1, 2.0, true, nil, "x"], "b": [:], "c": []]
    #expect(
      try PythonPrinter.string(Value(value), budget)
        == "{'a': [1, 2.0, True, None, 'x'], 'b': {}, 'c': []}")
    #expect(try PythonPrinter.string(.tuple([.int(1)]), budget) == "(1,)")
    #expect(try PythonPrinter.string(.string("it's"), budget) == "it's")
  }

  @Test func `printing ends at the limits`() throws {
    let small = Budget(EvaluationLimits(outputBytesMax: 8, depthMax: 2))
    #expect(try PythonPrinter.string(.list([.int(123_456)]), small) == "[123456]")
    #expect(throws: ExpressionError.self) {
      try PythonPrinter.string(.list([.int(1_234_567)]), small)
    }
    #expect(try PythonPrinter.string(Value([[1]] as JSONValue), small) == "[[1]]")
    #expect(throws: ExpressionError.self) {
      try PythonPrinter.string(Value([[[]]] as JSONValue), small)
    }
  }

  @Test(arguments: [
    ("ΑΣ", "ας"), ("ΑΣΑ", "ασα"), ("Σ", "σ"), ("ΑΣ.", "ας."), ("İ", "i\u{307}"), ("ABC", "abc"),
    ("Straße", "straße"),
  ]) func `lower maps as Python does`(text: String, lowered: String) {
    #expect(PythonText.equal(PythonText.lower(text), lowered))
  }

  @Test func `texts compare by code points`() {
    #expect(!PythonText.equal("é", "e\u{301}"))
    #expect(PythonText.less("Z", "a"))
    #expect(PythonText.less("\u{FFFD}", "😀"))
    #expect(PythonText.less("a", "ab"))
    #expect(!PythonText.less("a", "a"))
    #expect(!PythonText.hasPrefix("e\u{301}x", "é"))
    #expect(PythonText.hasPrefix("e\u{301}", "e"))
    #expect(PythonText.hasSuffix("abc", ""))
    #expect(!PythonText.hasSuffix("c", "bc"))
    #expect(PythonText.contains("aabaac", "aac"))
    #expect(PythonText.contains("", ""))
    #expect(!PythonText.contains("aabaa", "aac"))
  }

  @Test func `searching stays linear on a hostile text`() {
    let text = String(repeating: "a", count: 400_000)
    let part = String(repeating: "a", count: 200_000) + "b"
    #expect(!PythonText.contains(text, part))
  }
}

@Suite struct PythonSemanticsTests {
  private func value(_ json: String) throws -> Value { Value(try JSONDocument(parsing: json).root) }

  @Test(arguments: [
    ("1", "1.0", true), ("1", "true", true), ("0", "false", true), ("0", "\"\"", false),
    ("\"1\"", "1", false), ("null", "null", true), ("null", "false", false),
    ("[1, [true]]", "[1.0, [1]]", true), ("[1]", "[1, 2]", false),
    ("{\"a\": 1, \"b\": 2}", "{\"b\": 2.0, \"a\": true}", true),
    ("{\"a\": 1}", "{\"b\": 1}", false), ("{}", "[]", false),
    ("9007199254740993", "9007199254740992.0", false),
    ("18446744073709551615", "18446744073709551615", true), ("18446744073709551615", "-1", false),
  ]) func `equality is deep and mixes numbers`(one: String, other: String, isEqual: Bool) throws {
    #expect(try PythonSemantics.equal(value(one), value(other)) == isEqual)
    #expect(try PythonSemantics.equal(value(other), value(one)) == isEqual)
    // The same of owned values.
    let owned = Value(try JSONValue(parsing: one))
    #expect(try PythonSemantics.equal(owned, value(other)) == isEqual)
  }

  @Test(arguments: [
    ("1", "2", true), ("1", "1.5", true), ("false", "true", true), ("2", "1", false),
    ("9007199254740992.0", "9007199254740993", true), ("-1", "18446744073709551615", true),
    ("1e300", "9223372036854775807", false), ("\"10\"", "\"9\"", true), ("[1, 2]", "[1, 3]", true),
    ("[1]", "[1, 0]", true), ("[2]", "[1, 9]", false), ("[]", "[]", false),
  ]) func `values are ordered`(one: String, other: String, isLess: Bool) throws {
    #expect(try PythonSemantics.less(value(one), value(other)) == isLess)
    #expect(try PythonSemantics.greater(value(other), value(one)) == isLess)
  }

  @Test(arguments: [
    ("1", "\"1\"", "'<' not supported between instances of 'int' and 'str'"),
    ("null", "1", "'<' not supported between instances of 'NoneType' and 'int'"),
    ("{}", "{}", "'<' not supported between instances of 'dict' and 'dict'"),
    ("[1]", "[\"a\"]", "'<' not supported between instances of 'int' and 'str'"),
  ]) func `other values are not`(one: String, other: String, message: String) throws {
    #expect(throws: ExpressionError.failed(.init(message))) {
      try PythonSemantics.less(value(one), value(other))
    }
  }

  @Test(arguments: [
    ("\"abc\"", "\"b\"", true), ("[1, \"a\"]", "1.0", true), ("[[1]]", "[true]", true),
    ("{\"k\": 1}", "\"k\"", true), ("{\"1\": 1}", "1", false), ("[]", "null", false),
  ]) func `in looks into texts, lists and keys`(
    container: String, item: String, isIn: Bool
  ) throws {
    #expect(try PythonSemantics.contains(value(container), value(item)) == isIn)
  }

  @Test(arguments: [("\"a1\"", "1"), ("5", "1"), ("null", "null"), ("{\"a\": 1}", "[1]")])
  func `in fails where Python's does`(container: String, item: String) {
    #expect(throws: ExpressionError.self) {
      try PythonSemantics.contains(value(container), value(item))
    }
  }

  @Test(arguments: [
    ("null", false), ("0", false), ("0.0", false), ("\"\"", false), ("[]", false), ("{}", false),
    ("false", false), ("\"0\"", true), ("[0]", true), ("{\"a\": null}", true), ("-1", true),
  ]) func `truth`(json: String, isTrue: Bool) throws {
    #expect(try PythonSemantics.isTrue(value(json)) == isTrue)
  }

  @Test func `a name that comes twice in a document counts once`() throws {
    let twice = try value("{\"a\": 1, \"b\": 2, \"a\": 3}")
    #expect(twice.count == 2)
    #expect(try PythonSemantics.equal(twice, value("{\"a\": 3, \"b\": 2}")))
    #expect(try PythonPrinter.string(twice, Budget(.standard)) == "{'a': 3, 'b': 2}")
  }
}
