import Testing

@testable import HTTPServer

/// Bytes to requests. Every row is read whole, byte by byte and cut in the middle, and must say the
/// same each time.
@Suite struct ParserTests {
  private static func transcript(_ text: String, limits: ParserLimits = .init()) -> [String] {
    let bytes = Array(text.utf8)
    var whole = RequestTranscript(limits: limits)
    bytes.withUnsafeBytes { whole.read($0) }
    for step in [1, 2, 3, max(1, bytes.count / 2)] {
      var cut = RequestTranscript(limits: limits)
      bytes.withUnsafeBytes { all in
        for start in stride(from: 0, to: all.count, by: step) {
          cut.read(.init(rebasing: all[start..<min(all.count, start + step)]))
        }
      }
      #expect(cut == whole, "step \(step)")
    }
    return whole.lines
  }

  private static func status(_ text: String, limits: ParserLimits = .init()) -> String {
    let lines = transcript(text, limits: limits)
    guard let last = lines.last else { return "more" }
    return String(last.prefix { $0 != " " })
  }

  @Test(
    arguments: [
      ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "end"),
      ("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "end"),
      ("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
      ("GET / HTTP/1.0\r\n\r\n", "end"),
      ("GET http://a/b?c HTTP/1.1\r\nHost: a\r\n\r\n", "end"),
      ("GET http://u@a/b HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
      ("GET http:///b HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
      ("GET b HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
      ("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
      ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "end"),
      ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
      ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
      ("GET / x HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
      ("GET /\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
      ("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
      ("GET /\r\nHost: a\r\n\r\n", "400"),
      ("GET / http/1.1\r\nHost: a\r\n\r\n", "400"),
      ("GET / HTTP/1.10\r\nHost: a\r\n\r\n", "400"),
      ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", "505"),
      ("GET / HTTP/1.2\r\nHost: a\r\n\r\n", "505"),
      ("get / HTTP/1.1\r\nHost: a\r\n\r\n", "501"),
      ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "501"),
      ("\u{16}\u{03}\u{01}", "400"),
      ("GET / HTTP/1.1\nHost: a\n\n", "400"),
      ("GET / HTTP/1.1\r\nHost: a\n\r\n", "400"),
      ("GET / HTTP/1.1\r\n\r\n", "400"),
      ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "400"),
      ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "400"),
      ("GET / HTTP/1.1\r\nHost:\r\n\r\n", "end"),
      ("GET / HTTP/1.1\r\n Host: a\r\n\r\n", "400"),
      ("GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", "400"),
      ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", "400"),
      ("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", "400"),
      ("GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", "400"),
      ("GET / HTTP/1.1\r\nHost: a\r\nX: b\rc\r\n\r\n", "400"),
      ("GET / HTTP/1.1\r\nHost: a\r\nX: b\0\r\n\r\n", "400"),
      ("GET / HTTP/1.1\r\nHost: a\r\nX: b\u{1}\r\n\r\n", "400"),
      ("GET / HTTP/1.1\r\nHost: a\r\nX: \tb\tc \r\n\r\n", "end"),
      ("GET / HTTP/1.1\r\nHost: a\r\nX: \u{e9}\r\n\r\n", "end"),
      ("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n", "end"),
      ("GET / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n", "417"),
    ])
  func heads(text: String, expected: String) {
    #expect(Self.status(text) == expected)
  }

  @Test(
    arguments: [
      ("Content-Length: 2\r\n\r\nab", "end"),
      ("Content-Length: 0\r\n\r\n", "end"),
      ("Content-Length: 3\r\n\r\nab", "post"),
      ("Content-Length: 2\r\nContent-Length: 2\r\n\r\nab", "400"),
      ("Content-Length: 2, 2\r\n\r\nab", "400"),
      ("Content-Length: +2\r\n\r\nab", "400"),
      ("Content-Length: -2\r\n\r\nab", "400"),
      ("Content-Length: 0x2\r\n\r\nab", "400"),
      ("Content-Length:\r\n\r\nab", "400"),
      ("Content-Length: 1234567890123456789\r\n\r\nab", "400"),
      ("Content-Length : 2\r\n\r\nab", "400"),
      ("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
      ("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n", "400"),
      ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
      ("Transfer-Encoding: identity\r\n\r\nab", "501"),
      ("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501"),
      ("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "501"),
      ("Transfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n", "end"),
      ("Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", "end"),
      ("Transfer-Encoding: chunked\r\n\r\n2;a=\"b\"\r\nab\r\n0\r\n\r\n", "end"),
      ("Transfer-Encoding: chunked\r\n\r\n2 ;a\r\nab\r\n0\r\n\r\n", "400"),
      ("Transfer-Encoding: chunked\r\n\r\n2;a\nb\r\nab\r\n0\r\n\r\n", "400"),
      ("Transfer-Encoding: chunked\r\n\r\n2\nab\r\n0\r\n\r\n", "400"),
      ("Transfer-Encoding: chunked\r\n\r\n2\r\nabXX0\r\n\r\n", "400"),
      ("Transfer-Encoding: chunked\r\n\r\n2\r\nab\n0\r\n\r\n", "400"),
      ("Transfer-Encoding: chunked\r\n\r\n0x2\r\nab\r\n0\r\n\r\n", "400"),
      ("Transfer-Encoding: chunked\r\n\r\n-2\r\nab\r\n0\r\n\r\n", "400"),
      ("Transfer-Encoding: chunked\r\n\r\n\r\nab\r\n0\r\n\r\n", "400"),
      ("Transfer-Encoding: chunked\r\n\r\n;a\r\nab\r\n0\r\n\r\n", "400"),
      ("Transfer-Encoding: chunked\r\n\r\n000000000000002\r\nab\r\n0\r\n\r\n", "end"),
      ("Transfer-Encoding: chunked\r\n\r\n0000000000000002\r\nab\r\n0\r\n\r\n", "400"),
      ("Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n", "end"),
      ("Transfer-Encoding: chunked\r\n\r\n0\r\nA b: 5\r\n\r\n", "400"),
      ("Transfer-Encoding: chunked\r\n\r\n0\r\nA\r\n\r\n", "400"),
      ("Transfer-Encoding: chunked\r\n\r\n0\r\nA: \0\r\n\r\n", "400"),
      ("Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\n\r\n", "400"),
      ("Transfer-Encoding: chunked\r\n\r\n0\r\n\rX", "400"),
    ])
  func bodies(rest: String, expected: String) {
    #expect(Self.status("POST / HTTP/1.1\r\nHost: a\r\n" + rest) == expected)
  }

  @Test func chunkedInOldVersionIsRefused() {
    #expect(Self.status("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == "400")
  }

  @Test func pipelinedRequestsComeOneByOne() {
    let lines = Self.transcript(
      "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n"
        + "X: y\r\n\r\nPUT /b HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nefGET /c HTTP/1.1\r\n"
        + "HOST: h\r\nConnection: x , Close\r\n\r\n")
    #expect(
      lines == [
        #"post chunked true ["host=h", "transfer-encoding=chunked"]"#, "end 4: abcd",
        #"put length(2) true ["host=h", "content-length=2"]"#, "end 2: ef",
        #"get none false ["host=h", "connection=x , Close"]"#, "end 0: ",
      ])
  }

  @Test(
    arguments: [
      ("HTTP/1.1\r\nHost: h", true), ("HTTP/1.1\r\nHost: h\r\nConnection: close", false),
      ("HTTP/1.1\r\nHost: h\r\nConnection: keep-alive", true), ("HTTP/1.0\r\nHost: h", false),
      ("HTTP/1.0\r\nConnection: Keep-Alive", true),
      ("HTTP/1.0\r\nConnection: keep-alive, close", false),
    ])
  func connectionsAreKept(rest: String, expected: Bool) {
    let lines = Self.transcript("GET / \(rest)\r\n\r\n")
    #expect(lines.first?.hasPrefix("get none \(expected)") == true)
  }

  @Test func headHasItsLimit() {
    var limits = ParserLimits()
    limits.headBytesMax = 100
    let start = "GET / HTTP/1.1\r\nHost: a\r\nX: "
    let room = 100 - start.utf8.count - 4
    let fits = start + String(repeating: "b", count: room) + "\r\n\r\n"
    #expect(fits.utf8.count == 100)
    #expect(Self.status(fits, limits: limits) == "end")
    let over = start + String(repeating: "b", count: room + 1) + "\r\n\r\n"
    #expect(Self.status(over, limits: limits) == "431")
    #expect(Self.status(start + String(repeating: "b", count: 500), limits: limits) == "431")
  }

  @Test func headersHaveTheirLimit() {
    let lines = { String(repeating: "A: b\r\n", count: $0) }
    #expect(Self.status("GET / HTTP/1.1\r\nHost: a\r\n\(lines(99))\r\n") == "end")
    #expect(Self.status("GET / HTTP/1.1\r\nHost: a\r\n\(lines(100))\r\n") == "431")
  }

  @Test func targetHasItsLimit() {
    let target = { "/" + String(repeating: "a", count: $0 - 1) }
    #expect(Self.status("GET \(target(8192)) HTTP/1.1\r\nHost: a\r\n\r\n") == "end")
    #expect(Self.status("GET \(target(8193)) HTTP/1.1\r\nHost: a\r\n\r\n") == "414")
    #expect(Self.status("GET \(target(40_000)) HTTP/1.1\r\nHost: a\r\n\r\n") == "414")
    #expect(Self.status("GET \(target(9000))") == "414")
  }

  @Test func chunkLineAndTrailersHaveTheirLimits() {
    let start = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    let line = { "1;" + String(repeating: "e", count: $0 - 4) + "\r\n" }
    #expect(Self.status(start + line(256) + "b\r\n0\r\n\r\n") == "end")
    #expect(Self.status(start + line(257) + "b\r\n0\r\n\r\n") == "400")
    let trailers = { "T: " + String(repeating: "t", count: $0 - 7) + "\r\n\r\n" }
    #expect(Self.status(start + "0\r\n" + trailers(4096)) == "end")
    #expect(Self.status(start + "0\r\n" + trailers(4097)) == "431")
  }

  @Test func tokensAreThoseOfTheStandard() {
    let marks = Set("!#$%&'*+-.^_`|~".utf8)
    for byte in UInt8.min...UInt8.max {
      let isLetterOrDigit =
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
      #expect(ByteClasses.isToken(byte) == (isLetterOrDigit || marks.contains(byte)), "\(byte)")
    }
  }
}
