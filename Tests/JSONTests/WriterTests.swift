import JSON
import Testing

@Suite struct WriterTests {
  @Test func `commas are the writer's own`() {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("a")
    writer.value(1)
    writer.key(String("b"))
    writer.beginArray()
    writer.value("x")
    writer.value(String("y"))
    writer.value(true)
    writer.null()
    writer.beginObject()
    writer.endObject()
    writer.value(2.0)
    writer.value(["z": []] as JSONValue)
    writer.endArray()
    writer.key("c")
    writer.raw(Array("[1, 2]".utf8))
    writer.endObject()
    writer.endLine()
    writer.value(UInt64.max)
    #expect(
      writer.text == """
        {"a":1,"b":["x","y",true,null,{},2.0,{"z":[]}],"c":[1, 2]}
        18446744073709551615
        """)
  }

  @Test func `a writer is used again`() {
    var writer = JSONWriter()
    writer.value([1] as JSONValue)
    writer.removeAll()
    writer.value(2)
    #expect(writer.take() == Array("2".utf8))
    writer.value(3)
    #expect(writer.bytes == Array("3".utf8) && writer.count == 1)
  }

  @Test(
    arguments: [
      (0, "0"), (7, "7"), (10, "10"), (-1, "-1"), (999, "999"), (1000, "1000"),
      (.max, "9223372036854775807"), (.min, "-9223372036854775808"),
    ] as [(Int, String)])
  func `integers are written in digits`(number: Int, text: String) {
    #expect(JSONValue.int(number).text() == text)
    #expect(JSONValue.array([.int(number), .int(number)]).text() == "[\(text),\(text)]")
  }

  @Test func `every length of unsigned integers is written`() {
    var number: UInt64 = 1
    for _ in 0..<19 {
      for near in [number - 1, number, number + 1] {
        #expect(JSONValue.uint(near).text() == String(near))
      }
      number *= 10
    }
    #expect(JSONValue.uint(number).text() == "10000000000000000000")
    #expect(JSONValue.uint(.max).text() == "18446744073709551615")
  }

  /// As Python's `repr` writes them.
  @Test(
    arguments: [
      (1.0, "1.0"), (-0.0, "-0.0"), (0.0, "0.0"), (0.1, "0.1"), (-2.5, "-2.5"), (100.0, "100.0"),
      (1e15, "1000000000000000.0"), (123456789012345.6, "123456789012345.6"),
      (9007199254740992, "9007199254740992.0"), (9999999999999998, "9999999999999998.0"),
      (1e16, "1e+16"), (-1e16, "-1e+16"), (12345678901234568, "1.2345678901234568e+16"),
      (12000000000000000, "1.2e+16"), (18014398509481984, "1.8014398509481984e+16"),
      (18014398509481988, "1.8014398509481988e+16"), (1e17, "1e+17"), (1e22, "1e+22"),
      (1.5e300, "1.5e+300"), (0.0001, "0.0001"), (0.00001, "1e-05"), (1.5e-7, "1.5e-07"),
      (1e-10, "1e-10"), (.leastNonzeroMagnitude, "5e-324"),
      (1.7976931348623157e308, "1.7976931348623157e+308"),
      (.infinity, "null"), (-.infinity, "null"), (.nan, "null"),
    ] as [(Double, String)])
  func `floating-point numbers are written short and read back`(number: Double, text: String) throws
  {
    #expect(JSONValue.double(number).text() == text)
    #expect(JSONValue.array([1, .double(number)]).text() == "[1,\(text)]")
    if number.isFinite { #expect(try JSONValue(parsing: text) == .double(number)) }
  }

  @Test func `control characters, quotes and backslashes are escaped and nothing else`() throws {
    let escapes = [
      0x08: "\\b", 0x09: "\\t", 0x0A: "\\n", 0x0C: "\\f", 0x0D: "\\r", 0x22: "\\\"", 0x5C: "\\\\",
    ]
    for code in 0..<0x80 {
      let character = String(Unicode.Scalar(UInt8(code)))
      let hex = (code < 16 ? "\\u000" : "\\u00") + String(code, radix: 16)
      let escaped = escapes[code] ?? (code < 0x20 ? hex : character)
      // At every place of an eight-byte word, and behind other escapes.
      for lead in 0..<9 {
        for trail in [0, 1, 9] {
          let before =
            String(repeating: "é", count: lead / 2) + String(repeating: "a", count: lead % 2)
          let after = String(repeating: "z", count: trail)
          let value = JSONValue.string(before + character + after + character)
          #expect(value.text() == "\"\(before)\(escaped)\(after)\(escaped)\"")
          #expect(try JSONValue(parsing: value.text()) == value)
        }
      }
    }
    #expect(JSONValue.string("/\u{7f}\u{2028}😀").text() == "\"/\u{7f}\u{2028}😀\"")
  }

  @Test func `keys are escaped like strings`() {
    #expect(JSONValue.object(["a\"\n": 1, "": 2]).text() == #"{"a\"\n":1,"":2}"#)
  }

  @Test(arguments: ["0", "-1", "1.50", "1e5", "123456789012345678901234567890", "-0.0E-7"])
  func `a number in digits of one's own is taken as it is`(digits: String) throws {
    var writer = JSONWriter()
    writer.beginArray()
    try writer.rawNumber(digits)
    try writer.rawNumber(digits)
    writer.endArray()
    #expect(writer.text == "[\(digits),\(digits)]")
  }

  @Test(arguments: ["", "-", "01", "1.", ".1", "1e", "0x1", " 1", "1 ", "NaN", "1,2"])
  func `what is no number is refused`(digits: String) {
    var writer = JSONWriter()
    #expect(throws: JSONError.self) { try writer.rawNumber(digits) }
    #expect(writer.count == 0)
  }

  @Test func `a view is written as its document holds it`() throws {
    let text = #"{"a":[1,-2,18446744073709551615,1.0,"x\n",true,false,null,[],{}],"a":{"é":""}}"#
    let document = try JSONDocument(parsing: text)
    var writer = JSONWriter()
    writer.value(document.root)
    #expect(writer.text == text)
    writer.removeAll()
    writer.beginArray()
    writer.value(document.root["a"]!)
    writer.value(document.root["a"]!["é"]!)
    writer.endArray()
    #expect(writer.text == #"[{"é":""},""]"#)
  }

  @Test func `text for people is indented and sorted`() {
    let value: JSONValue = ["b": [1, [], ["x": nil]], "a": [:], "é": 1, "Z": true]
    #expect(
      value.text(sorted: true) == #"{"Z":true,"a":{},"b":[1,[],{"x":null}],"é":1}"#)
    #expect(
      value.text(sorted: true, indent: 2) == """
        {
          "Z": true,
          "a": {},
          "b": [
            1,
            [],
            {
              "x": null
            }
          ],
          "é": 1
        }
        """)
    #expect(value.text(indent: 0).hasPrefix("{\n\"b\": [\n1,\n[],"))
  }
}
