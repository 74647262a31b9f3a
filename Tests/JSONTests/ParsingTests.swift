import JSON
import Testing

@Suite struct ParsingTests {
  static let values: [(String, JSONValue)] = [
    ("null", JSONValue.null), ("true", true), (" false ", false), ("0", 0), ("-0", 0), ("-1", -1),
    ("1.0", 1.0), ("-0.0", -0.0), ("1e2", 100.0), ("9223372036854775807", .int(.max)),
    ("-9223372036854775808", .int(.min)), ("9223372036854775808", .uint(1 << 63)),
    ("18446744073709551615", .uint(.max)), ("9007199254740993", 9_007_199_254_740_993),
    ("1.7976931348623157e308", .double(.greatestFiniteMagnitude)),
    ("5e-324", .double(.leastNonzeroMagnitude)), ("1e-400", 0.0),
    ("\"\"", ""), (#""a\"\\\/\b\f\n\r\tz""#, "a\"\\/\u{8}\u{c}\n\r\tz"), (#""\u00e9é""#, "éé"),
    (#""\ud83d\ude00😀""#, "😀😀"), (#""\u0000""#, "\0"), ("[]", []), ("{}", [:]),
    ("[1,[2,{\"a\":[]}]]", [1, [2, ["a": []]]]),
    ("{\"a\":1,\"b\":{\"\":null}}", ["a": 1, "b": ["": nil]]),
  ]

  @Test(arguments: values)
  func `a text becomes its value`(text: String, value: JSONValue) throws {
    #expect(try JSONValue(parsing: text) == value)
    #expect(try JSONValue(parsing: Array(text.utf8)) == value)
    #expect(try JSONValue(parsing: Array(("x" + text).utf8).dropFirst()) == value)
  }

  @Test func `of members with one name the last one counts`() throws {
    let document = try JSONDocument(parsing: #"{"a":1,"b":2,"a":{"c":3}}"#)
    #expect(document.root["a"]?["c"]?.intValue == 3)
    #expect(document.root.copy() == ["a": ["c": 3], "b": 2])
    #expect(document.root.count == 3)
    #expect(document.root.members.map(\.key) == ["a", "b", "a"])
  }

  @Test(arguments: [0, 1, 2, 63, 64, 1024])
  func `nesting is taken up to the limit and refused one past it`(depth: Int) throws {
    func nested(_ depth: Int, _ inner: String, isObject: Bool) -> String {
      String(repeating: isObject ? #"{"a":"# : "[", count: depth) + inner
        + String(repeating: isObject ? "}" : "]", count: depth)
    }
    let limits = JSONLimits(depthMax: depth)
    for isObject in [false, true] {
      for inner in ["1", "[]", "{}", "\"[[[[\""] {
        _ = try JSONValue(parsing: nested(depth, inner, isObject: isObject), limits: limits)
        let error = #expect(throws: JSONError.self) {
          _ = try JSONValue(parsing: nested(depth + 1, inner, isObject: isObject), limits: limits)
        }
        #expect(error?.reason == .tooDeep)
        #expect(error?.offset == depth * (isObject ? 5 : 1))
      }
    }
  }

  @Test func `a text is taken up to the limit of bytes and refused one past it`() throws {
    let limits = JSONLimits(bytesMax: 4)
    #expect(try JSONValue(parsing: "[12]", limits: limits) == [12])
    let error = #expect(throws: JSONError.self) { try JSONValue(parsing: "[123]", limits: limits) }
    #expect(error?.reason == .tooLong)
    #expect(error?.message == "expected at most 4 bytes, found 5")
  }
}
