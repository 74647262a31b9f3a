import TestSupport
import Testing

/// Mutated requests must be understood the same however they are cut: the fuzz function traps
/// otherwise.
@Suite struct MutationTests {
  private static let texts = [
    "GET /a?b=c HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabcde"
      + "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      + "4;x=y\r\nabcd\r\n0\r\nT: u\r\n\r\n",
    "\r\nDELETE http://h/ HTTP/1.0\r\nExpect: 100-continue\r\nX: \t\r\n\r\n",
  ]
  private static let pieces = [
    "\r", "\n", "\r\n", "\r\n\r\n", " ", "\t", ":", ";", "0", "f", "10", "\0", "\u{7f}", "é", "%",
    "Host: a\r\n", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "HTTP/1.1", "GET ",
  ]

  @Test(arguments: 0..<8) func mutatedRequests(seed: Int) {
    Mutations(
      of: Self.texts.map { Array($0.utf8) }, pieces: Self.pieces.map { Array($0.utf8) },
      repeatedMax: 40
    )
    .run(500, seed: seed) { fuzzHTTP($0) }
  }
}
