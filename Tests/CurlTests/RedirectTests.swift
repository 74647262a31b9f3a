import Curl
import Testing

@Suite struct RedirectTests {
  let client: HTTPClient

  init() throws { client = try HTTPClient() }

  /// Answers `/from` with a redirect and everything else with 200.
  func server(_ status: Int, to target: String = "/to", _ more: [String] = []) -> TinyServer {
    TinyServer { received, peer in
      received.target == "/from"
        ? peer.respond(status, ["Location: \(target)"] + more, "moved")
        : peer.respond(200, [], "there")
    }
  }

  func request(_ method: String, _ url: String) -> HTTPRequest {
    var request = HTTPRequest(method, url)
    request.proxy = .none
    request.redirectsMax = 3
    return request
  }

  @Test(arguments: [
    (301, "GET", "GET", false), (301, "POST", "GET", false), (301, "PUT", "PUT", true),
    (302, "POST", "GET", false), (302, "DELETE", "DELETE", true),
    (303, "GET", "GET", false), (303, "POST", "GET", false), (303, "PUT", "GET", false),
    (303, "DELETE", "GET", false), (303, "HEAD", "HEAD", false),
    (307, "POST", "POST", true), (307, "PUT", "PUT", true), (308, "PATCH", "PATCH", true),
  ])
  func methodAfterARedirect(
    status: Int, method: String, expected: String, keepsBody: Bool
  ) async throws {
    let server = server(status)
    var request = request(method, "\(server.url)/from")
    if method != "HEAD", method != "GET" { request.body = .bytes(Array("body".utf8)) }
    let response = try await client.perform(request)
    #expect(response.status == 200)
    #expect(response.redirects == 1)
    #expect(response.url == "\(server.url)/to")
    #expect(response.header("Location") == nil)
    #expect(response.body == (method == "HEAD" ? [] : Array("there".utf8)))
    let second = server.received[1]
    #expect(second.method == expected)
    #expect(second.body == (keepsBody ? Array("body".utf8) : []))
  }

  @Test func redirectIsAResponseWhenNotFollowed() async throws {
    let server = server(302)
    var request = request("GET", "\(server.url)/from")
    request.redirectsMax = 0
    let response = try await client.perform(request)
    #expect(response.status == 302)
    #expect(response.header("location") == "/to")
    #expect(response.body == Array("moved".utf8))
  }

  @Test func redirectsAreCounted() async throws {
    let server = TinyServer { received, peer in
      let number = Int(received.target.dropFirst()) ?? 0
      number == 0 ? peer.respond(200) : peer.respond(302, ["Location: /\(number - 1)"])
    }
    #expect(try await client.perform(request("GET", "\(server.url)/3")).redirects == 3)
    let error = await #expect(throws: CurlError.self) {
      try await client.perform(request("GET", "\(server.url)/4"))
    }
    #expect(error?.description.contains("redirects") == true)
  }

  @Test func otherProtocolsAreNotFollowed() async throws {
    for target in ["file:///etc/hostname", "ftp://127.0.0.1/x"] {
      let server = server(302, to: target)
      let error = await #expect(throws: CurlError.self) {
        try await client.perform(request("GET", "\(server.url)/from"))
      }
      guard case .other = error else {
        Issue.record("expected another error, found \(String(describing: error))")
        continue
      }
    }
  }

  @Test func secretsStayWithTheFirstHost() async throws {
    let other = TinyServer { _, peer in peer.respond(200) }
    for target in ["http://localhost:\(other.port)/to", "\(other.url)/to"] {
      let server = server(302, to: target)
      var request = request("GET", "\(server.url)/from")
      request.headers = [("Authorization", "Bearer secret"), ("X-Other", "stays")]
      request.cookies = [("session", "secret")]
      _ = try await client.perform(request)
      var basic = self.request("GET", "\(server.url)/from")
      basic.credentials = .basic(user: "u", password: "secret")
      _ = try await client.perform(basic)
    }
    #expect(other.received.count == 4)
    for received in other.received {
      #expect(received.header("Authorization") == nil, "\(received.headers)")
      #expect(received.header("Cookie") == nil, "\(received.headers)")
    }
    #expect(other.received[0].header("X-Other") == "stays")
  }

  @Test func absoluteRedirectsToTheSameHostKeepCookies() async throws {
    for prefix in ["http://127.0.0.1:", "HTTP://127.0.0.1:", "//127.0.0.1:"] {
      let server = TinyServer { received, peer in
        let port = received.header("Host")?.split(separator: ":").last ?? ""
        received.target == "/from"
          ? peer.respond(302, ["Location: \(prefix)\(port)/to"]) : peer.respond(200)
      }
      var request = request("GET", "\(server.url)/from")
      request.cookies = [("session", "2")]
      _ = try await client.perform(request)
      #expect(server.received[1].header("Cookie") == "session=2")
    }
  }

  @Test func secretsAndNewCookiesStayOnTheSameHost() async throws {
    let server = server(302, to: "/to", ["Set-Cookie: new=1; Path=/"])
    var request = request("GET", "\(server.url)/from")
    request.headers = [("Authorization", "Bearer secret")]
    request.cookies = [("session", "2")]
    _ = try await client.perform(request)
    #expect(server.received[1].header("Authorization") == "Bearer secret")
    let cookies = server.received[1].header("Cookie")?.split(separator: "; ").sorted()
    #expect(cookies == ["new=1", "session=2"])
    // The next request knows nothing of it.
    _ = try await client.perform(self.request("GET", "\(server.url)/to"))
    #expect(server.received[2].header("Cookie") == nil)
  }
}
