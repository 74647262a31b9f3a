import JSON
import Testing

@Suite struct ViewTests {
  let document: JSONDocument

  init() throws {
    document = try JSONDocument(
      parsing: #"""
        {"id": "e-1", "host": {"name": "web-1", "tags": ["prod", "eu"], "": 0}, "level": 3,
         "big": 18446744073709551615, "load": 1.5, "up": true, "down": false, "none": null,
         "a name of many bytes": 1, "a name of more bytes": 2, "été": 4, "e\u0301te\u0301": 5}
        """#)
  }

  @Test func `values are read as what they are and as nothing else`() {
    let root = document.root
    #expect(root["id"]?.kind == .string && root["id"]?.stringValue == "e-1")
    #expect(root["level"]?.kind == .int && root["level"]?.intValue == 3)
    #expect(root["level"]?.uintValue == 3 && root["level"]?.doubleValue == 3)
    #expect(root["big"]?.kind == .uint && root["big"]?.uintValue == .max)
    #expect(root["big"]?.intValue == nil && root["big"]?.doubleValue == 0x1p64)
    #expect(root["load"]?.kind == .double && root["load"]?.doubleValue == 1.5)
    #expect(root["load"]?.intValue == nil && root["load"]?.uintValue == nil)
    #expect(root["up"]?.boolValue == true && root["down"]?.boolValue == false)
    #expect(root["up"]?.kind == .bool && root["up"]?.intValue == nil)
    #expect(root["none"]?.isNull == true && root["none"]?.kind == .null)
    #expect(root["id"]?.isNull == false && root["id"]?.boolValue == nil)
    #expect(root["level"]?.stringValue == nil && root.stringValue == nil)
    #expect(root.kind == .object && root["host"]?["tags"]?.kind == .array)
  }

  @Test func `a negative integer is no unsigned one`() throws {
    let view = try JSONDocument(parsing: "-1").root
    #expect(view.intValue == -1 && view.uintValue == nil && view.doubleValue == -1)
  }

  @Test func `members are found by literal, string, key and path`() {
    let root = document.root
    let name: JSONKey = "name"
    #expect(root["host"]?["name"]?.stringValue == "web-1")
    #expect(root["host"]?[String("name")]?.stringValue == "web-1")
    #expect(root["host"]?[name]?.stringValue == "web-1")
    #expect(root["host"]?[""]?.intValue == 0)
    #expect(root.lookup(path: ["host", name])?.stringValue == "web-1")
    #expect(root.lookup(path: [])?.count == 12)
    #expect(root.lookup(path: ["host", "names"]) == nil)
    #expect(root.lookup(path: ["id", "name"]) == nil)
    #expect(root["nam"] == nil && root["hosts"] == nil && root["id"]?["x"] == nil)
  }

  @Test(arguments: [
    ("a name of many bytes", 1), ("a name of more bytes", 2), ("a name of none bytes", nil),
    ("été", 4), ("e\u{301}te\u{301}", 5),
  ])
  func `names are compared byte by byte`(name: String, value: Int?) {
    #expect(document.root[name]?.intValue == value)
    #expect(document.root[JSONKey(name)]?.intValue == value)
    #expect(document.root.copy()[name]?.intValue == value)
  }

  @Test func `elements are found by position`() {
    let tags = document.root["host"]?["tags"]
    #expect(tags?.count == 2 && tags?[0]?.stringValue == "prod" && tags?[1]?.stringValue == "eu")
    #expect(tags?[2] == nil && tags?[-1] == nil && document.root[0] == nil)
    #expect(tags?.elements.map(\.stringValue) == ["prod", "eu"])
    #expect(document.root["id"]?.count == 0)
    #expect(document.root["id"]?.elements.map(\.kind) == [])
    #expect(tags?.members.map(\.key) == [])
  }

  @Test func `members come in the order of the text`() {
    let host = document.root["host"]
    #expect(host?.members.map(\.key) == ["name", "tags", ""])
    #expect(host?.members.map(\.value.kind) == [.string, .array, .int])
  }

  @Test func `strings are compared without a copy`() {
    let id = document.root["id"]
    #expect(id?.isEqual(to: "e-1") == true && id?.isEqual(to: String("e-1")) == true)
    #expect(id?.isEqual(to: JSONKey("e-1")) == true && id?.isEqual(to: JSONKey("e-2")) == false)
    #expect(id?.isEqual(to: "e-") == false && document.root["level"]?.isEqual(to: "3") == false)
    #expect(id?.withUTF8 { Array($0) } == Array("e-1".utf8))
    #expect(document.root.withUTF8 { $0.count } == nil)
  }

  @Test func `a view keeps its document`() throws {
    func name() throws -> JSONView? {
      try JSONDocument(parsing: #"{"name": "of a document nobody else holds"}"#).root["name"]
    }
    #expect(try name()?.stringValue == "of a document nobody else holds")
  }

  @Test func `a thread's next text leaves earlier documents as they are`() throws {
    let first = try JSONDocument(parsing: #"["first", 1]"#)
    let second = try JSONDocument(parsing: #"["second", 2]"#)
    #expect(first.root.copy() == ["first", 1])
    #expect(second.root.copy() == ["second", 2])
  }
}
