import JSON
import JSONSchema
import Testing

/// Each keyword with what fits and what does not.
@Suite struct KeywordTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let schema: String
    let fits: [String]
    let others: [String]
    var testDescription: String { schema }

    init(_ schema: String, fits: [String], others: [String]) {
      (self.schema, self.fits, self.others) = (schema, fits, others)
    }
  }

  static let scalars: [Row] = [
    Row("{}", fits: ["null", "1", "\"x\"", "[]", "{}"], others: []),
    Row(
      #"{"type":"integer"}"#, fits: ["1", "18446744073709551615"],
      others: ["1.0", "true", "\"1\"", "null"]),
    Row(#"{"type":"number"}"#, fits: ["1", "1.0", "1e3"], others: ["true", "\"1\""]),
    Row(#"{"type":"boolean"}"#, fits: ["true", "false"], others: ["0", "null"]),
    Row(#"{"type":"null"}"#, fits: ["null"], others: ["0", "\"\""]),
    Row(#"{"type":"string"}"#, fits: ["\"\""], others: ["1"]),
    Row(#"{"type":"raw_string"}"#, fits: ["\"\""], others: ["1"]),
    Row(#"{"type":"array"}"#, fits: ["[]"], others: ["{}"]),
    Row(#"{"type":"object"}"#, fits: ["{}"], others: ["[]"]),
    Row(#"{"type":"any"}"#, fits: ["null", "1.5", "[]", "{}"], others: []),
    Row(#"{"type":["integer","null"]}"#, fits: ["1", "null"], others: ["1.5", "\"\""]),
    Row(
      #"{"enum":[1,"a",null,{"b":[2.0]}]}"#, fits: ["1", "1.0", "\"a\"", "null", #"{"b":[2]}"#],
      others: ["true", "\"1\"", "[]", #"{"b":[]}"#]),
    Row(#"{"minimum":5}"#, fits: ["5", "5.0", "6", "\"1\""], others: ["4", "4.9"]),
    Row(#"{"minimum":5,"exclusiveMinimum":true}"#, fits: ["5.1", "6"], others: ["5", "5.0"]),
    Row(#"{"maximum":5.5}"#, fits: ["5", "5.5", "-1"], others: ["6", "5.6", "1e300"]),
    Row(#"{"maximum":5,"exclusiveMaximum":true}"#, fits: ["4"], others: ["5", "5.0"]),
    Row(
      #"{"maximum":9007199254740992}"#, fits: ["9007199254740992", "9007199254740992.0"],
      others: ["9007199254740993", "18446744073709551615"]),
    Row(#"{"minimum":-1.5}"#, fits: ["-1", "-1.5"], others: ["-2", "-1e300"]),
    Row(
      #"{"multipleOf":3}"#, fits: ["0", "9", "-3", "4.5e1", "\"x\""],
      others: ["1", "4.5"]),
    Row(#"{"multipleOf":0.5}"#, fits: ["1", "1.5"], others: ["1.2"]),
    Row(#"{"minLength":2}"#, fits: ["\"éa\"", "\"😀😀\"", "1"], others: ["\"é\"", "\"😀\""]),
    Row(#"{"maxLength":2}"#, fits: ["\"\"", "\"éa\""], others: ["\"e\\u0301a\"", "\"abc\""]),
    Row(#"{"pattern":"^web"}"#, fits: ["\"web-1\"", "5"], others: ["\"db-web\""]),
    Row(#"{"pattern":"web"}"#, fits: ["\"db-web\""], others: ["\"db\""]),
    Row(#"{"format":"something else"}"#, fits: ["\"\""], others: []),
  ]

  static let containers: [Row] = [
    Row(#"{"items":{"type":"integer"}}"#, fits: ["[]", "[1,2]", "{}"], others: ["[1,\"2\"]"]),
    Row(
      #"{"items":[{"type":"integer"},{"type":"string"}]}"#,
      fits: ["[]", "[1]", "[1,\"a\",null]"], others: ["[\"a\"]", "[1,2]"]),
    Row(#"{"items":[{}],"additionalItems":false}"#, fits: ["[]", "[1]"], others: ["[1,2]"]),
    Row(
      #"{"items":[{}],"additionalItems":{"type":"null"}}"#, fits: ["[1,null]"],
      others: ["[1,2]"]),
    Row(#"{"minItems":1}"#, fits: ["[1]", "5"], others: ["[]"]),
    Row(#"{"maxItems":1}"#, fits: ["[1]"], others: ["[1,2]"]),
    Row(
      #"{"uniqueItems":true}"#, fits: ["[1,2,\"1\",true]", "[]"],
      others: ["[1,1]", "[1,1.0]", "[{\"a\":1},{\"a\":1}]"]),
    Row(
      #"{"properties":{"a":{"type":"integer"}}}"#,
      fits: ["{}", #"{"a":1}"#, #"{"b":"x"}"#, "[]"], others: [#"{"a":"x"}"#]),
    Row(
      #"{"properties":{"a":{}},"additionalProperties":false}"#, fits: ["{}", #"{"a":1}"#],
      others: [#"{"b":1}"#]),
    Row(
      #"{"properties":{"a":{}},"additionalProperties":{"type":"integer"}}"#,
      fits: [#"{"a":"x","b":1}"#], others: [#"{"b":"x"}"#]),
    Row(
      #"{"patternProperties":{"^x_":{"type":"integer"}},"additionalProperties":false}"#,
      fits: [#"{"x_a":1}"#], others: [#"{"x_a":"b"}"#, #"{"y":1}"#]),
    Row(
      #"{"properties":{"x_a":{"minimum":2}},"patternProperties":{"^x_":{"type":"integer"}}}"#,
      fits: [#"{"x_a":2}"#], others: [#"{"x_a":1}"#, #"{"x_a":2.5}"#]),
    Row(#"{"required":["a","b"]}"#, fits: [#"{"a":1,"b":null}"#, "[]"], others: [#"{"a":1}"#]),
    Row(
      #"{"properties":{"a":{"required":true},"b":{"required":false}}}"#, fits: [#"{"a":1}"#],
      others: [#"{"b":1}"#]),
    Row(#"{"minProperties":1}"#, fits: [#"{"a":1}"#], others: ["{}"]),
    Row(#"{"maxProperties":1}"#, fits: ["{}"], others: [#"{"a":1,"b":2}"#]),
    Row(
      #"{"dependencies":{"a":["b"],"c":"b"}}"#, fits: ["{}", #"{"a":1,"b":2}"#],
      others: [#"{"a":1}"#, #"{"c":1}"#]),
    Row(
      #"{"dependencies":{"a":{"required":["b"]}}}"#, fits: ["{}", #"{"a":1,"b":2}"#],
      others: [#"{"a":1}"#]),
    Row(#"{"allOf":[{"type":"integer"},{"minimum":2}]}"#, fits: ["2"], others: ["1", "2.5"]),
    Row(#"{"anyOf":[{"type":"integer"},{"minimum":2}]}"#, fits: ["1", "2.5"], others: ["1.5"]),
    Row(
      #"{"oneOf":[{"type":"integer"},{"minimum":2}]}"#, fits: ["1", "2.5"],
      others: ["1.5", "2"]),
    Row(#"{"not":{"type":"integer"}}"#, fits: ["\"a\""], others: ["1"]),
    Row(
      ##"{"definitions":{"a/b":{"type":"integer"}},"items":{"$ref":"#/definitions/a~1b"}}"##,
      fits: ["[1]"], others: ["[\"a\"]"]),
    Row(
      ##"{"properties":{"value":{"type":"integer"},"next":{"$ref":"#"}}}"##,
      fits: [#"{"value":1,"next":{"value":2,"next":{}}}"#],
      others: [#"{"next":{"next":{"value":"x"}}}"#]),
    Row(
      ##"{"items":[{"type":"null"}],"not":{"items":{"$ref":"#/items/0"}}}"##,
      fits: ["[null,1]"], others: ["[null]"]),
    Row(
      #"{"properties":{"é":{"type":"integer"},"e\u0301":{"type":"string"}}}"#,
      fits: [#"{"é":1,"e\u0301":"x"}"#], others: [#"{"é":"x"}"#, #"{"e\u0301":1}"#]),
  ]

  @Test(arguments: scalars + containers)
  func `what fits has no violation and what does not has one`(row: Row) throws {
    let schema = try JSONSchema(row.schema)
    for text in row.fits { #expect(try schema.messages(text) == [], "\(text)") }
    for text in row.others { #expect(try !schema.messages(text).isEmpty, "\(text)") }
  }

  @Test(
    arguments: [
      (
        "date-time", ["2024-02-29T23:59:60Z", "2024-05-01t12:00:00.123456+02:00"],
        [
          "2023-02-29T00:00:00Z", "2024-05-01", "2024-05-01T24:00:00Z", "2024-05-01T12:00:00",
          "2024-13-01T00:00:00Z", "2024-05-01T12:00:00.Z", "2024-05-01T12:00:00+2:00", "",
        ]
      ),
      ("email", ["a@example.net", "a.b+c@host"], ["a", "@b", "a@", "a@b@c", "a b@c", "a@b..c"]),
      (
        "ipv4", ["0.0.0.0", "255.255.255.255"], ["256.0.0.1", "1.2.3", "01.2.3.4", "1.2.3.4.5", ""]
      ),
      (
        "uri", ["http://example.net/a?b#c", "urn:x:y", "mailto:a@b"],
        ["/a", "http", "1http://x", "http://a b", ":x", "http:"]
      ),
    ] as [(String, [String], [String])])
  func `formats are checked`(format: String, fits: [String], others: [String]) throws {
    let schema = try JSONSchema(
      compiling: ["format": .string(format)], patterns: compilePattern)
    for text in fits { #expect(schema.validate(.string(text)) == [], "\(text)") }
    for text in others { #expect(schema.validate(.string(text)).count == 1, "\(text)") }
    #expect(schema.validate(5) == [])
  }
}
