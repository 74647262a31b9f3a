import Glibc
import JSON
import Testing

@testable import petrel

@Suite struct ServerSentEventsTests {
  typealias Event = ServerSentEvents.Event

  private let text = """
    : a comment

    event: output
    data: {"a":1}
    data: more

    data:bare
    id: 3

    event: nothing

    event: end
    data: x


    """

  private let expected = [
    Event(name: "output", data: "{\"a\":1}\nmore"),
    Event(name: "message", data: "bare", id: "3"), Event(name: "end", data: "x", id: "3"),
  ]

  @Test func eventsComeOutHoweverTheBytesCome() throws {
    for ends in ["\n", "\r\n", "\r"] {
      let bytes = Array(
        text.split(separator: "\n", omittingEmptySubsequences: false)
          .joined(separator: ends).utf8)
      for size in [1, 2, 7, bytes.count] {
        var parser = ServerSentEvents()
        var events: [Event] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
          events += try parser.feed(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        #expect(events == expected)
      }
    }
  }

  @Test func anIDAloneIsNoEvent() throws {
    var parser = ServerSentEvents()
    #expect(try parser.feed(Array("id: 7\n".utf8)).isEmpty)
    #expect(parser.lastID.isEmpty)
    #expect(
      try parser.feed(Array("\ndata: x\nid: 8\n\n".utf8)) == [
        Event(name: "message", data: "x", id: "8")
      ])
    #expect(parser.lastID == "8")
  }

  @Test func anEventEndsAtItsLimit() throws {
    var parser = ServerSentEvents()
    let most = [UInt8](repeating: UInt8(ascii: "x"), count: ServerSentEvents.bytesMax)
    #expect(try parser.feed(most).isEmpty)
    #expect(throws: ServerSentEvents.Fault.self) { try parser.feed([UInt8(ascii: "x")]) }
  }
}

@Suite struct StopSignalsTests {
  @Test func aClosedTerminalStopsItUnlessThatIsIgnored() {
    let before = signal(SIGHUP, SIG_DFL)
    defer { signal(SIGHUP, before) }
    var set = StopSignals.set()
    for number in [SIGINT, SIGTERM, SIGQUIT, SIGHUP] { #expect(sigismember(&set, number) == 1) }
    signal(SIGHUP, SIG_IGN)
    set = StopSignals.set()
    #expect(sigismember(&set, SIGHUP) == 0)
    #expect(sigismember(&set, SIGTERM) == 1)
  }

  @Test func aCommandIsCancelledThenEnded() {
    let signals = StopSignals()
    #expect(signals.received == nil)
    #expect(signals.receive(15) == .cancelsCommand)
    #expect(signals.received == 15)
    #expect(signals.receive(2) == .endsProcess)
  }

  @Test func whoClaimsGetsTheFirstOne() async {
    let signals = StopSignals()
    signals.claim()
    async let first = signals.first()
    #expect(signals.receive(2) == .isTaken)
    #expect(await first == 2)
    #expect(await signals.first() == 2)
    #expect(signals.receive(2) == .endsProcess)
  }
}

@Suite struct RunParametersTests {
  @Test func textsAndJSON() throws {
    let object = try RunParameters.read(
      pairs: ["a=b=c", "n:=3", "t=", "o:={\"x\":[1]}", "u=x:=1"], file: nil)
    #expect(object == ["a": "b=c", "n": 3, "t": "", "o": ["x": [1]], "u": "x:=1"])
  }

  @Test(arguments: ["", "a", "=b", ":=1", "a:=", "a:={"])
  func whatIsNoPairIsRefused(_ pair: String) {
    #expect(throws: (any Error).self) { try RunParameters.read(pair) }
  }

  @Test func aNameIsGivenOnce() {
    #expect(throws: (any Error).self) {
      try RunParameters.read(pairs: ["a=1", "a:=1"], file: nil)
    }
  }

  @Test func pairsWinOverTheFile() async throws {
    try await withFolder { folder in
      let path = "\(folder)/events.ndjson"
      write("{\"a\": 1, \"b\": 2}", to: path)
      let object = try RunParameters.read(pairs: ["a=x"], file: path)
      #expect(object == ["a": "x", "b": 2])
      write("[1]", to: path)
      #expect(throws: (any Error).self) { try RunParameters.read(pairs: [], file: path) }
      #expect(throws: (any Error).self) {
        try RunParameters.read(pairs: [], file: folder + "/none")
      }
    }
  }
}

@Suite struct ClientPartsTests {
  @Test func pathsAndQueriesAreEscaped() {
    #expect(QueryItem("a b", "x&y=é").text == "a%20b=x%26y%3D%C3%A9")
    #expect(percentEncoded("../a\n") == "..%2Fa%0A")
  }

  static let urls: [(text: String, url: String?)] = [
    ("http://h:1/", "http://h:1"), ("h:9101", "http://h:9101"), ("https://h", "https://h"),
    ("ftp://h", nil), ("", nil), ("http://a b", nil),
  ]

  @Test(arguments: urls)
  func aServerIsAURL(_ row: (text: String, url: String?)) {
    #expect((try? Program.serverURL(row.text)) == row.url)
  }
}
