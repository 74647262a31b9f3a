import JSON
import Testing

/// Texts that are no JSON, with what is said of them.
@Suite struct FaultTests {
  static let faults: [(String, JSONError.Reason, String)] = [
    ("", .malformed, "1:1 expected a value, found only white space"),
    (" \n ", .malformed, "2:2 expected a value, found only white space"),
    ("\u{FEFF}1", .malformed, "1:1 expected a value, found a byte order mark"),
    ("1 2", .malformed, "1:3 expected the end of the text, found '2'"),
    ("[1,]", .malformed, "1:4 expected a value, found ']'"),
    ("[1 2]", .malformed, "1:4 expected ',' or ']', found '2'"),
    ("[1", .malformed, "1:3 expected ',' or ']', found the end of the text"),
    ("[", .malformed, "1:2 expected a value, found the end of the text"),
    ("]", .malformed, "1:1 expected a value, found ']'"),
    ("[1}", .malformed, "1:3 expected ',' or ']', found '}'"),
    ("{\"a\":1]", .malformed, "1:7 expected ',' or '}', found ']'"),
    ("{\n  'a': 1}", .malformed, "2:3 expected a member's name in double quotes or '}', found '''"),
    ("{\"a\":1,}", .malformed, "1:8 expected a member's name in double quotes, found '}'"),
    ("{\"a\" 1}", .malformed, "1:6 expected ':' behind the member's name, found '1'"),
    ("{\"a\":}", .malformed, "1:6 expected a value, found '}'"),
    ("{\"a\":1 \"b\":2}", .malformed, "1:8 expected ',' or '}', found '\"'"),
    ("nul", .malformed, "1:1 expected null, found another word"),
    ("[True]", .malformed, "1:2 expected a value, found 'T'"),
    ("truely", .malformed, "1:1 expected true, found another word"),
    ("NaN", .malformed, "1:1 expected a value, found 'N'"),
    ("-Infinity", .malformed, "1:2 expected a digit, found 'I'"),
    ("01", .malformed, "1:2 expected no digit behind a leading zero"),
    ("-", .malformed, "1:2 expected a digit, found the end of the text"),
    ("1.", .malformed, "1:3 expected a digit, found the end of the text"),
    (".5", .malformed, "1:1 expected a value, found '.'"),
    ("+1", .malformed, "1:1 expected a value, found '+'"),
    ("1e", .malformed, "1:3 expected a digit, found the end of the text"),
    ("1e+x", .malformed, "1:4 expected a digit, found 'x'"),
    ("0x1F", .malformed, "1:2 expected the number's end, found 'x'"),
    ("1.2.3", .malformed, "1:4 expected the number's end, found '.'"),
    (
      "18446744073709551616", .numberOutOfRange,
      "1:1 expected an integer of 64 bits, found one of 20 characters"
    ),
    (
      "[-9223372036854775809]", .numberOutOfRange,
      "1:2 expected an integer of 64 bits, found one of 20 characters"
    ),
    ("{\"a\":1e400}", .numberOutOfRange, "1:6 expected a number up to 1.8e308, found 1e400"),
    ("-1e400", .numberOutOfRange, "1:1 expected a number up to 1.8e308, found -1e400"),
    ("\"a", .malformed, "1:3 expected '\"' at the string's end, found the end of the text"),
    (
      "\"a\nb\"", .malformed,
      "1:3 expected a control character written as \\u00.., found byte 0x0A"
    ),
    ("\"\\x\"", .malformed, "1:3 expected one of \"\\/bfnrtu behind a backslash, found 'x'"),
    (
      "\"\\", .malformed,
      "1:3 expected one of \"\\/bfnrtu behind a backslash, found the end of the text"
    ),
    ("\"\\u12g4\"", .malformed, "1:6 expected four hexadecimal digits behind \\u, found 'g'"),
    ("\"\\ud800\"", .malformed, "1:2 expected a pair of surrogates, found half of one"),
    ("\"\\ud800\\u0041\"", .malformed, "1:2 expected a pair of surrogates, found half of one"),
    ("\"\\udc00\\ud800\"", .malformed, "1:2 expected a pair of surrogates, found half of one"),
    ("[é]", .malformed, "1:2 expected a value, found byte 0xC3"),
    ("[\u{A0}1]", .malformed, "1:2 expected a value, found byte 0xC2"),
    ("1 // one", .malformed, "1:3 expected the end of the text, found '/'"),
    ("\0", .malformed, "1:1 expected a value, found byte 0x00"),
  ]

  @Test(arguments: faults)
  func `a fault is told with its place`(text: String, reason: JSONError.Reason, message: String) {
    let error = #expect(throws: JSONError.self) { _ = try JSONValue(parsing: text) }
    #expect(error?.reason == reason)
    #expect(error.map { "\($0.line):\($0.column) \($0.message)" } == message)
  }

  @Test(
    arguments: [
      [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0x80, 0x22], [0x22, 0xC0, 0x80, 0x22],
      [0x22, 0xE0, 0x80, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
      [0x22, 0xF0, 0x80, 0x80, 0x80, 0x22], [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
      [0x22, 0xF5, 0x80, 0x80, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22], [0x22, 0xE2, 0x82],
    ] as [[UInt8]])
  func `bytes that are no UTF-8 are refused`(bytes: [UInt8]) {
    let error = #expect(throws: JSONError.self) { _ = try JSONValue(parsing: bytes) }
    #expect(error?.offset == 1)
    #expect(error?.message.hasPrefix("expected UTF-8, found byte 0x") == true)
  }

  @Test func `an error reads as a sentence`() {
    let error = #expect(throws: JSONError.self) { _ = try JSONValue(parsing: "{\n \"a\": tru}") }
    #expect(
      error?.description == "line 2, column 7 (byte 8): expected true, found another word")
  }

  @Test func `a parser that has refused a text takes the next one`() throws {
    for text in ["[1", "[[[[1]]]]", "\"\u{1}"] {
      _ = #expect(throws: JSONError.self) {
        try JSONValue(parsing: text, limits: JSONLimits(depthMax: 3))
      }
      #expect(try JSONValue(parsing: "[1]") == [1])
    }
  }
}
