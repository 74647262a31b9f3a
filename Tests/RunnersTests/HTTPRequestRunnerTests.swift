import Automation
import Curl
import HTTPServer
import JSON
import Runners
import TestSupport
import Testing
import Threads

/// `http-request` against a server of our own.
@Suite struct HTTPRequestRunnerTests {
  private let client: HTTPClient
  private let server: HTTPServer
  private let seen = Locked<[Request]>([])
  private var url: String { "http://127.0.0.1:\(server.port ?? 0)" }

  init() throws {
    client = try HTTPClient()
    server = HTTPServer(ServerConfiguration(addresses: [.tcp(host: "127.0.0.1", port: 0)]))
    for method in [HTTPMethod.get, .post, .put] {
      server.on(method, "/echo") { [seen] request in
        seen.withLock { $0.append(request) }
        return Response(
          200, headers: [("Content-Type", "application/json"), ("X-Two", "a"), ("X-Two", "b")],
          body: Array(#"{"ok": true}"#.utf8))
      }
    }
    server.on(.get, "/status/{code}") { request in
      .json(Array(#"{"why": 1}"#.utf8), status: Int(request.parameter("code") ?? "") ?? 500)
    }
    server.on(.get, "/text") { _ in .text("plain ünï") }
    server.on(.get, "/latin") { _ in
      Response(200, headers: [("Content-Type", "text/html")], body: [0x61, 0xe9])
    }
    server.on(.get, "/broken") { _ in .json(Array("{broken".utf8)) }
    server.on(.get, "/twelve") { _ in .json(Array("[1,2,3,4,5]1".utf8)) }
    server.on(.get, "/away") { [seen] request in
      seen.withLock { $0.append(request) }
      return Response(302, headers: [("Location", request.query["to"] ?? "/echo")])
    }
    server.on(.get, "/count/{left}") { request in
      let left = Int(request.parameter("left") ?? "") ?? 0
      if left == 0 { return .text("end") }
      return Response(307, headers: [("Location", "/count/\(left - 1)")])
    }
    server.on(.get, "/slow") { _ in
      // Nothing ever comes of it: only its cancellation ends it.
      let (nothing, sender) = AsyncStream<Void>.makeStream()
      for await _ in nothing {}
      sender.finish()
      return .text("late")
    }
    try server.start()
  }

  @Test func answersBecomeResults() async throws {
    let outcome = await run(["url": .string(url + "/echo")])
    #expect(outcome.status == .succeeded)
    #expect(outcome.result["status_code"] == 200)
    #expect(outcome.result["body"] == ["ok": true])
    #expect(outcome.result["parsed"] == true)
    #expect(outcome.result["headers"]?["Content-Type"] == "application/json")
    #expect(outcome.result["headers"]?["X-Two"] == "a, b")
    #expect(outcome.result.objectValue?.keys == ["status_code", "body", "parsed", "headers"])
    let request = try #require(seen.withLock { $0.first })
    #expect(request.header("user-agent") == "petrel")
    #expect(request.header("x-stanley-action") == "say.twice")
    #expect(request.method == .get)
  }

  @Test(arguments: [
    (200, true), (206, true), (207, false), (302, false), (404, false), (500, false),
  ])
  func codesDecide(_ code: Int, _ isGood: Bool) async throws {
    let outcome = await run(["url": .string("\(url)/status/\(code)")])
    #expect(outcome.status == (isGood ? .succeeded : .failed))
    #expect(outcome.result["status_code"] == .int(code))
    #expect(outcome.result["body"] == ["why": 1])
  }

  @Test(arguments: [
    ("/text", "plain ünï"), ("/latin", "aé"), ("/broken", "{broken"),
  ])
  func otherBodiesAreTexts(_ path: String, _ text: String) async throws {
    let outcome = await run(["url": .string(url + path)])
    #expect(outcome.result["body"] == .string(text))
    #expect(outcome.result["parsed"] == false)
    #expect(outcome.status == .succeeded)
  }

  @Test func everythingIsSent() async throws {
    let outcome = await run(
      [
        "url": .string(url + "/echo?a=1"), "username": "ann", "password": "p:w",
        "headers": ["X-Number": 5, "User-Agent": "mine", "Content-Length": "99"],
        "cookies": ["c": "d"],
      ],
      ["body": "text ü", "params": ["b": "x y&", "c": [1, "z"], "n": nil]])
    #expect(outcome.status == .succeeded)
    let request = try #require(seen.withLock { $0.first })
    #expect(request.method == .post)
    #expect(request.rawQuery == "a=1&b=x+y%26&c=1&c=z")
    #expect(request.header("authorization") == "Basic YW5uOnA6dw==")
    #expect(request.header("x-number") == "5")
    #expect(request.header("user-agent") == "mine")
    #expect(request.header("content-length") == "7")
    #expect(request.header("cookie") == "c=d")
    #expect(String(decoding: request.body, as: UTF8.self) == "text ü")
  }

  static let jsonBodies: [(JSONValue, String)] = [
    ("{\"a\":   1}", "{\"a\":1}"), (["a": [1]], "{\"a\":[1]}"),
  ]

  @Test(arguments: jsonBodies)
  func bodiesThatAreJSON(_ body: JSONValue, _ sent: String) async throws {
    _ = await run(
      ["url": .string(url + "/echo"), "headers": ["content-type": "application/json"]],
      ["body": body, "method": "PUT"])
    let request = try #require(seen.withLock { $0.first })
    #expect(request.method == .put)
    #expect(String(decoding: request.body, as: UTF8.self) == sent)
  }

  @Test func filesAreUploaded() async throws {
    _ = await run(
      ["url": .string(url + "/echo")],
      ["file_name": "a \"b\".txt", "file_content": "content", "file_content_type": "text/x"])
    let request = try #require(seen.withLock { $0.first })
    let boundary =
      request.header("content-type")?
      .dropFirst("multipart/form-data; boundary=".count) ?? ""
    let name = "a \\\"b\\\".txt"
    #expect(
      String(decoding: request.body, as: UTF8.self)
        == "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"; filename=\"\(name)\""
        + "\r\nContent-Type: text/x\r\n\r\ncontent\r\n--\(boundary)--\r\n")
  }

  @Test(arguments: [
    ("x-token=abc=", "x-token", "abc="), ("ann:pw", "authorization", "Basic YW5uOnB3"),
  ])
  func authIsAHeaderOrAUser(_ auth: String, _ header: String, _ value: String) async throws {
    _ = await run(["url": .string(url + "/echo")], ["auth": .string(auth)])
    #expect(seen.withLock { $0.first }?.header(header) == value)
  }

  @Test func redirectsAreFollowedWhenAsked() async throws {
    let stays = await run(["url": .string(url + "/away")])
    #expect(stays.status == .failed)
    #expect(stays.result["status_code"] == 302)
    let goes = await run(["url": .string(url + "/away"), "allow_redirects": true])
    #expect(goes.status == .succeeded)
    #expect(goes.result["body"] == ["ok": true])
  }

  @Test func hostsAreCheckedAtEachStep() async throws {
    let start = url + "/away?to="
    let rows: [(JSONObject, JSONValue?, String?)] = [
      (["url_hosts_whitelist": ["127.0.0.1"]], 200, nil),
      (["url_hosts_blacklist": ["elsewhere"]], 200, nil),
      (["url_hosts_whitelist": ["other.example"]], nil, "URL \"\(start)/echo\" is not whitelisted"),
      (["url_hosts_blacklist": ["127.0.0.1."]], nil, "URL \"\(start)/echo\" is blacklisted"),
      (
        ["url_hosts_whitelist": ["a"], "url_hosts_blacklist": ["b"]], nil,
        "\"url_hosts_blacklist\" and \"url_hosts_whitelist\" parameters are mutually exclusive. "
          + "Only one should be provided."
      ),
    ]
    for (lists, code, error) in rows {
      var parameters: JSONObject = ["url": .string(start + "/echo"), "allow_redirects": true]
      for (name, value) in lists { parameters[name] = value }
      let outcome = await run(parameters)
      #expect(outcome.result["status_code"] == code)
      #expect(outcome.result["error"]?.stringValue == error)
    }
    let target = "http://localhost:\(server.port ?? 0)/echo"
    seen.withLock { $0 = [] }
    let outcome = await run([
      "url": .string(start + target), "allow_redirects": true,
      "url_hosts_whitelist": ["127.0.0.1"],
    ])
    #expect(outcome.result == ["error": .string("URL \"\(target)\" is not whitelisted")])
    #expect(seen.withLock { $0.count } == 1, "the other host was not asked")
  }

  @Test func secretsStayWithTheirHost() async throws {
    let target = "http://localhost:\(server.port ?? 0)/echo"
    _ = await run([
      "url": .string(url + "/away?to=" + target), "allow_redirects": true, "username": "ann",
      "password": "pw", "cookies": ["c": "d"], "url_hosts_blacklist": ["elsewhere"],
    ])
    let requests = seen.withLock { $0 }
    #expect(requests.map { $0.header("authorization") != nil } == [true, false])
    #expect(requests.map { $0.header("cookie") != nil } == [true, false])
  }

  @Test func redirectsHaveALimit() async throws {
    for (count, isGood) in [(30, true), (31, false)] {
      let outcome = await run([
        "url": .string("\(url)/count/\(count)"), "allow_redirects": true,
        "url_hosts_whitelist": ["127.0.0.1"],
      ])
      #expect(outcome.status == (isGood ? .succeeded : .failed))
      let error = outcome.result["error"]?.stringValue ?? ""
      #expect(error.hasSuffix("more than 30 redirects") == !isGood)
    }
  }

  @Test(arguments: [(12, false), (11, true)])
  func answersHaveALimit(_ bytesMax: Int, _ isCut: Bool) async throws {
    let job = try job(["url": .string(url + "/twelve")], outputBytesMax: bytesMax)
    let outcome = await HTTPRequestRunner(client).run(job, output: Transcript())
    #expect(outcome.result["truncated"] == (isCut ? true : nil))
    #expect(
      outcome.result["body"]
        == (isCut ? "[1,2,3,4,5]\n[cut here: more than 11 bytes]" : "[1,2,3,4,5]1"))
  }

  @Test func slowAnswersTimeOut() async throws {
    let outcome = await run(["url": .string(url + "/slow")], ["timeout": 0.05])
    #expect(outcome.status == .timeout)
    #expect(outcome.result["error"]?.stringValue?.isEmpty == false)
  }

  @Test func cancellingEndsTheRequest() async throws {
    let slow = url + "/slow"
    let task = Task { await run(["url": .string(slow)]) }
    task.cancel()
    let outcome = await task.value
    #expect(outcome.status == .canceled)
  }

  @Test func whatIsWrongIsSaid() async throws {
    let echo = JSONValue.string(url + "/echo")
    let rows: [(JSONObject, JSONObject, String)] = [
      ([:], [:], "Parameter url must be a text, but there is none."),
      (["url": echo, "headers": [1]], [:], "Parameter headers must be an object, found array."),
      (
        ["url": echo, "headers": ["Content-Type": "application/json"]], ["body": "{'a': 1}"],
        "Parameter body must be JSON, because the header content-type says so: "
      ),
      (["url": echo], ["timeout": 0], "Parameter timeout must be a number of seconds, more than 0"),
      (["url": echo], ["auth": "x"], "Parameter auth must be"),
      (
        ["url": echo], ["body": "x", "file_name": "a", "file_content": "b"],
        "Parameters body and file_content cannot be sent together."
      ),
      (["url": "ftp://127.0.0.1/"], [:], "GET ftp://127.0.0.1/: expected a URL that begins"),
      (["url": "http://127.0.0.1:1/"], [:], "GET http://127.0.0.1:1/: "),
    ]
    for (parameters, action, text) in rows {
      let outcome = await run(parameters, action)
      #expect(outcome.status == .failed)
      #expect(outcome.result["error"]?.stringValue?.hasPrefix(text) == true, "\(outcome.result)")
    }
  }

  private func run(
    _ parameters: JSONObject, _ action: JSONObject = [:]
  ) async -> WorkerReport.Outcome {
    do {
      return await HTTPRequestRunner(client).run(
        try job(parameters, action: action), output: Transcript())
    } catch {
      Issue.record("no job: \(error)")
      return WorkerReport.Outcome(status: .failed, result: .null)
    }
  }
}
