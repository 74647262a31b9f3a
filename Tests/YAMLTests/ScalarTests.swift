import Testing
import YAML

/// Each row: a text, and what PyYAML's safe loader makes of it.
@Suite struct ScalarTests {
  @Test(arguments: [
    ("", YAMLValue.null), ("~", .null), ("null", .null), ("Null", .null), ("NULL", .null),
    ("nUll", .string("nUll")), ("~~", .string("~~")),
    ("yes", .bool(true)), ("Yes", .bool(true)), ("YES", .bool(true)), ("yEs", .string("yEs")),
    ("on", .bool(true)), ("On", .bool(true)), ("oN", .string("oN")), ("true", .bool(true)),
    ("no", .bool(false)), ("NO", .bool(false)), ("off", .bool(false)), ("FALSE", .bool(false)),
    ("y", .string("y")), ("n", .string("n")), ("Y", .string("Y")), ("tRue", .string("tRue")),
    ("=", .string("=")), ("<<", .string("<<")), ("<", .string("<")),
  ]) func words(text: String, value: YAMLValue) throws {
    #expect(try YAMLNode(parsing: text).value == value)
  }

  @Test(arguments: [
    ("0", YAMLValue.int(0)), ("-0", .int(0)), ("+12", .int(12)), ("20011214", .int(20_011_214)),
    ("1_000", .int(1000)),
    ("1_", .int(1)), ("_1", .string("_1")), ("017", .int(15)), ("-017", .int(-15)),
    ("0_7", .int(7)), ("0_", .int(0)), ("08", .string("08")), ("0o17", .string("0o17")),
    ("0b101", .int(5)), ("-0b11", .int(-3)), ("0b2", .string("0b2")), ("0x1F", .int(31)),
    ("0x_f", .int(15)), ("0XFF", .string("0XFF")), ("0xg", .string("0xg")),
    ("1:30", .int(90)), ("-1:30", .int(-90)), ("1:2:3:4", .int(223_384)),
    ("190:20:30", .int(685_230)), ("1_0:30", .int(630)), ("1:60", .string("1:60")),
    ("0:30", .string("0:30")), ("01:30", .string("01:30")), ("1:5", .int(65)),
    ("9223372036854775807", .int(.max)), ("9223372036854775808", .uint(9_223_372_036_854_775_808)),
    ("-9223372036854775808", .int(.min)),
    ("-9223372036854775809", .longInteger("-9223372036854775809")),
    ("0xFFFFFFFFFFFFFFFF", .uint(.max)), ("18446744073709551615", .uint(.max)),
    ("18446744073709551616", .longInteger("18446744073709551616")),
    ("307445734561825860:16", .longInteger("307445734561825860:16")),
  ]) func integers(text: String, value: YAMLValue) throws {
    #expect(try YAMLNode(parsing: text).value == value)
  }

  @Test(arguments: [
    ("1.5", YAMLValue.double(1.5)), ("1.", .double(1)), (".5", .double(0.5)),
    ("-.5", .string("-.5")),
    ("1e5", .string("1e5")), ("1e+5", .string("1e+5")), ("1.e+5", .double(100_000)),
    ("1.5e3", .string("1.5e3")), ("1.5E-3", .double(0.0015)), (".5e+3", .double(500)),
    ("1_0.5_0", .double(10.5)), ("._5", .string("._5")), ("-1.5_", .double(-1.5)),
    (".inf", .double(.infinity)), ("-.Inf", .double(-.infinity)), ("+.INF", .double(.infinity)),
    ("inf", .string("inf")), ("nan", .string("nan")), ("+.nan", .string("+.nan")),
    ("0:30.5", .double(30.5)), ("190:20:30.15", .double(685_230.15)), ("1:60.5", .string("1:60.5")),
    ("-0.0", .double(-0.0)), ("1.0e+400", .double(.infinity)), ("1.5e", .string("1.5e")),
    ("3.10", .double(3.1)), ("1.2.3", .string("1.2.3")), (".", .string(".")), ("-", .string("-")),
  ]) func numbers(text: String, value: YAMLValue) throws {
    // A lone '-' begins a list where it stands alone.
    let node = try YAMLNode(parsing: text == "-" ? "'-'" : text)
    #expect(node.value == value)
  }

  @Test func notANumber() throws {
    guard case .double(let value) = try YAMLNode(parsing: ".NaN").value else {
      Issue.record("no number")
      return
    }
    #expect(value.isNaN)
  }

  @Test(arguments: [
    ("2001-12-14", "2001-12-14"), ("0001-01-01", "0001-01-01"), ("2000-02-29", "2000-02-29"),
    ("2001-12-14T21:59:43Z", "2001-12-14T21:59:43+00:00"),
    ("2001-12-14t21:59:43.10-05:00", "2001-12-14T21:59:43.100000-05:00"),
    ("2001-12-14 21:59:43", "2001-12-14T21:59:43"),
    ("2001-12-14 \t 1:02:03.1234567 +1", "2001-12-14T01:02:03.123456+01:00"),
    ("2001-1-4 1:02:03. Z", "2001-01-04T01:02:03+00:00"),
    ("2001-12-14T01:02:03.000007-12:30", "2001-12-14T01:02:03.000007-12:30"),
    ("!!timestamp 2001-1-4", "2001-01-04"),
  ]) func timestamps(text: String, iso8601: String) throws {
    guard case .timestamp(let value) = try YAMLNode(parsing: text).value else {
      Issue.record("\(text) is no date")
      return
    }
    #expect(value.iso8601 == iso8601)
  }

  @Test(arguments: [
    "2001-1-4", "1-2", "2001-12-14 x", "2001-12-14T21:59", "2001-12-14T21:59:43 z",
    "2001-12-14T21:59:43+1:2", "a2001-12-14", "v1.2", "1,000", "+a", "...a", "http://x/y", "a#b",
  ]) func whatOnlyLooksLikeAnother(text: String) throws {
    #expect(try YAMLNode(parsing: text).value == .string(text))
  }

  @Test(arguments: [
    ("'5'", YAMLValue.string("5")), ("\"yes\"", .string("yes")), ("!!str yes", .string("yes")),
    ("!!str", .string("")), ("! 5", .int(5)), ("! '5'", .int(5)), ("!!int '5'", .int(5)),
    ("!!int |\n 5\n", .int(5)), ("!!float 1e5", .double(100_000)), ("!!bool YeS", .bool(true)),
    ("!!null x", .null), ("\"\\u263a\\x41\\n\"", .string("\u{263A}A\n")),
    ("'a''b'", .string("a'b")),
    ("|\n a\n  b\n", .string("a\n b\n")), (">-\n a\n b\n\n c\n", .string("a b\nc")),
    ("\"a\\0b\"", .string("a\0b")), ("<% ctx(x) %>", .string("<% ctx(x) %>")),
  ]) func quotesTagsAndBlocks(text: String, value: YAMLValue) throws {
    #expect(try YAMLNode(parsing: text).value == value)
  }

  @Test(arguments: [
    ("a: 2001-02-30", "1:4: expected a date that exists (or quotes), found '2001-02-30'"),
    ("a: 0b_", "1:4: expected a whole number (or quotes), found '0b_'"),
    (
      "- 2001-12-14T25:00:00",
      "1:3: expected a date that exists (or quotes), found '2001-12-14T25:00:00'"
    ),
    ("!!int x", "1:1: expected a whole number (or quotes), found 'x'"),
    ("!!float ''", "1:1: expected a number (or quotes), found ''"),
    ("!!float 0x10", "1:1: expected a number (or quotes), found '0x10'"),
    ("!!bool 1", "1:1: expected a boolean (or quotes), found '1'"),
  ]) func whatClaimsATypeAndIsNot(text: String, message: String) {
    #expect(throwing { _ = try YAMLNode(parsing: text) } == message)
  }
}

/// The message of what was thrown; empty where nothing was.
func throwing(_ body: () throws -> Void) -> String {
  do {
    try body()
    return ""
  } catch {
    return "\(error)"
  }
}
