import Testing

@testable import HTTPServer

@Suite struct EventChannelTests {
  private static func event(_ text: String) -> ServerSentEvent {
    ServerSentEvent(data: Array(text.utf8))
  }

  @Test(
    arguments: [
      (ServerSentEvent(data: []), "data: \n\n"),
      (event("a"), "data: a\n\n"),
      (event("a\nb\r\nc\rd"), "data: a\ndata: b\ndata: c\ndata: d\n\n"),
      (event("a\n\nb"), "data: a\ndata: \ndata: b\n\n"),
      (
        ServerSentEvent(name: "n\nx: y", data: [0x61], id: "1\r2", key: "k"),
        "event: nx: y\nid: 12\ndata: a\n\n"
      ),
    ])
  func events(event: ServerSentEvent, expected: String) {
    #expect(String(decoding: event.text, as: UTF8.self) == expected)
  }

  @Test func aLoopCollectsWhatIsNew() throws {
    let channel = EventChannel()
    let mailbox = try LoopMailbox()
    channel.attach(mailbox)
    for text in ["a", "b", "c"] { #expect(channel.publish(Self.event(text))) }
    #expect(mailbox.take().count == 1, "one note for many events")
    let some = channel.collect(after: 1, for: mailbox)
    #expect(some.first == 2)
    #expect(some.events.map(\.event.data) == [[0x62], [0x63]])
    #expect(channel.collect(after: 3, for: mailbox).events.isEmpty)
    channel.publish(Self.event("d"))
    #expect(mailbox.take().count == 1)
    channel.detach(mailbox)
    channel.publish(Self.event("e"))
    #expect(mailbox.take().isEmpty)
    #expect(channel.lastNumber == 5)
  }

  @Test func whatIsKeptHasItsLimit() throws {
    let channel = EventChannel(bytesMax: 100)
    let mailbox = try LoopMailbox()
    #expect(channel.publish(Self.event(String(repeating: "x", count: 92))))
    #expect(!channel.publish(Self.event(String(repeating: "x", count: 93))))
    #expect(channel.lastNumber == 1)
    for index in 0..<1000 { channel.publish(Self.event("\(1000 + index)")) }
    let kept = channel.collect(after: 0, for: mailbox)
    #expect(kept.events.count == 8)
    #expect(kept.first == 994)
    #expect(kept.events.last?.event.data == Array("1999".utf8))
  }
}
