import JSON
import Testing

@Suite struct ValueTests {
  @Test func `an object keeps its order and the last value of a name`() {
    var object: JSONObject = ["b": 1, "a": 2, "b": 3]
    #expect(object.keys == ["b", "a"] && object.values == [3, 2])
    object["b"] = nil
    object["c"] = 4
    object["b"] = 5
    #expect(object.keys == ["a", "c", "b"])
    #expect(
      object == ["b": 5, "c": 4, "a": 2]
        && object.hashValue == (["b": 5, "c": 4, "a": 2] as JSONObject).hashValue)
  }

  @Test(arguments: [16, 17, 500])
  func `an object of any size finds, replaces and removes its members`(count: Int) {
    var object = JSONObject((0..<count).map { ("k\($0)", .int($0)) })
    for number in 0..<count { object["k\(number)"] = .int(-number) }
    #expect(object.count == count && object["k\(count - 1)"] == .int(1 - count))
    #expect(object["k\(count)"] == nil)
    object["k3"] = nil
    #expect(object["k3"] == nil && object["k4"] == -4 && object.count == count - 1)
    object["k3"] = 3
    #expect(object.keys.last == "k3" && object["k3"] == 3)
  }

  @Test func `different spellings of a character are different names and strings`() {
    let composed = "\u{e9}"
    let apart = "e\u{301}"
    #expect(JSONValue.string(composed) != .string(apart))
    var object: JSONObject = [composed: 1, apart: 2]
    #expect(object.count == 2 && object[composed] == 1 && object[apart] == 2)
    for number in 0..<20 { object["\(number)"] = 0 }
    #expect(object[composed] == 1 && object[apart] == 2)
    #expect(Set<JSONValue>([.string(composed), .string(apart)]).count == 2)
  }

  @Test func `numbers are equal only in the same form`() {
    #expect(JSONValue.int(1) != 1.0 && JSONValue.int(1) == 1)
    #expect(JSONValue.uint(.max).uintValue == .max && JSONValue.int(-1).uintValue == nil)
    #expect(JSONValue.int(1).uintValue == 1 && JSONValue.double(1).intValue == nil)
    #expect(JSONValue.double(0.0) == -0.0 && JSONValue.bool(true) != 1)
  }

  @Test(
    arguments: [
      (JSONValue.null, JSONKind.null, "null"), (true, .bool, "boolean"), (1, .int, "integer"),
      (.uint(.max), .uint, "integer"), (1.0, .double, "number"), ("", .string, "string"),
      ([], .array, "array"), ([:], .object, "object"),
    ] as [(JSONValue, JSONKind, String)])
  func `a kind has JSON Schema's name`(value: JSONValue, kind: JSONKind, name: String) {
    #expect(value.kind == kind && value.kindName == name)
  }

  @Test(
    arguments: [
      ([], "$"), ([.member("a"), .element(2), .member("b")], "$.a[2].b"),
      ([.member("odd name"), .member("")], #"$["odd name"][""]"#),
      ([.member("1st"), .member("été"), .member("a-b_1")], #"$["1st"].été.a-b_1"#),
      ([.member("a\"\n")], #"$["a\"\n"]"#),
    ] as [([JSONLocation.Step], String)])
  func `a location is written as people read it`(steps: [JSONLocation.Step], text: String) {
    #expect(JSONLocation(steps).description == text)
    let built = steps.reduce(into: JSONLocation()) { $0.append($1) }
    #expect(built == JSONLocation(steps))
  }

  @Test func `a location's parts do not change it`() {
    var location = JSONLocation().member("a")
    #expect(location.element(1).description == "$.a[1]" && location.description == "$.a")
    location.removeLast()
    #expect(location == JSONLocation())
  }
}
