import JSON
import Testing

@testable import Expressions

@Suite struct JSONPathTests {
  private let json = """
    {"a": {"b": [1, {"c": 2, "a": null}], "s": "xyz", "f": 1.5}, "x y": 7, "n": null,
     "list": [{"a": 1}, {"a": 2, "b": {"a": 3}}, [4, 5]]}
    """

  @Test(arguments: [
    ("a.s", "[\"xyz\"]"), ("a['s']", "[\"xyz\"]"), ("['a'].s", "[\"xyz\"]"), ("'x y'", "[7]"),
    ("\"x y\"", "[7]"), ("a.b[0]", "[1]"), ("a.b[-1].c", "[2]"), ("a.b[5]", "[]"), ("n", "[null]"),
    ("missing", "[]"), ("a.s.t", "[]"), ("a.*", "[[1,{\"c\":2,\"a\":null}],\"xyz\",1.5]"),
    ("list[*].a", "[1,2]"), ("list[0:2].a", "[1,2]"), ("list[-1:]", "[[4,5]]"),
    ("list[:1].a", "[1]"),
    ("list..a", "[1,2,3]"), ("$..b..a", "[null,3]"), ("a.s,f", "[\"xyz\",1.5]"),
    ("a[s,f]", "[\"xyz\",1.5]"),
    ("a.f|s", "[1.5,\"xyz\"]"), ("list[*] where b", "[{\"a\":2,\"b\":{\"a\":3}}]"),
    ("list[*].b.`parent`.a", "[2]"), ("a.`this`.f", "[1.5]"), ("a.b.$.n", "[null]"),
    ("a.s[0]", "[\"x\"]"),
    ("a.s[*]", "[\"xyz\"]"), ("a[*].f", "[1.5]"), ("a..b[0]", "[1]"), ("(a).f", "[1.5]"),
    ("a . f", "[1.5]"),
  ]) func `all matches, in order`(path: String, expected: String) throws {
    let values = try JSONPath(path).all(in: Value(try JSONDocument(parsing: json).root))
    #expect(try JSONValue.array(values.map { try $0.json() }).text() == expected)
    // The same of values that are owned.
    let owned = try JSONPath(path).all(in: Value(try JSONValue(parsing: json)))
    #expect(try JSONValue.array(owned.map { try $0.json() }).text() == expected)
  }

  @Test(arguments: ["n[0]", "a.f[0]", "a[0]", "a.f[*]", "n[1:]", "`parent`", "a.b[-9]", "a & n"])
  func `what cannot be followed fails`(path: String) throws {
    let compiled = try JSONPath(path)
    let value = Value(try JSONDocument(parsing: json).root)
    #expect(throws: ExpressionError.self) { try compiled.all(in: value) }
    #expect(throws: ExpressionError.self) { try compiled.first(in: value) }
  }

  @Test(arguments: [
    ("", 1, "found the end of the path"), ("a.", 3, "found the end of the path"),
    ("a.0", 3, "found '0'"), ("a b", 3, "found 'b'"), ("a..", 4, "found the end"),
    ("a[0,1]", 4, "expected ']', found ','"), ("*,a", 2, "found ','"),
    ("`up`", 1, "`this` or `parent`"),
    ("a['b", 3, "this quoted text does not end"), ("where", 1, "found 'where'"),
    ("é", 1, "found the character 'é'"),
    ("a[99999999999999999999]", 3, "too large"), ("a(b)", 2, "found '('"),
  ]) func `a faulty path is refused with its column`(
    path: String, column: Int, words: String
  ) throws {
    let error = try #require(throws: ExpressionError.self) { try JSONPath(path) }
    #expect(error.fault.place?.column == column)
    #expect(error.message.contains(words), "\(error)")
  }

  @Test func `a path of names is known as such`() throws {
    #expect(try JSONPath("trigger.body['a.b']").names == ["trigger", "body", "a.b"])
    #expect(try JSONPath("trigger.*").names == nil)
    #expect(try JSONPath("trigger.a[0]").names == nil)
    #expect(try JSONPath("a,b").names == nil)
  }

  @Test func `a path is followed below its first name`() throws {
    let below = Value(try JSONDocument(parsing: json).root)
    let rows: [(String, JSONValue?)] = [
      ("trigger.a.s", "xyz"), ("trigger.a.b[1].c", 2), ("trigger..c", 2), ("trigger.no", nil),
      ("trigger.list[*].b.a", 3), ("(trigger.list[*] where b).a", 2), ("trigger.a[f,s]", 1.5),
    ]
    for (text, expected) in rows {
      let path = try JSONPath(text)
      #expect(path.head == "trigger", "\(text)")
      #expect(try path.first(belowHead: below)?.json() == expected, "\(text)")
    }
    #expect(try JSONPath("trigger").first(belowHead: below)?.json() == below.json())
    for text in ["$.trigger", "trigger.`parent`", "a|b", "trigger,a", "*.a", "trigger.a.$.b"] {
      #expect(try JSONPath(text).head == nil, "\(text)")
    }
  }

  @Test func `the first match`() throws {
    let value = Value(try JSONDocument(parsing: json).root)
    #expect(try JSONPath("list[*].a").first(in: value)?.json() == 1)
    #expect(try JSONPath("missing.a").first(in: value) == nil)
    #expect(try JSONPath("n").first(in: value)?.json() == JSONValue.null)
  }

  @Test func `look-ups are asked for their members only`() throws {
    struct Datastore: ValueLookup {
      func member(_ name: String) throws(ExpressionError) -> Value {
        name == "host" ? .string("web") : .undefined(Undefined(message: name))
      }
      func value() throws(ExpressionError) -> Value { .string("") }
    }
    var root = ValueDictionary()
    try root.set(.string("system"), .lookup(Datastore()))
    #expect(try JSONPath("system.host").first(in: .dict(root))?.json() == "web")
    #expect(try JSONPath("system.other").first(in: .dict(root)) == nil)
    #expect(try JSONPath("system.*").all(in: .dict(root)).isEmpty)
  }

  @Test func `limits`() throws {
    func chain(_ count: Int) -> String {
      Array(repeating: "a", count: count).joined(separator: ".")
    }
    #expect(try JSONPath(chain(JSONPath.partsMax)).names?.count == JSONPath.partsMax)
    #expect(throws: ExpressionError.self) { try JSONPath(chain(JSONPath.partsMax + 1)) }
    let long = "'" + String(repeating: "x", count: JSONPath.textBytesMax - 2) + "'"
    #expect(try JSONPath(long).names?.count == 1)
    #expect(throws: ExpressionError.self) { try JSONPath(long + " ") }
    let list = Value(.array(Array(repeating: 1, count: 50)))
    #expect(try JSONPath("[*]").all(in: list, limits: .init(stepsMax: 51)).count == 50)
    #expect(throws: ExpressionError.self) {
      try JSONPath("[*]").all(in: list, limits: .init(stepsMax: 50))
    }
  }
}
