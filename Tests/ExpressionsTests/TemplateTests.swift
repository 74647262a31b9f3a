import JSON
import Testing

@testable import Expressions

/// The context that the rows below look into.
func sampleContext() throws -> TemplateValues {
  let trigger = """
    {"host": "web-01", "n": 5, "f": 1.5, "tags": ["a", "b"], "none": null, "yes": true, "empty": "",
     "nested": {"x y": [1, {"z": "q"}], "items": 9}, "unicode": "héllo"}
    """
  return TemplateValues([
    "trigger": Value(try JSONDocument(parsing: trigger).root), "a": .int(7), "b": .double(2.5),
    "s": .string("Hello World"), "owned": Value(["k": [1, 2, 3]] as JSONValue),
  ])
}

@Suite struct TemplateTests {
  @Test(arguments: [
    // Looking up
    ("{{ trigger.host }}", "web-01"), ("{{ trigger['host'] }}", "web-01"),
    ("{{ trigger.nested['x y'][1].z }}", "q"), ("{{ trigger.tags[-1] }}", "b"),
    ("{{ trigger.tags.0 }}", "a"),
    ("{{ s[1] }}", "e"), ("{{ owned.k[2] }}", "3"), ("{{ trigger.nested.items }}", "9"),
    // Printing
    ("{{ trigger.tags }}", "['a', 'b']"), ("{{ trigger.none }} {{ trigger.yes }}", "None True"),
    ("{{ trigger.nested }}", "{'x y': [1, {'z': 'q'}], 'items': 9}"),
    ("{{ 1e16 }} {{ 2 / 1 }}", "1e+16 2.0"),
    ("{{ 'it\\'s' }} {{ ['it\\'s'] }}", "it's [\"it's\"]"),
    ("{{ () }}{{ 1, }}{{ (1, 2) }}", "()(1,)(1, 2)"),
    ("{{ {'a': 1, 2: none} }}", "{'a': 1, 2: None}"), ("{{ '\\x41\\u0042\\n\\q' }}", "AB\n\\q"),
    // Arithmetic
    ("{{ 1 + 2 * 3 - 4 }}", "3"),
    ("{{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 % -3 }}", "3 -4 2 -2"),
    ("{{ 2 ** 10 }} {{ 2 ** -1 }} {{ -2 ** 2 }}", "1024 0.5 4"),
    ("{{ 7.5 // 2 }} {{ -1.5 % 1 }}", "3.0 0.5"),
    ("{{ 0x1F + 0b11 + 0o17 + 1_000 }}", "1049"), ("{{ 'ab' * 2 ~ 1 }}", "abab1"),
    ("{{ [1] + [2] }} {{ 'a' + 'b' }} {{ 2 * [0] }}", "[1, 2] ab [0, 0]"),
    ("{{ true + 1 }} {{ -a }} {{ +b }}", "2 -7 2.5"),
    (
      "{{ '%s is %d, %5.2f|%-4s|%04d|%x' % (s, a, b, 'l', 7, 255) }}",
      "Hello World is 7,  2.50|l   |0007|ff"
    ),
    ("{{ '%(k)s %%' % {'k': 1} }}", "1 %"),
    // Comparison and logic
    ("{{ 1 < 2 <= 2 != 3 }}", "True"), ("{{ 1 == 1.0 == true }}", "True"),
    ("{{ 'a' in trigger.tags }}", "True"),
    ("{{ 'x' not in s and not false }}", "True"), ("{{ '' or 'x' }} {{ 0 and 1 }}", "x 0"),
    ("{{ 'b' if a > 9 else 'c' }}", "c"), ("[{{ 'b' if a > 9 }}]", "[]"),
    ("{{ not a == 7 or 1 }}", "1"),
    // Slices
    ("{{ s[:5] }} {{ s[-5:] }} {{ s[::-1] }} {{ owned.k[1:][0] }}", "Hello World dlroW olleH 2"),
    // Methods
    ("{{ s.split(' ')[1].lower() }} {{ trigger.get('no', 'd') }}", "world d"),
    ("{{ trigger.nested.keys() | list }} {{ '-'.join(trigger.tags) }}", "['x y', 'items'] a-b"),
    ("{{ ' x '.strip() }}{{ 'xax'.strip('x') }} {{ s.replace('l', 'L', 1) }}", "xa HeLlo World"),
    (
      "{{ s.startswith('He') }} {{ s.endswith('x') }} {{ 'a b  c '.split(none, 1) }}",
      "True False ['a', 'b  c ']"
    ),
  ]) func `rendering`(template: String, text: String) throws {
    #expect(try Template(parsing: template).render(sampleContext()) == text)
  }

  @Test(arguments: [
    ("{{ missing | default('x') }} {{ trigger.no | d(1) }} {{ '' | default('e', true) }}", "x 1 e"),
    (
      "{{ s | upper }} {{ s | lower }} {{ 'aB' | capitalize }} {{ ' x ' | trim }}",
      "HELLO WORLD hello world Ab x"
    ),
    ("{{ 5 | string ~ 1 }} {{ 'xax' | trim('x') }} {{ s | replace('l', '') }}", "51 a Heo Word"),
    (
      "{{ '42' | int + 1 }} {{ 'x' | int }} {{ 'x' | int(9) }} {{ '1f' | int(base=16) }} "
        + "{{ 2.9 | int }}",
      "43 0 9 31 2"
    ),
    ("{{ '1.5' | float }} {{ 'x' | float }} {{ 2 | float }} {{ -3 | abs }}", "1.5 0.0 2.0 3"),
    (
      "{{ s | length }} {{ trigger.nested | count }} {{ trigger.tags | first }}{{ 'xyz' | last }}",
      "11 2 az"
    ),
    (
      "{{ trigger.tags | join(', ') }} {{ 'abc' | join('-') }} {{ 'ab' | list }}",
      "a, b a-b-c ['a', 'b']"
    ),
    ("{{ [{'n': {'m': 1}}, {'n': {'m': 2}}] | join(',', attribute='n.m') }}", "1,2"),
    (
      "{{ trigger.tags | to_complex }} {{ s | to_complex }} {{ trigger.unicode | to_complex }}",
      "[\"a\", \"b\"] \"Hello World\" \"h\\u00e9llo\""
    ),
    ("{{ {'b': 1, 'a': [none, true]} | to_json_string }}", "{\"b\": 1,\"a\": [null,true]}"),
    (
      "{{ {'b': 1, 'a': {}} | to_json_string(2, sort_keys=true) }}",
      "{\n  \"a\": {},\n  \"b\": 1\n}"
    ),
    (
      "{{ '{\"a\": [1, 2]}' | from_json_string | to_complex }} {{ ('[7]' | from_json_string)[0] }}",
      "{\"a\": [1, 2]} 7"
    ),
    ("{{ s | regex_match('hello', ignorecase=true) }} {{ s | regex_search('W.r') }}", "True True"),
    ("{{ s | regex_replace('o', '0') }} {{ s | regex_substring('[A-Z]', 1) }}", "Hell0 W0rld W"),
    (
      "{{ none | use_none }} {{ trigger | jsonpath_query('nested..z') }} "
        + "{{ trigger | jsonpath_query('no') }}",
      "%*****__%NONE%__*****% ['q'] None"
    ),
    (
      "{{ missing is defined }} {{ s is defined }} {{ trigger.no is undefined }}", "False True True"
    ),
    (
      "{{ trigger.none is none }} {{ s is string }} {{ a is number }} {{ b is integer }}",
      "True True True False"
    ),
    (
      "{{ trigger is mapping }} {{ trigger.tags is sequence }} {{ a is iterable }} {{ a is odd }}",
      "True True False True"
    ),
    (
      "{{ a is divisibleby 7 }} {{ a is in [7] }} {{ a is not eq(8) }} {{ a is gt 8 }} "
        + "{{ 'a' is lower }}",
      "True True True False True"
    ),
  ]) func `filters and tests`(template: String, text: String) throws {
    #expect(try Template(parsing: template).render(sampleContext()) == text)
  }

  @Test(arguments: [
    ("plain", "plain"), ("line\n", "line"), ("two\n\n", "two\n"), ("a\r\nb\rc", "a\nb\nc"),
    ("a {# note #}b", "a b"), ("a\n  {# note #}\nb", "a\nb"), ("a {#- note -#} b", "ab"),
    ("a {{- 1 -}} b", "a1b"), ("a {{+ 1 }} b", "a 1 b"), ("{ {a} } #}", "{ {a} } #}"), ("", ""),
    ("{{ {'a': {'b': 1}}['a']['b'] }}", "1"), ("{{ '}}' }}", "}}"),
  ]) func `text around expressions`(template: String, text: String) throws {
    #expect(try Template(parsing: template).render(TemplateValues()) == text)
  }

  @Test func `constant templates are known`() throws {
    #expect(try Template(parsing: "a{# b #}c\n").constantText == "ac")
    #expect(try Template(parsing: "").isConstant)
    #expect(try !Template(parsing: "{{ 1 }}").isConstant)
  }

  @Test func `a single expression keeps its type`() throws {
    func value(_ template: String) throws -> JSONValue {
      try Template(parsing: template).evaluate(sampleContext()).json()
    }
    #expect(try value("{{ trigger.tags }}") == ["a", "b"])
    #expect(try value("{{ trigger.n + 1 }}") == 6)
    #expect(try value("{{ trigger.none }}") == JSONValue.null)
    #expect(try value("{{ {'a': (1, 2.5)} }}") == ["a": [1, 2.5]])
    #expect(try value(" {{ trigger.n }}") == " 5")
    #expect(try value("text") == "text")
    #expect(try Template(parsing: "{{ a }}").isSingleExpression)
    #expect(try !Template(parsing: "{{ a }}.").isSingleExpression)
  }

  @Test func `the names that a template looks up`() throws {
    let template = try Template(
      parsing: "{{ b.x[c] | default(d) }} {{ a if b is eq(e) else [f, {g: 1}] }} {{ 'h'.join(i) }}")
    #expect(
      template.names == ["b", "c", "d", "a", "e", "f", "g", "i"].reordered(like: template.names))
    #expect(try Template(parsing: "{{ 1 }}").names.isEmpty)
  }

  @Test func `look-ups are asked only for what is touched`() throws {
    let context = TemplateValues(["st2kv": .lookup(Keys(path: []))])
    #expect(
      try Template(parsing: "{{ st2kv.system.team.name }}").render(context) == "<system.team.name>")
    #expect(try Template(parsing: "{{ st2kv.system['a'] ~ 1 }}").render(context) == "<system.a>1")
    #expect(
      try Template(parsing: "{{ st2kv.system.a | to_complex }}").render(context) == "\"<system.a>\""
    )
    let error = #expect(throws: ExpressionError.self) {
      try Template(parsing: "{{ st2kv.system.secret.x }}").render(context)
    }
    #expect(error?.message == "a secret")
  }
}

/// Look-ups that stand for their own path.
private struct Keys: ValueLookup {
  let path: [String]

  func member(_ name: String) throws(ExpressionError) -> Value {
    if name == "secret" { throw .failed(.init("a secret")) }
    return .lookup(Keys(path: path + [name]))
  }

  func value() throws(ExpressionError) -> Value {
    .string("<\(path.joined(separator: "."))>")
  }
}

extension [String] {
  /// The same members in the other's order: which names, not in which order.
  fileprivate func reordered(like other: [String]) -> [String] {
    Set(self) == Set(other) ? other : self
  }
}
