import Testing
import YAML

/// One row a mistake: what a person sees.
@Suite struct ErrorTests {
  @Test(arguments: [
    (
      "a: b: c\n",
      "1:5: expected no second ': ' (put the value in quotes, or check the indentation of this line),"
        + " found ': c'"
    ),
    ("a:\n\t- b\n", "2:1: expected spaces as indentation, not a tab, found '\t- b'"),
    (
      "a: [1, 2\nb: 3\n",
      "2:2: expected ',' or ']' (while parsing a flow sequence that begins at 1:4), found ': 3'"
    ),
    (
      "a: {b: 1\n",
      "2:1: expected ',' or '}' (while parsing a flow mapping that begins at 1:4), found the end of"
        + " the text"
    ),
    (
      "a: 'x\nb: 2\n",
      "3:1: expected the closing quote (while scanning a quoted scalar that begins at 1:4), found the"
        + " end of the text"
    ),
    (
      "a: \"x\" y\n",
      "1:8: expected key (while parsing a block mapping that begins at 1:1), found 'y'"
    ),
    (
      " a: 1\nb: 2\n",
      "2:1: expected the indentation of the first line, or '---' before another document, found"
        + " 'b: 2'"
    ),
    (
      "a: @home sweet home, where the heart is\n",
      "1:4: expected a value that begins with another character (put it in quotes), found '@home sweet"
        + " home, where ...'"
    ),
    (
      "a: {{ x }}\n",
      "1:5: expected a simple key (a value that begins with '{' needs quotes), found a mapping as key"
    ),
    (
      "? [1]\n: 2\n",
      "1:3: expected a simple key (a value that begins with '{' needs quotes), found a list as key"
    ),
    ("<<: 5\n", "1:5: expected a mapping or a list of mappings to merge, found an integer"),
    ("<<: [{}, 2]\n", "1:10: expected a mapping or a list of mappings to merge, found an integer"),
    (
      "%FOO\n---\na\n",
      "1:5: expected well-formed YAML (found unknown directive name) (while scanning a directive that"
        + " begins at 1:1), found the end of the line"
    ),
  ]) func syntax(text: String, message: String) {
    #expect(throwing { _ = try YAMLStream(parsing: text) } == message)
  }

  @Test(arguments: [
    ("a: *x\n", "1:4: expected an alias of an anchor that stands before it, found *x, but no &x"),
    (
      "a: &x [*x]\n",
      "1:8: expected an anchor that ends before its alias, found *x inside &x (at 1:4)"
    ),
    (
      "a: &x 1\nb: &x 2\n",
      "2:4: expected a name that no other anchor of the document has, found &x again (first at 1:4)"
    ),
  ]) func anchors(text: String, message: String) {
    #expect(throwing { _ = try YAMLStream(parsing: text) } == message)
  }

  @Test(arguments: [
    ("!local x", "the tag !local"),
    ("!!python/object:os.system x", "the tag !!python/object:os.system"),
    ("!!binary aGk=", "the tag !!binary"), ("!<x:y> 1", "the tag !<x:y>"),
    ("!!set {a}", "the tag !!set"),
    ("!!map [1]", "the tag !!map"), ("!!str {a: b}", "the tag !!str"),
    ("!!omap [a: 1]", "the tag !!omap"),
  ]) func tags(text: String, found: String) {
    #expect(throwing { _ = try YAMLStream(parsing: text) }.hasSuffix("found \(found)"))
  }

  @Test(arguments: [
    (
      [0x61, 0x3A, 0x20, 0xFF],
      "1:4: expected UTF-8 text, found other bytes (invalid leading UTF-8 octet)"
    ),
    (
      [0xC3, 0xA4, 0x0A, 0xC3, 0xA4, 0xC3, 0x28],
      "2:2: expected UTF-8 text, found other bytes (invalid trailing UTF-8 octet)"
    ),
    (
      [0x78, 0xED, 0xA0, 0x80],
      "1:2: expected UTF-8 text, found other bytes (invalid Unicode character)"
    ),
    (
      [0x78, 0xE2, 0x82],
      "1:2: expected UTF-8 text, found other bytes (incomplete UTF-8 octet sequence)"
    ),
    ([0x61, 0x3A, 0x20, 0x07], "1:4: expected text without control characters, found U+7"),
    (
      [0xFE, 0xFF, 0x00, 0x61],
      "1:1: expected UTF-8 text, found other bytes (invalid leading UTF-8 octet)"
    ),
  ]) func encoding(bytes: [UInt8], message: String) {
    #expect(throwing { _ = try YAMLStream(parsing: bytes) } == message)
  }
}
