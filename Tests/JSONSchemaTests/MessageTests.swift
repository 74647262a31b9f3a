import JSON
import JSONSchema
import Testing

@Suite struct MessageTests {
  @Test(
    arguments: [
      (#"{"type":"integer"}"#, "\"x\"", #"$: expected integer, found string "x""#),
      (#"{"type":["number","null"]}"#, "[1]", "$: expected null or number, found an array of 1"),
      (#"{"enum":["a",1]}"#, "2", #"$: expected one of "a", 1, found integer 2"#),
      (#"{"minimum":1}"#, "0.5", "$: expected a number of at least 1, found number 0.5"),
      (
        #"{"maximum":1,"exclusiveMaximum":true}"#, "1",
        "$: expected a number below 1, found integer 1"
      ),
      (#"{"multipleOf":2}"#, "3", "$: expected a multiple of 2, found integer 3"),
      (#"{"minLength":2}"#, "\"a\"", "$: expected at least 2 characters, found 1"),
      (#"{"maxItems":0}"#, "[1]", "$: expected at most 0 elements, found 1"),
      (#"{"pattern":"^a"}"#, "\"b\"", #"$: expected a match of ^a, found string "b""#),
      (#"{"format":"ipv4"}"#, "\"b\"", #"$: expected an IPv4 address, found string "b""#),
      (
        #"{"uniqueItems":true}"#, "[1,2,1]",
        "$[2]: expected another value than at [0], found integer 1"
      ),
      (
        #"{"items":{"properties":{"a b":{"type":"string"}}}}"#, #"[{},{"a b":null}]"#,
        #"$[1]["a b"]: expected string, found null"#
      ),
      (
        #"{"properties":{"a":{"required":true}}}"#, "{}",
        "$.a: expected a value, which is required, found none"
      ),
      (
        #"{"dependencies":{"b":["a"]}}"#, #"{"b":1}"#,
        #"$.a: expected a value, which is required beside "b", found none"#
      ),
      (
        #"{"properties":{"a":{},"b":{}},"additionalProperties":false}"#, #"{"c":1}"#,
        #"$.c: expected one of the members "a", "b", found another one"#
      ),
      (
        #"{"items":[{}],"additionalItems":false}"#, "[1,2]",
        "$[1]: expected at most 1 elements, found another one"
      ),
      (
        #"{"anyOf":[{"type":"null"},{"type":"integer"}]}"#, "\"a\"",
        #"$: expected a value that fits one of: null, integer, found string "a""#
      ),
      (
        #"{"oneOf":[{"minimum":1},{"minimum":2}]}"#, "3",
        "$: expected a value that fits exactly one of 2 schemas, found one that fits 2"
      ),
      (
        #"{"not":{}}"#, "1",
        #"$: expected a value that does not fit the schema in "not", found integer 1"#
      ),
    ] as [(String, String, String)])
  func `a violation names place, expectation and value`(
    schema: String, value: String, message: String
  ) throws {
    #expect(try JSONSchema(schema).messages(value) == [message])
  }

  @Test func `all violations are told, in the order of the schema and the value`() throws {
    let schema = try JSONSchema(
      #"{"type":"object","properties":{"a":{"type":"integer"},"b":{"required":true}}}"#)
    #expect(
      try schema.messages(#"{"c":1,"a":"x"}"#) == [
        "$.b: expected a value, which is required, found none",
        #"$.a: expected integer, found string "x""#,
      ])
  }

  @Test func `a secret is in no message`() throws {
    let schema = try JSONSchema(
      #"{"properties":{"p":{"secret":true,"items":{"type":"integer"},"pattern":"^x","enum":["s"]}}}"#
    )
    #expect(
      try schema.messages(#"{"p":"hidden"}"#) == [
        #"$.p: expected one of "s", found a secret"#, "$.p: expected a match of ^x, found a secret",
      ])
    #expect(try schema.messages(#"{"p":["hidden"]}"#).allSatisfy { !$0.contains("hidden") })
  }

  @Test func `a long value is cut off`() throws {
    let schema = try JSONSchema(#"{"type":"integer"}"#)
    let exact = String(repeating: "é", count: 80)
    #expect(
      schema.validate(.string(exact)).map(\.found) == ["string \"\(exact)\""])
    #expect(
      schema.validate(.string(exact + "é")).map(\.found) == ["string \"\(exact)\" (cut off)"])
  }
}
