import JSON
import Testing

/// Texts around the sizes at which the parser's memory changes its ways.
@Suite struct LargeTests {
  @Test(arguments: [4095, 4096, 4097, 8192, 8193, 262_144, 262_145, 600_000])
  func `strings of a text of any size are whole`(size: Int) throws {
    // Short strings need the most room for their bytes.
    let frame = #"[""]"#.utf8.count
    let shorts = (size - frame - 20) / 3 / 2
    let tail = String(repeating: "t", count: size - frame - shorts * 3)
    let text = "[" + String(repeating: "\"\",", count: shorts) + "\"\(tail)\"]"
    #expect(text.utf8.count == size)
    let view = try JSONDocument(parsing: text).root
    #expect(view.count == shorts + 1)
    #expect(view[shorts]?.isEqual(to: tail) == true && view[0]?.isEqual(to: "") == true)
    #expect(try JSONDocument(parsing: "[\"\"]").root[0]?.stringValue == "")
  }

  @Test func `an object of many members keeps the last of each name`() throws {
    let names = (0..<3000).map { "k\($0 % 1000)" }
    let text = "{" + names.enumerated().map { "\"\($1)\":\($0)" }.joined(separator: ",") + "}"
    let document = try JSONDocument(parsing: text)
    let value = document.root.copy()
    #expect(document.root.count == 3000 && value.objectValue?.count == 1000)
    #expect(value["k7"] == 2007 && document.root["k7"]?.intValue == 2007)
  }
}
