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
    writer.value(true)
    writer.null()
    writer.beginObject()
    writer.endObject()
    writer.value(2.0)
    writer.endArray()
    writer.key("c")
    writer.raw(Array("[1, 2]".utf8))
    writer.endObject()
    writer.endLine()
    writer.value(UInt64.max)
    #expect(
      writer.text == #"{"a":1,"b":["x",true,null,{},2.0],"c":[1, 2]}"# + "\n18446744073709551615")
  }
}
