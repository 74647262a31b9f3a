import JSON
import JSONSchema
import Testing

@Suite struct MistakeTests {
  func mistakes(_ schema: JSONValue, _ options: JSONSchema.Options = .init()) -> [String] {
    do {
      _ = try JSONSchema(compiling: schema, options: options, patterns: compilePattern)
      return []
    } catch {
      return error.mistakes.map(\.description)
    }
  }

  @Test(
    arguments: [
      ("[]", "$: expected a schema, which is an object, found an array of 0"),
      (
        #"{"type":"strnig"}"#,
        """
        $.type: expected one of the types array, boolean, integer, null, number, object, string, \
        raw_string, any, found string "strnig"
        """
      ),
      (#"{"type":{}}"#, "$.type: expected a type or a list of types, found an object of 0"),
      (#"{"type":[]}"#, "$.type: expected a list of at least one type, found an array of 0"),
      (#"{"enum":[]}"#, "$.enum: expected a list of at least one value, found an array of 0"),
      (#"{"minimum":"1"}"#, #"$.minimum: expected a number, found string "1""#),
      (
        #"{"exclusiveMinimum":true}"#, "$.exclusiveMinimum: expected minimum beside it, found none"
      ),
      (#"{"multipleOf":0}"#, "$.multipleOf: expected a number above 0, found integer 0"),
      (#"{"minLength":-1}"#, "$.minLength: expected an integer of at least 0, found integer -1"),
      (#"{"minItems":1.0}"#, "$.minItems: expected an integer of at least 0, found number 1.0"),
      (
        #"{"minItems":3,"maxItems":2}"#,
        "$.minItems: expected at most maxItems, which is 2, found 3"
      ),
      (
        #"{"pattern":"a("}"#,
        #"$.pattern: expected a regular expression, found "a(": a bracket is not closed"#
      ),
      (
        #"{"patternProperties":{"(":{}}}"#,
        #"$.patternProperties["("]: expected a regular expression, found "(": a bracket is not closed"#
      ),
      (
        #"{"properties":{"a":{"items":[{},{"type":1}]}}}"#,
        """
        $.properties.a.items[1].type: expected a type or a list of types, found integer 1
        """
      ),
      (#"{"properties":[]}"#, "$.properties: expected an object of schemas, found an array of 0"),
      (
        #"{"additionalProperties":1}"#,
        "$.additionalProperties: expected true, false or a schema, found integer 1"
      ),
      (
        #"{"required":"a"}"#,
        #"$.required: expected true, false or a list of names, found string "a""#
      ),
      (#"{"required":["a",1]}"#, "$.required[1]: expected a name, found integer 1"),
      (
        #"{"dependencies":{"a":1}}"#,
        "$.dependencies.a: expected a schema or a list of names, found integer 1"
      ),
      (#"{"uniqueItems":1}"#, "$.uniqueItems: expected true or false, found integer 1"),
      (#"{"anyOf":{}}"#, "$.anyOf: expected a list of at least one schema, found an object of 0"),
      (#"{"secret":"yes"}"#, #"$.secret: expected true or false, found string "yes""#),
      (#"{"position":-1}"#, "$.position: expected a number of at least 0, found integer -1"),
      (#"{"description":1}"#, "$.description: expected a string, found integer 1"),
      (
        ##"{"$ref":"other.json"}"##,
        ##"$["$ref"]: expected a reference into this schema ("#/definitions/..."), found string "other.json""##
      ),
      (
        ##"{"$ref":"#/definitions/a"}"##,
        ##"$["$ref"]: expected a place in this schema, found "#/definitions/a""##
      ),
      (
        ##"{"$ref":"#"}"##,
        "$: expected references that lead to a schema, found some that lead in a circle"
      ),
      (
        #"{"definitions":{"a":{"type":1}}}"#,
        "$.definitions.a.type: expected a type or a list of types, found integer 1"
      ),
    ] as [(String, String)])
  func `a mistake names its place`(schema: String, message: String) throws {
    #expect(mistakes(try JSONValue(parsing: schema)) == [message])
  }

  @Test func `all mistakes are told at once`() throws {
    let schema = try JSONValue(parsing: #"{"type":"x","minimum":"y","items":{"enum":1}}"#)
    #expect(mistakes(schema).count == 3)
    let error = #expect(throws: SchemaError.self) {
      _ = try JSONSchema(compiling: schema, patterns: compilePattern)
    }
    #expect(error?.description.split(separator: "; ").count == 3)
  }

  @Test func `an unknown keyword is a mistake where it is asked for`() {
    let schema: JSONValue = ["properties": ["a": ["requried": true]]]
    #expect(mistakes(schema) == [])
    #expect(
      mistakes(schema, .parameters) == [
        """
        $.properties.a: expected keywords of JSON Schema draft 4, or secret, immutable, position, \
        found "requried"
        """
      ])
  }

  @Test func `mistakes are told up to the limit`() {
    for count in [99, 100, 101] {
      let schema = JSONValue.object(["allOf": .array(Array(repeating: 1, count: count))])
      #expect(mistakes(schema).count == min(count, SchemaError.mistakesMax))
    }
  }

  @Test func `schemas are nested up to the limit and refused one past it`() {
    func nested(_ count: Int) -> JSONValue {
      (1..<count).reduce([:]) { schema, _ in ["not": schema] }
    }
    #expect(mistakes(nested(128)) == [])
    let refused = mistakes(nested(129))
    #expect(refused.count == 1)
    #expect(
      refused.first?.hasSuffix(
        ".not: expected at most 128 schemas inside each other, found one more") == true)
  }

  @Test func `a schema has as many schemas as the limit and not one more`() {
    func schema(_ count: Int) -> JSONValue {
      ["allOf": .array(Array(repeating: [:], count: count - 1))]
    }
    #expect(mistakes(schema(10_000)) == [])
    #expect(
      mistakes(schema(10_001)) == ["$.allOf[9999]: expected at most 10000 schemas, found one more"])
  }
}
