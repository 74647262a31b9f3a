import JSON
import JSONSchema
import Testing

@Suite struct LimitTests {
  @Test func `a value is followed down to the limit and refused one past it`() throws {
    let schema = try JSONSchema(##"{"properties":{"a":{"$ref":"#"}}}"##)
    // Every level applies the property's schema and what it refers to.
    func nested(_ depth: Int) -> JSONValue {
      (0..<depth).reduce([:]) { value, _ in ["a": value] }
    }
    #expect(schema.validate(nested(127)) == [])
    #expect(
      schema.validate(nested(128)).map(\.message) == [
        "expected at most 256 schemas inside each other, found one more"
      ])
  }

  @Test func `a schema that multiplies is stopped`() throws {
    let schema = try JSONSchema(##"{"not":{"allOf":[{"$ref":"#"},{"$ref":"#"},{"$ref":"#"}]}}"##)
    let violations = schema.validate(1)
    #expect(violations.count == 1)
    #expect(violations.first?.message.contains("inside each other, found one more") == true)
  }

  @Test func `schemas are applied up to the limit and not one time more`() throws {
    let schema = try JSONSchema(#"{"items":{"items":{}}}"#)
    let row = JSONValue.array(Array(repeating: 1, count: 999))
    var rows = Array(repeating: row, count: 999)
    rows.append(.array(Array(repeating: 1, count: 998)))
    // 1 + 1000 + 999 * 999 + 998 = 1,000,000
    #expect(schema.validate(.array(rows)) == [])
    rows[999] = row
    #expect(
      schema.validate(.array(rows)).map(\.description) == [
        "$[999][998]: expected at most 1000000 schemas to apply, found one more"
      ])
  }

  @Test(arguments: [99, 100, 101])
  func `violations are told up to the limit`(count: Int) throws {
    let schema = try JSONSchema(#"{"items":{"type":"string"}}"#)
    let value = JSONValue.array(Array(repeating: 1, count: count))
    #expect(schema.validate(value).count == min(count, JSONSchema.violationsMax))
  }
}
