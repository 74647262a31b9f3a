import HTTPServer
import TestSupport
import Testing

@testable import API

/// Web pages of other sites cannot use a server that a browser reaches.
@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.missing)"))
struct OriginTests {
  private static let headers: [(headers: [(String, String)], status: Int)] = [
    ([], 200), ([("Host", "localhost:9101")], 200), ([("Host", "[::1]:9101")], 200),
    ([("Host", "LOCALHOST")], 200), ([("Host", "192.0.2.1")], 200),
    ([("Host", "petrel.example")], 200), ([("Host", "evil.example")], 403),
    ([("Host", "127.0.0.1.evil.example")], 403), ([("Host", "[::1")], 403),
    ([("Host", "localhost:9101"), ("Origin", "http://localhost:9101")], 200),
    ([("Host", "localhost:9101"), ("Origin", "http://localhost:3000")], 403),
    ([("Origin", "https://evil.example")], 403), ([("Origin", "null")], 403),
    ([("Sec-Fetch-Site", "cross-site")], 403), ([("Sec-Fetch-Site", "same-origin")], 200),
    ([("Sec-Fetch-Site", "none")], 200),
  ]

  @Test func foreignPagesAreRefused() async throws {
    try await APIBench.run(names: ["Petrel.example"]) { bench in
      for (headers, status) in Self.headers {
        let answer = try await bench.send("GET", "/healthz", text: nil, headers: headers)
        #expect(answer.status == status, "\(headers): \(answer.text)")
        #expect(status != 403 || !answer.fault.isEmpty)
      }
      let event = try await bench.send(
        "POST", "/api/v2/events", text: "{}", headers: [("Origin", "https://evil.example")])
      #expect(event.status == 403)
      #expect(event.fault.contains("evil.example"))
    }
  }
}
