import Testing

@testable import HTTPServer

@Suite struct RoutingTests {
  private static func tree() -> RouteTree {
    var tree = RouteTree()
    let routes: [(HTTPMethod, String)] = [
      (.get, "/"), (.get, "/v1/things"), (.post, "/v1/things/"), (.get, "/v1/things/{id}"),
      (.delete, "/v1/things/{id}"), (.get, "/v1/things/views/{kind}"), (.get, "/v1/things/latest"),
      (.put, "/v1/{kind}/{id}/parts/{part}"), (.get, "/files/{name}/{path...}"),
      (.get, "/files/{name}/readme"),
    ]
    for (method, pattern) in routes {
      tree.insert(Route(method, pattern, bodyBytesMax: 0, .loop { _, _ in nil }))
    }
    return tree
  }

  private static func match(_ method: HTTPMethod, _ path: String) -> String {
    var path = path
    let match = path.withUTF8 { tree().match(method, UnsafeRawBufferPointer($0)) }
    switch match {
    case .found(let route, let values):
      return ([route.patternText] + values).joined(separator: " ")
    case .wrongMethod(let allowed): return "405 \(allowed)"
    case .unknownPath: return "404"
    case .malformed: return "400"
    }
  }

  @Test(
    arguments: [
      (HTTPMethod.get, "/", "/"), (.get, "", "/"), (.get, "/v1/things", "/v1/things"),
      (.get, "/v1/things/", "/v1/things"), (.post, "/v1/things", "/v1/things/"),
      (.head, "/v1/things", "/v1/things"), (.get, "/v1/things/7", "/v1/things/{id} 7"),
      (.get, "/v1/things/7/", "/v1/things/{id} 7"), (.get, "/v1/things//", "404"),
      (.get, "/v1//things", "404"), (.get, "/v1/things/latest", "/v1/things/latest"),
      (.delete, "/v1/things/latest", "/v1/things/{id} latest"),
      (.get, "/v1/things/views", "/v1/things/{id} views"),
      (.get, "/v1/things/views/x", "/v1/things/views/{kind} x"),
      (.put, "/v1/things/views/parts/9", "/v1/{kind}/{id}/parts/{part} things views 9"),
      (.get, "/v1/things/a%20b%2fc", "/v1/things/{id} a b/c"), (.get, "/v1/thing%73", "/v1/things"),
      (.get, "/files/p/a/b.txt", "/files/{name}/{path...} p a/b.txt"),
      (.get, "/files/p/readme", "/files/{name}/readme p"),
      (.get, "/files/p/readme/x", "/files/{name}/{path...} p readme/x"), (.get, "/files/p", "404"),
      (.put, "/v1/things", "405 GET, HEAD, POST"), (.post, "/v1/things/7", "405 GET, HEAD, DELETE"),
      (.get, "/v1", "404"), (.get, "/V1/things", "404"), (.get, "/v1/things/%zz", "400"),
      (.get, "/v1/things/%4", "400"), (.get, "/v1/things/a%00", "400"),
      (.get, "/v1/things/%ff", "400"), (.get, "/v1/../things", "400"),
      (.get, "/v1/%2e%2E/things", "400"), (.get, "/v1/things/.", "400"),
      (.get, "/files/p/a%2f..%2fb", "400"), (.get, "/files/p/..a", "/files/{name}/{path...} p ..a"),
    ])
  func paths(method: HTTPMethod, path: String, expected: String) {
    #expect(Self.match(method, path) == expected)
  }

  @Test func segmentsHaveTheirLimit() {
    let path = { String(repeating: "/a", count: $0) }
    #expect(Self.match(.get, path(PathSegments.countMax)) == "404")
    #expect(Self.match(.get, path(PathSegments.countMax + 1)) == "400")
  }

  @Test(
    arguments: [
      ("", []), ("a=1&b=2", ["a", "1", "b", "2"]), ("a", ["a", ""]), ("a=", ["a", ""]),
      ("=b", ["", "b"]), ("a=b=c", ["a", "b=c"]), ("&&a=1&", ["a", "1"]),
      ("a+b=c%2Bd%20e", ["a b", "c+d e"]), ("%C3%A9=%e2%82%ac", ["é", "€"]),
      ("a=1&a=2", ["a", "1", "a", "2"]),
    ])
  func forms(text: String, expected: [String]) throws {
    let form = try FormItems(parsing: Array(text.utf8))
    #expect(form.items.flatMap { [$0.name, $0.value] } == expected)
  }

  @Test(arguments: ["a=%", "a=%4", "a=%zz", "%=b", "a=%00", "a=%ff", "x=1&a=%g0"])
  func malformedForms(text: String) {
    #expect(throws: HTTPServerError.self) { try FormItems(parsing: Array(text.utf8)) }
  }

  @Test func formsHaveTheirLimit() throws {
    let text = { Array(repeating: "a=1", count: $0).joined(separator: "&") }
    let most = try FormItems(parsing: Array(text(FormItems.itemCountMax).utf8))
    #expect(most.values("a").count == FormItems.itemCountMax)
    #expect(throws: HTTPServerError.self) {
      try FormItems(parsing: Array(text(FormItems.itemCountMax + 1).utf8))
    }
  }

  @Test func itemsAreFoundByName() throws {
    let form = try FormItems(parsing: Array("a=1&b=2&a=3".utf8))
    #expect(form["a"] == "1")
    #expect(form.values("a") == ["1", "3"])
    #expect(form["c"] == nil)
  }

  @Test(
    arguments: [
      ("gzip", true), ("deflate, gzip;q=0.5", true), ("gzip;q=0", false), ("gzip; q=0.000", false),
      ("*", true), ("br", false), ("", false),
    ])
  func gzipIsTakenOrNot(header: String, expected: Bool) throws {
    let request = try #require(
      Self.request("GET / HTTP/1.1\r\nHost: h\r\nAccept-Encoding: \(header)\r\n\r\n"))
    #expect(request.acceptsGzip == expected)
  }

  @Test func requestsAnswerQuestions() throws {
    let request = try #require(
      Self.request(
        "GET /a%20b?c=d HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nx-one: 2\r\nCookie: a=b; session=x=y\r\n"
          + "\r\n"))
    #expect(request.method == .get)
    #expect(request.path == "/a%20b")
    #expect(request.rawQuery == "c=d")
    #expect(request.header("x-ONE") == "1")
    #expect(request.headerValues("X-One") == ["1", "2"])
    #expect(request.header("missing") == nil)
    #expect(request.cookie("session") == "x=y")
    #expect(request.cookie("b") == nil)
    #expect(request.isLocal)
  }

  private static func request(_ text: String) -> Request? {
    var parser = RequestParser(limits: .init())
    var position = 0
    let event = Array(text.utf8).withUnsafeBytes { parser.next($0, from: &position) }
    guard case .head(let head) = event else { return nil }
    return Request(
      head: head, pattern: "", parameterNames: [], parameterValues: [], query: .init(),
      remote: .local, isEncrypted: false)
  }
}
