import Testing

@testable import Expressions

@Suite struct TemplateErrorTests {
  @Test(arguments: [
    ("{{ missing }}", 4, "'missing' is undefined"),
    ("{{ trigger.no }}", 12, "'dict object' has no attribute 'no'"),
    ("{{ trigger.no.more }}", 12, "'dict object' has no attribute 'no'"),
    ("{{ trigger.tags[9] }}", 16, "list object has no element 9"),
    ("{{ trigger.none.x }}", 17, "'None' has no attribute 'x'"),
    ("{{ 1 + missing }}", 8, "'missing' is undefined"),
    ("{{ missing | upper }}", 4, "'missing' is undefined"),
    ("{{ [] | first }}", 9, "No first item, sequence was empty."),
    ("{{ missing.x | default(1) }}", 4, "'missing' is undefined"),
    ("{{ missing | to_complex }}", 14, "'missing' is undefined"),
    ("a\n{{ missing }}", 4, "'missing' is undefined"),
  ]) func `what has no value is named`(template: String, column: Int, message: String) throws {
    let parsed = try Template(parsing: template)
    let error = try #require(throws: ExpressionError.self) { try parsed.render(sampleContext()) }
    #expect(error == .undefined(.init(message, at: error.fault.place)))
    #expect(error.fault.place?.column == column)
  }

  @Test(arguments: [
    ("{{ 1 + 'a' }}", "unsupported operand types for +: 'int' and 'str'"),
    ("{{ 1 / 0 }}", "division by zero"),
    ("{{ 'a' < 1 }}", "'<' not supported between instances of 'str' and 'int'"),
    ("{{ 9223372036854775807 + 1 }}", "the result is an integer beyond 64 bits"),
    ("{{ 2 ** 64 }}", "the result is an integer beyond 64 bits"),
    ("{{ 5 | length }}", "object of type 'int' has no len()"),
    ("{{ 5 | join }}", "'int' object is not iterable"),
    ("{{ -'a' }}", "bad operand type for unary -: 'str'"),
    ("{{ 'x' | from_json_string }}", "not JSON"), ("{{ {[]: 1} }}", "unhashable type: 'list'"),
    ("{{ s | replace('a') }}", "replace wants an argument 'new'"),
    ("{{ s | upper(1) }}", "upper takes at most 0"),
    ("{{ s | trim(x=1) }}", "trim has no argument 'x'"),
    ("{{ s | trim('a', chars='b') }}", "got 'chars' twice"),
    ("{{ s | regex_search('(') }}", "missing ), unterminated subpattern"),
    ("{{ '%d' % 'x' }}", "%d format"),
    ("{{ '%s' % () }}", "not enough arguments"), ("{{ s[::0] }}", "step cannot be 0"),
    ("{{ s['a':] }}", "must be int"),
    ("{{ 0.0 ** -1 }}", "negative power"), ("{{ s.split('') }}", "empty separator"),
  ]) func `what cannot be computed fails with a place`(template: String, words: String) throws {
    let parsed = try Template(parsing: template)
    let error = try #require(throws: ExpressionError.self) { try parsed.render(sampleContext()) }
    #expect(error.message.contains(words), "\(error)")
    #expect(error.fault.place != nil)
    guard case .failed = error else {
      if case .malformed = error, template.contains("regex") { return }
      Issue.record("expected failed, found \(error)")
      return
    }
  }

  @Test(arguments: [
    ("{{ }}", 4, "expected an expression, found '}}'"),
    ("{{ a b }}", 6, "expected '}}', found 'b'"),
    ("{{ a", 1, "this expression does not end"), ("{{ (a }}", 7, "expected ')', found '}'"),
    ("{{ a) }}", 5, "unexpected ')'"), ("{{ 'a }}", 4, "expected a closing quote"),
    ("{{ a | }}", 8, "expected a name, found '}}'"),
    ("{{ a | nosuch }}", 8, "there is no filter 'nosuch'"),
    ("{{ a is nosuch }}", 9, "there is no test 'nosuch'"),
    ("{{ a..b }}", 6, "expected a name or number behind '.', found '.'"),
    ("{{ 1 + }}", 8, "expected an expression"),
    ("{{ a[] }}", 6, "expected an index"), ("{{ \u{20AC} }}", 4, "invalid character in the name"),
    ("{{ a ? b }}", 6, "unexpected character '?'"),
    ("{# note", 1, "this comment does not end"),
    ("{{ '\\x4' }}", 5, "expected 2 hexadecimal digits"),
    ("{{ 07 }}", 5, "expected '}}', found '7'"),
    ("{{ {'a' 1} }}", 9, "expected ':', found '1'"),
    ("{{ s.f(a=1, 2) }}", 13, "expected a named argument"),
    ("x\n y {{ a.b c }}", 11, "expected '}}', found 'c'"),
  ]) func `a faulty text is refused with its place`(template: String, column: Int, words: String)
    throws
  {
    let error = try #require(throws: ExpressionError.self) { try Template(parsing: template) }
    guard case .malformed = error else {
      Issue.record("expected malformed, found \(error)")
      return
    }
    #expect(error.message.contains(words), "\(error)")
    #expect(error.fault.place?.column == column, "\(error)")
  }

  @Test(arguments: [
    ("{% if a %}x{% endif %}", "'{% if ... %}'"), ("x {%- for a in b -%}", "'{% for ... %}'"),
    ("{%", "'{% ... %}'"),
    ("{{ range(3) }}", "the function 'range'"), ("{{ a.foo() }}", ""),
    ("{{ a()() }}", "the function 'a'"),
    ("{{ x.y(*z) }}", "arguments from a list"), ("{{ 99999999999999999999 }}", "beyond 64 bits"),
  ]) func `what is not supported is named`(template: String, words: String) throws {
    let error = try #require(throws: ExpressionError.self) {
      try Template(parsing: template).render(TemplateValues(["a": .string("")]))
    }
    guard case .unsupported = error else {
      Issue.record("expected unsupported, found \(error)")
      return
    }
    #expect(error.message.contains(words), "\(error)")
  }

  /// Ways out of the sandbox that have worked against Jinja2 elsewhere.
  @Test(arguments: [
    "{{ ''.__class__ }}", "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ trigger.__init__.__globals__ }}",
    "{{ s.format.__globals__ }}", "{{ cycler.__init__.__globals__ }}", "{{ self }}", "{{ config }}",
    "{{ lipsum }}",
    "{{ s | attr('__class__') }}", "{{ trigger['__class__'] }}", "{{ [].__class__.__base__ }}",
    "{% include '/etc/passwd' %}",
    "{{ get_flashed_messages() }}", "{{ (1).__add__(2) }}",
    "{{ trigger | map('attr', '__class__') | list }}",
  ]) func `nothing outside the context can be reached`(template: String) {
    #expect(throws: ExpressionError.self) {
      try Template(parsing: template).render(sampleContext())
    }
  }

  @Test func `values are data, never templates`() throws {
    let context = TemplateValues(["a": .string("{{ secret }}"), "secret": .string("x")])
    #expect(try Template(parsing: "{{ a }}").render(context) == "{{ secret }}")
    #expect(try Template(parsing: "{{ '{{ secret }}' }}").render(context) == "{{ secret }}")
  }

  @Test func `a diagram points at the place`() throws {
    let error = #expect(throws: ExpressionError.self) { try Template(parsing: "one\n{{ é + }}") }
    #expect(
      error?.diagram == "line 2, column 8: expected an expression, found '}}'\n{{ é + }}\n       ^")
    #expect(error?.description == "line 2, column 8: expected an expression, found '}}'")
    let far = String(repeating: "x", count: 300) + "{{ a b }}" + String(repeating: "y", count: 300)
    let place = #expect(throws: ExpressionError.self) { try Template(parsing: far) }?.fault.place
    #expect(place?.column == 306)
    #expect(place?.excerpt.count == SourcePlace.excerptCharactersMax)
    #expect(place?.caret.count == SourcePlace.excerptCharactersMax / 2 + 1)
  }
}

@Suite struct TemplateLimitTests {
  private func render(_ template: String, _ limits: EvaluationLimits) throws -> String {
    try Template(parsing: template, limits: limits).render(sampleContext(), limits: limits)
  }

  private func expectLimit(_ template: String, _ limits: EvaluationLimits) {
    let error = #expect(throws: ExpressionError.self) { try render(template, limits) }
    guard case .limitReached? = error else {
      Issue.record("expected limitReached, found \(String(describing: error))")
      return
    }
  }

  @Test func `steps`() throws {
    #expect(try render("{{ 1 + 2 }}", EvaluationLimits(stepsMax: 3)) == "3")
    expectLimit("{{ 1 + 2 }}", EvaluationLimits(stepsMax: 2))
    expectLimit("{{ ('x' * 1000) | list }}", EvaluationLimits(stepsMax: 1000))
    expectLimit("{{ [0] * 100000 }}", .standard)
    expectLimit("{{ [0] * 9223372036854775807 }}", .standard)
  }

  @Test func `output`() throws {
    let limits = EvaluationLimits(outputBytesMax: 10)
    #expect(try render("{{ 'x' * 10 }}", limits) == "xxxxxxxxxx")
    expectLimit("{{ 'x' * 11 }}", limits)
    expectLimit("{{ 'x' * 6 }}{{ 'y' * 6 }}", limits)
    expectLimit("{{ 'x' * 6 ~ 'y' * 6 }}", limits)
    expectLimit("{{ 'xxxxxx' | replace('', 'ab') }}", limits)
    expectLimit("{{ 'xxxxxx' | replace('x', 'ab') }}", limits)
    expectLimit("{{ ['aaaaa', 'bbbbb'] | join('-') }}", limits)
    expectLimit("{{ 'x' * 9223372036854775807 }}", .standard)
    expectLimit("{{ '%20000d' % 1 }}", .standard)
  }

  @Test func `depth`() throws {
    func nested(_ open: String, _ close: String, _ count: Int) -> String {
      "{{ " + String(repeating: open, count: count) + "1" + String(repeating: close, count: count)
        + " }}"
    }
    let limits = EvaluationLimits.standard
    #expect(try render(nested("(", ")", limits.depthMax - 1), limits) == "1")
    expectLimit(nested("(", ")", limits.depthMax + 1), limits)
    #expect(try render(nested("not ", "", limits.depthMax - 1), limits) == "False")
    expectLimit(nested("not ", "", limits.depthMax + 1), limits)
    expectLimit(nested("[", "]", 200_000), limits)
  }

  @Test func `operations in one expression`() throws {
    func sum(_ count: Int) -> String { "{{ 1" + String(repeating: "+1", count: count) + " }}" }
    #expect(try render(sum(150), .standard) == "151")
    expectLimit(sum(JinjaParser.operationsMax + 1), .standard)
    #expect(throws: Never.self) { try Template(parsing: sum(JinjaParser.operationsMax)) }
  }

  @Test func `text`() throws {
    let text = String(repeating: "x", count: Template.textBytesMax)
    #expect(try Template(parsing: text).isConstant)
    #expect(throws: ExpressionError.self) { try Template(parsing: text + "x") }
  }
}
