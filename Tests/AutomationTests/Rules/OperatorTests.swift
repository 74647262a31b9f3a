import Calendar
import Expressions
import JSON
import Testing

@testable import Automation

@Suite struct OperatorTests {
  private static let now = Instant(iso8601: "2024-05-06T12:00:00Z")!

  /// Asks of an owned value and of a place in a document; both must agree.
  private func ask(_ name: String, _ value: String, _ pattern: String) throws -> Bool {
    let kind = try #require(RuleOperator(anyCase: name))
    let test = OperatorTest(
      kind, pattern: Value(try JSONValue(parsing: pattern)), limits: .standard)
    let place = try JSONDocument(parsing: value).root
    let owned = Result { try test.holds(Value(place.copy()), now: Self.now) }
    let viewed = Result { try test.holds(place, now: Self.now) }
    #expect((try? owned.get()) == (try? viewed.get()))
    return try owned.get()
  }

  @Test func `there are 24 operators under 33 names`() {
    #expect(RuleOperator.named.count == 33)
    #expect(Set(RuleOperator.named.values) == Set(RuleOperator.allCases))
    #expect(RuleOperator.allCases.count == 24)
    #expect(RuleOperator(anyCase: "StartsWith") == .startsWith)
    #expect(RuleOperator(anyCase: "search") == .search)
    #expect(RuleOperator(anyCase: "Search") == nil)
    #expect(RuleOperator(anyCase: "like") == nil)
  }

  @Test(arguments: [
    ("equals", "1", "1.0", true), ("eq", "true", "1", true), ("eq", "\"1\"", "1", false),
    ("eq", "{\"a\": [1]}", "{\"a\": [1.0]}", true), ("eq", "\"é\"", "\"e\u{301}\"", false),
    ("eq", "\"long enough to be on the heap\"", "\"long enough to be on the heap\"", true),
    ("nequals", "1", "2", true), ("neq", "\"x\"", "\"x\"", false),
    ("iequals", "\"ΑΣ\"", "\"ας\"", true), ("ieq", "\"STRASSE\"", "\"straße\"", false),
    ("contains", "\"haystack\"", "\"yst\"", true), ("contains", "[1, \"a\"]", "true", true),
    ("contains", "{\"k\": 1}", "\"k\"", true), ("contains", "\"abc\"", "\"\"", true),
    ("ncontains", "\"haystack\"", "\"x\"", true), ("ncontains", "[1]", "1", false),
    ("icontains", "\"HayStack\"", "\"YST\"", true), ("incontains", "\"HayStack\"", "\"q\"", true),
    ("startswith", "\"web-01\"", "\"web\"", true), ("startswith", "\"web\"", "\"web-\"", false),
    ("istartswith", "\"WEB-01\"", "\"web\"", true), ("endswith", "\"web-01\"", "\"01\"", true),
    ("endswith", "\"1\"", "\"01\"", false), ("iendswith", "\"a.LOG\"", "\".log\"", true),
    ("lessthan", "1", "1.5", true), ("lt", "\"10\"", "\"9\"", true), ("lt", "[1]", "[1, 0]", true),
    ("greaterthan", "2", "1", true), ("gt", "true", "false", true), ("gt", "1", "1", false),
    ("matchwildcard", "\"web-01\"", "\"web-[0-9]?\"", true),
    ("matchwildcard", "\"Web\"", "\"web\"", false),
    ("regex", "\"line\\n\"", "\"line$\"", true), ("regex", "\"ABC\"", "\"b\"", false),
    ("iregex", "\"ABC\"", "\"b\"", true), ("matchregex", "\"a\\nb\"", "\"a.b\"", true),
    ("matchregex", "\"xab\"", "\"ab\"", false),
    ("inside", "\"b\"", "[\"a\", \"b\"]", true), ("in", "\"b\"", "\"abc\"", true),
    ("inside", "\"k\"", "{\"k\": 0}", true), ("ninside", "1", "[true]", false),
    ("nin", "2", "[1]", true), ("exists", "0", "true", true), ("exists", "null", "1", false),
    ("nexists", "null", "1", true), ("nexists", "\"\"", "1", false),
    // Ages: 30 seconds before now
    ("timediff_lt", "\"2024-05-06T11:59:30Z\"", "31", true),
    ("td_lt", "\"2024-05-06T11:59:30\"", "\"30\"", false),
    ("timediff_gt", "\"2024-05-06 13:59:30+02:00\"", "29.5", true),
    ("td_gt", "\"2024-05-06T11:59:30Z\"", "30", false),
    ("td_lt", "\"2024-05-06T12:00:10Z\"", "-5", true), ("td_gt", "20240505", "86400", true),
    ("td_gt", "\"2024-05-06T11:59:58Z\"", "true", true),
  ]) func `an operator answers`(
    name: String, value: String, pattern: String, isTrue: Bool
  ) throws {
    #expect(try ask(name, value, pattern) == isTrue)
  }

  @Test func `a null pattern holds for nothing, but for three operators`() throws {
    for (name, kind) in RuleOperator.named where kind != .search {
      #expect(try ask(name, "\"x\"", "null") == [.notEquals, .exists].contains(kind), "\(name)")
      #expect(try ask(name, "null", "null") == (kind == .notExists), "\(name)")
    }
  }

  @Test(arguments: [
    ("iequals", "1", "\"a\"", "'int' object has no attribute 'lower'"),
    ("iequals", "\"a\"", "[1]", "'list' object has no attribute 'lower'"),
    ("contains", "\"1\"", "1", "'in <string>' requires string as left operand, not int"),
    ("contains", "null", "\"a\"", "argument of type 'NoneType' is not iterable"),
    ("contains", "{}", "[1]", "unhashable type: 'list'"),
    ("icontains", "[\"a\"]", "\"a\"", "'list' object has no attribute 'lower'"),
    ("startswith", "5", "\"5\"", "'int' object has no attribute 'startswith'"),
    ("endswith", "\"5\"", "5", "endswith first arg must be str, not int"),
    ("lt", "1", "\"2\"", "'<' not supported between instances of 'int' and 'str'"),
    ("gt", "{}", "1", "'>' not supported between instances of 'dict' and 'int'"),
    ("regex", "1", "\"1\"", "expected a text, got 'int'"),
    ("regex", "\"1\"", "1", "expected a text, got 'int'"),
    ("regex", "\"a\"", "\"(\"", "missing ), unterminated subpattern at position 0"),
    ("matchwildcard", "[]", "\"*\"", "expected a text, got 'list'"),
    ("inside", "{\"a\": 1}", "{\"a\": 1}", "unhashable type: 'dict'"),
    ("nin", "\"a\"", "5", "argument of type 'int' is not iterable"),
    ("td_lt", "\"soon\"", "5", "expected a date, found 'soon'"),
    ("td_lt", "null", "5", "expected a date, found 'None'"),
    ("td_gt", "\"2024-05-06\"", "\"x\"", "could not convert string to float: 'x'"),
    (
      "td_gt", "\"2024-05-06\"", "{}",
      "float() argument must be a string or a real number, not 'dict'"
    ),
  ]) func `an operator fails as Python's does`(
    name: String, value: String, pattern: String, message: String
  ) throws {
    let error = #expect(throws: ExpressionError.self) { try ask(name, value, pattern) }
    #expect(error?.message == message)
  }

  @Test func `a hostile pattern and value end with an error`() throws {
    let limits = EvaluationLimits(matchStepsMax: 1000)
    let test = OperatorTest(.searchesRegex, pattern: .string("(a+)+$"), limits: limits)
    let error = #expect(throws: ExpressionError.self) {
      try test.holds(.string(String(repeating: "a", count: 30) + "b"), now: Self.now)
    }
    guard case .limitReached? = error else {
      Issue.record("expected limitReached, found \(String(describing: error))")
      return
    }
  }
}
