import JSON
import JSONSchema
import Testing

/// What StackStorm adds to draft 4.
@Suite struct DialectTests {
  func parameters(_ text: String, allowsUnknown: Bool = false) throws -> JSONSchema {
    let parameters = try #require(try JSONValue(parsing: text).objectValue)
    return try JSONSchema(
      compiling: JSONSchema.schema(ofParameters: parameters, allowsUnknown: allowsUnknown),
      options: .parameters, patterns: compilePattern)
  }

  func filled(_ schema: JSONSchema, _ value: String) throws -> String {
    schema.fillingDefaults(try JSONValue(parsing: value)).text()
  }

  @Test func `an optional parameter takes null and a required one does not`() throws {
    let schema = try parameters(
      """
      {"must":{"type":"string","required":true}, "may":{"type":"integer"},
       "null":{"type":"string","required":true,"default":null},
       "given":{"type":"string","default":"x"}, "either":{"anyOf":[{"type":"string"}]},
       "list":{"type":["integer","string"]}, "few":{"type":"string","enum":["a"]}, "all":{},
       "untyped":{"description":"text"}}
      """)
    #expect(
      try schema.messages(
        #"{"must":"a","may":null,"null":null,"either":null,"list":null,"few":null,"all":null}"#)
        == [])
    #expect(try schema.messages(#"{"must":null}"#).count == 2)
    #expect(
      try schema.messages(#"{"must":"a","null":"","given":null}"#) == [
        "$.given: expected string, found null"
      ])
    #expect(try schema.messages(#"{"must":"a","null":"","untyped":5}"#).count == 1)
    #expect(try schema.messages(#"{"must":"a","null":"","untyped":"","all":[5]}"#) == [])
  }

  @Test func `null is refused where the option is not set`() throws {
    let schema = try JSONSchema(#"{"properties":{"a":{"type":"string"},"b":{"description":""}}}"#)
    #expect(try schema.messages(#"{"a":null,"b":5}"#) == ["$.a: expected string, found null"])
  }

  @Test func `null is taken inside objects and arrays of objects too`() throws {
    let schema = try parameters(
      """
      {"o":{"type":"object","properties":{"x":{"type":"string"}}},
       "l":{"type":"array","items":{"type":"object","properties":{"x":{"type":"string"}}}}}
      """)
    #expect(try schema.messages(#"{"o":{"x":null},"l":[{"x":null}]}"#) == [])
    #expect(try schema.messages(#"{"o":{"x":1},"l":[{"x":1}]}"#).count == 2)
  }

  @Test func `an unknown parameter is refused unless others are allowed`() throws {
    let text = #"{"a":{"type":"string"}}"#
    #expect(
      try parameters(text).messages(#"{"b":1}"#) == [
        #"$.b: expected one of the members "a", found another one"#
      ])
    #expect(try parameters(text, allowsUnknown: true).messages(#"{"b":1}"#) == [])
    #expect(try parameters("{}").messages(#"{"b":1}"#) == [])
  }

  @Test func `annotations say nothing about the value`() throws {
    let schema = try parameters(
      #"{"a":{"type":"string","secret":true,"immutable":true,"position":0,"default":"x"}}"#)
    #expect(try schema.messages(#"{"a":"y"}"#) == [])
  }

  @Test func `a default takes the place of what is missing or null`() throws {
    let schema = try parameters(
      #"{"a":{"type":"integer","default":1},"b":{"type":"string","default":null},"c":{}}"#)
    #expect(try filled(schema, "{}") == #"{"a":1,"b":null}"#)
    #expect(try filled(schema, #"{"c":2,"a":null}"#) == #"{"c":2,"a":1,"b":null}"#)
    #expect(try filled(schema, #"{"a":5,"b":"x"}"#) == #"{"a":5,"b":"x"}"#)
    #expect(try filled(schema, "[1]") == "[1]")
  }

  @Test func `defaults are filled in inside what is there`() throws {
    let schema = try parameters(
      """
      {"o":{"type":"object","properties":{"x":{"default":1},
             "p":{"type":"object","properties":{"y":{"default":2}}}}},
       "l":{"type":["array","null"],"items":{"properties":{"z":{"default":3}}}},
       "d":{"type":"object","default":{},"properties":{"w":{"default":4}}},
       "n":{"properties":{"v":{"default":5}}}}
      """)
    #expect(try filled(schema, "{}") == #"{"d":{"w":4}}"#)
    #expect(
      try filled(schema, #"{"o":{"p":{}},"l":[{},{"z":0},7],"n":{}}"#)
        == #"{"o":{"p":{"y":2},"x":1},"l":[{"z":3},{"z":0},7],"n":{},"d":{"w":4}}"#)
  }

  @Test func `a required parameter with a default need not be given`() throws {
    let schema = try parameters(#"{"a":{"type":"integer","required":true,"default":1}}"#)
    #expect(schema.validate([:]).count == 1)
    #expect(schema.validate(schema.fillingDefaults([:])) == [])
  }

  @Test func `defaults are only filled in where the schema says object`() throws {
    let schema = try JSONSchema(#"{"properties":{"a":{"default":1}}}"#)
    #expect(schema.fillingDefaults([:]) == [:])
  }
}
