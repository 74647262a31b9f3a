import Automation
import JSON
import Streams
import Testing

/// What was ever written is read, and written again to the byte.
@Suite struct FactCorpusTests {
  @Test(arguments: FactExample.all.indices)
  func `an example reads back to the byte`(index: Int) throws {
    let example = FactExample.all[index]
    let record = try JSONDocument(parsing: example.record).root
    let data = try #require(record["data"])
    let fact = try example.coding.init(type: try Envelope(record).type, data: data)
    #expect(fact.type.description == example.type)
    var writer = JSONWriter()
    fact.write(into: &writer)
    #expect(String(decoding: writer.bytes, as: UTF8.self) == example.data)
  }

  @Test(arguments: FactExample.all.indices)
  func `members that are not known yet do no harm`(index: Int) throws {
    let example = FactExample.all[index]
    var object = try #require(JSONValue(parsing: example.data).objectValue)
    object["added_later"] = ["a": 1]
    let data = try JSONDocument(parsing: JSONValue.object(object).text()).root
    var writer = JSONWriter()
    try example.coding.init(type: example.type, data: data).write(into: &writer)
    #expect(String(decoding: writer.bytes, as: UTF8.self) == example.data)
  }

  @Test func `a type that is not known is named`() throws {
    let data = try JSONDocument(parsing: "{}").root
    for coding in [Command.self, TriggerFact.self, DecisionFact.self, ExecutionFact.self]
      as [any FactCoding.Type]
    {
      let error = #expect(throws: RecordError.self) { try coding.init(type: "a.B", data: data) }
      #expect(error?.text.contains("'a.B'") == true)
    }
  }
}
