import JSON
import Testing

@testable import petrel

@Suite struct CommandTests {
  static let execution = """
    {"id":"6561f2b4a0c81d0000000003","status":"failed","action":{"ref":"core.local"},\
    "rule":{"ref":"demo.page"},"context":{"user":"ann"},"start_timestamp":"2026-11-25T11:57:00.000000Z",\
    "end_timestamp":"2026-11-25T11:57:01.500000Z","elapsed_seconds":1.5,\
    "log":[{"status":"requested","timestamp":"2026-11-25T11:57:00.000000Z"},\
    {"status":"failed","timestamp":"2026-11-25T11:57:01.500000Z"}],\
    "parameters":{"cmd":"false\\u001b[2J"},"result":{"return_code":1,"stdout":"one\\ntwo"}}
    """

  private func served(
    _ words: String..., columns: Int? = nil, hooks: Hooks = .refusing,
    _ respond: @escaping FakeServer.Respond
  ) async throws -> (run: CommandRun, requests: [FakeServer.Request]) {
    let server = try FakeServer(respond)
    defer { server.stop() }
    let run = await CommandRun.of(
      words: words + ["--server", server.url], columns: columns, hooks: hooks)
    return (run, server.requests)
  }

  @Test func aListBecomesATableAndFiltersAQuery() async throws {
    let (run, requests) = try await served(
      "executions", "list", "--status", "failed", "--limit", "1", "--offset", "2"
    ) { _ in .json("[\(Self.execution)]", total: 12) }
    #expect(run.code == 0)
    #expect(
      run.lines == [
        "ID                        STATUS  ACTION      BY         STARTED    TOOK",
        "6561f2b4a0c81d0000000003  failed  core.local  demo.page  3 min ago  1.5s",
      ])
    #expect(run.errors == "1 of 12; --offset 3 shows more, --all shows all\n")
    #expect(
      requests.map(\.target) == [
        "/api/v1/executions?status=failed&limit=1&offset=2&exclude_attributes=result"
      ])
  }

  @Test func jsonIsTheServersOwn() async throws {
    let body = "[\(Self.execution)]"
    let (run, requests) = try await served("executions", "list", "--json") { _ in .json(body) }
    #expect(run.output == body + "\n")
    #expect(requests.map(\.target) == ["/api/v1/executions?limit=50"])
  }

  @Test(arguments: [true, false])
  func allPagesAreRead(_ isJSON: Bool) async throws {
    let words = ["rule", "list", "--all"] + (isJSON ? ["--json"] : [])
    let server = try FakeServer { request in
      let isFirst = !request.target.contains("offset=500")
      let rows = (0..<(isFirst ? Page.rowsMax : 2)).map {
        "{\"ref\":\"r\(isFirst ? $0 : 500 + $0)\"}"
      }
      return .json("[" + rows.joined(separator: ",") + "]", total: 502)
    }
    defer { server.stop() }
    let run = await CommandRun.of(words: words + ["--server", server.url])
    #expect(server.requests.count == 2)
    if isJSON {
      let rows = try JSONValue(parsing: run.output).arrayValue ?? []
      #expect(rows.count == 502)
      #expect(rows.last?["ref"] == "r501")
    } else {
      #expect(run.lines.count == 503)
      #expect(run.lines.last?.hasPrefix("r501") == true)
    }
  }

  @Test func limitsOfPagingAreKept() async {
    for words in [["--limit", "0"], ["--limit", "100001"], ["--offset", "-1"]] {
      let run = await CommandRun.of(words: ["rule", "list"] + words)
      #expect(run.code == 64)
      #expect(run.errors.contains("expected"))
    }
  }

  @Test func oneThingIsShownWholeAndHarmless() async throws {
    let (run, _) = try await served("executions", "get", "a/b", columns: 100) { request in
      request.path == "/api/v1/executions/a%2Fb" ? .json(Self.execution) : .json("{}", status: 404)
    }
    #expect(run.code == 0)
    #expect(!run.output.contains("\u{1B}"))
    #expect(run.lines.contains(#"  cmd: false\u{1b}[2J"#))
    #expect(run.lines.contains("  stdout:"))
    #expect(run.lines.contains("  failed      +1.5s"))
  }

  @Test func aRefusalIsOneLine() async throws {
    let (run, _) = try await served("executions", "get", "x") { _ in
      .json("{\"faultstring\":\"there is no execution\\u001b x\"}", status: 404)
    }
    #expect(run.code == 1)
    #expect(run.errors == "error: there is no execution\\u{1b} x\n")
    let (bare, _) = try await served("status") { _ in
      FakeServer.Answer(status: 502, body: "oops")
    }
    #expect(bare.errors == "error: the server answered 502\n")
  }

  @Test func whatIsNoAnswerIsSaid() async throws {
    let (text, _) = try await served("rule", "list") { _ in .json("hello") }
    #expect(text.code == 1)
    #expect(text.errors.hasPrefix("error: the server's answer is not JSON"))
    let (object, _) = try await served("rule", "list") { _ in .json("{}") }
    #expect(object.errors == "error: the server's answer is no list\n")
  }

  @Test func withoutAServerTheRemedyIsNamed() async throws {
    try await withFolder { folder in
      let run = await CommandRun.of("executions", "list", "--data", folder)
      #expect(run.code == 1)
      #expect(
        run.errors
          == "error: no server runs on \(folder); start it with 'petrel up --data \(folder)'\n")
      // A socket file that a killed server left behind is no server.
      let server = try FakeServer(path: "\(folder)/petrel.sock") { _ in .json("[]") }
      let there = await CommandRun.of("rule", "list", "--data", folder)
      #expect(there.code == 0)
      server.stop()
      let gone = await CommandRun.of("rule", "list", "--data", folder)
      #expect(gone.errors.hasPrefix("error: no server runs on"))
    }
  }

  @Test func readingWorksOfflineAndChangingDoesNot() async throws {
    let server = try FakeServer { _ in .json("[]") }
    defer { server.stop() }
    var hooks = Hooks.refusing
    hooks.readOffline = { [url = server.url] configuration in
      #expect(configuration.data.hasPrefix("/tmp/"))
      return try Client(.url(url))
    }
    let wired = hooks
    try await withFolder { folder in
      let read = await CommandRun.of("rule", "list", "--data", folder, hooks: wired)
      #expect((read.code, read.errors) == (0, "nothing found\n"))
      let change = await CommandRun.of("run", "core.noop", "--data", folder, hooks: wired)
      #expect(change.code == 1)
      #expect(change.errors.contains("petrel up"))
    }
  }

  @Test func importReportsRefusedLines() async throws {
    try await withFolder { folder in
      let path = "\(folder)/events.ndjson"
      write("{\"trigger\":\"a.b\"}\nnonsense\n", to: path)
      let (run, requests) = try await served("events", "import", path) { _ in
        .json("{\"accepted\":1,\"rejected\":[{\"line\":2,\"reason\":\"not JSON\"}]}", status: 202)
      }
      #expect(run.code == 1)
      #expect(run.output == "accepted 1, rejected 1\n")
      #expect(run.errors == "line 2: not JSON\n")
      #expect(requests.map(\.target) == ["/api/v2/events?mode=valid"])
      #expect(requests.first?.text == "{\"trigger\":\"a.b\"}\nnonsense\n")
    }
  }

  @Test func importOfGoodLinesSucceedsAndAllRefusedIsReported() async throws {
    try await withFolder { folder in
      let path = "\(folder)/events.ndjson"
      write("{}\n", to: path)
      let (good, _) = try await served("events", "import", path) { _ in
        .json("{\"accepted\":1,\"rejected\":[]}", status: 202)
      }
      #expect((good.code, good.output) == (0, "accepted 1, rejected 0\n"))
      let (bad, _) = try await served("events", "import", path, "--all-or-none") { _ in
        .json(
          "{\"faultstring\":\"f\",\"accepted\":0,\"rejected\":[{\"line\":1,\"reason\":\"r\"}]}",
          status: 400)
      }
      #expect((bad.code, bad.output) == (1, "accepted 0, rejected 1\n"))
      let none = await CommandRun.of("events", "import", folder + "/none")
      #expect(none.code == 1)
      #expect(none.errors.contains("No such file"))
    }
  }

  @Test(arguments: ["succeeded", "failed"])
  func runShowsOutputThenResult(_ status: String) async throws {
    let (run, requests) = try await served("run", "core.local", "cmd=date", "n:=1") { request in
      switch (request.method, request.path) {
      case ("POST", "/api/v1/executions"): return .json("{\"id\":\"e1\"}", status: 201)
      case ("GET", "/api/v2/executions/e1/output"):
        return FakeServer.Answer(
          headers: ["Content-Type: text/event-stream"],
          body: """
            event: output
            data: {"stream":"stdout","text":"one\\n","number":0}

            event: output
            data: {"stream":"stderr","text":"oh\\n","number":1}

            event: end
            data: {"status":"\(status)"}


            """)
      default:
        return .json(
          "{\"id\":\"e1\",\"status\":\"\(status)\",\"result\":{\"stdout\":\"one\",\"return_code\":0}}"
        )
      }
    }
    #expect(run.code == (status == "succeeded" ? 0 : 1))
    #expect(
      run.lines == [
        "one", "execution  e1", "status     \(status)", "result", "  return_code: 0",
      ])
    #expect(run.errors == "oh\n")
    #expect(
      requests.first?.text == #"{"action":"core.local","parameters":{"cmd":"date","n":1}}"#)
  }

  @Test func aBrokenStreamIsTakenUpAgain() async throws {
    // given a server whose stream breaks off once
    let server = try FakeServer { request in
      guard request.path.hasSuffix("/output") else {
        return .json("{\"id\":\"e1\",\"status\":\"succeeded\"}")
      }
      return FakeServer.Answer(
        body: "event: output\ndata: {\"stream\":\"stdout\",\"text\":\"a\\n\",\"number\":0}\n\n")
    }
    defer { server.stop() }
    // when it never tells the end
    let run = await CommandRun.of("run", "x.y", "--server", server.url)
    // then each piece is shown once and the command says where to look
    #expect(run.lines == ["a"])
    #expect(run.code == 1)
    #expect(run.errors.contains("petrel executions get e1"))
    let streams = server.requests.count { $0.path.hasSuffix("/output") }
    #expect(streams == RunFollower.attemptsMax + 2)
  }

  @Test func runAsyncPrintsTheId() async throws {
    let (run, requests) = try await served("run", "x.y", "--async") { _ in
      .json("{\"id\":\"e1\"}", status: 201)
    }
    #expect((run.code, run.output) == (0, "e1\n"))
    #expect(requests.count == 1)
  }

  @Test func explainShowsEachCriterion() async throws {
    let (run, requests) = try await served("explain", "t1", "--rule", "demo.r") { _ in
      .json(
        """
        {"trigger_instance":{"id":"t1","trigger":"demo.alert","payload":{"severity":"low"}},
        "rules":[{"rule":"demo.r","enabled":true,"outcome":"no_match","reason":"","recorded":true,
        "criteria":[{"key":"trigger.host","operator":"exists","pattern":null,"value":"db1",
        "outcome":"passed"},{"key":"trigger.severity","operator":"equals","pattern":"high",
        "value":"low","outcome":"failed"},{"key":"trigger.x","operator":"exists","pattern":null,
        "value":null,"outcome":"not_reached"}],"execution":null}]}
        """)
    }
    #expect(requests.map(\.target) == ["/api/v2/explain/t1?rule=demo.r"])
    #expect(
      run.lines.suffix(4) == [
        "✗ demo.r  no_match", #"    ✓ trigger.host exists, saw "db1""#,
        #"    ✗ trigger.severity equals "high", saw "low""#,
        "    · trigger.x exists, not looked at: an earlier one failed",
      ])
  }

  @Test func aPackIsSentFileByFile() async throws {
    var hooks = Hooks.refusing
    hooks.packFiles = { folder in
      #expect(folder == "packs/p")
      let files = [
        Hooks.PackFile(path: "pack.yaml", isExecutable: false, bytes: Array("a".utf8)),
        Hooks.PackFile(path: "actions/x.sh", isExecutable: true, bytes: []),
      ]
      return ("p", files)
    }
    let (good, requests) = try await served("pack", "register", "packs/p", hooks: hooks) { _ in
      .json(
        "{\"pack\":\"p\",\"digest\":\"d\",\"changed\":true,\"actions\":1,\"rules\":2,"
          + "\"trigger_types\":3,\"diagnostics\":[]}")
    }
    #expect(good.output == "p@d is in force: 1 actions, 2 rules, 3 trigger types\n")
    #expect(
      requests.first?.text == """
        {"path":"pack.yaml","mode":420,"base64":"YQ=="}
        {"path":"actions/x.sh","mode":493,"base64":""}

        """)
    let (bad, _) = try await served("pack", "register", "packs/p", hooks: hooks) { _ in
      .json(
        "{\"faultstring\":\"1 mistake\",\"diagnostics\":[{\"severity\":\"error\",\"file\":\"a.yaml\","
          + "\"line\":2,\"column\":3,\"message\":\"no\",\"hint\":\"yes\"}]}", status: 400)
    }
    #expect(bad.code == 1)
    #expect(bad.errors == "packs/p/a.yaml:2:3: error: no (yes)\nerror: 1 mistake\n")
  }

  @Test func checkCountsMistakes() async {
    var hooks = Hooks.refusing
    hooks.packCheck = { _ in
      [["severity": "warning", "file": "f", "line": 1, "column": 1, "message": "odd"]]
    }
    let odd = await CommandRun.of("check", "p", hooks: hooks)
    #expect((odd.code, odd.output) == (0, "p/f:1:1: warning: odd\n0 errors, 1 warning\n"))
    hooks.packCheck = { _ in [["severity": "error", "file": "f", "message": "bad"]] }
    let bad = await CommandRun.of("check", "p", hooks: hooks)
    #expect((bad.code, bad.output) == (1, "p/f: error: bad\n1 error, 0 warnings\n"))
    hooks.packCheck = { _ in [] }
    #expect(await CommandRun.of("check", "p", hooks: hooks).output == "p is sound\n")
  }

  @Test func eventsGoBackPageByPage() async throws {
    let (run, requests) = try await served("events", "list", "--all") { request in
      request.target.contains("before=3")
        ? .json("{\"events\":[{\"offset\":2,\"id\":\"b\"}],\"next\":null}")
        : .json("{\"events\":[{\"offset\":3,\"id\":\"a\"}],\"next\":3}")
    }
    #expect(run.lines.count == 3)
    #expect(
      requests.map(\.target) == [
        "/api/v2/events?limit=500", "/api/v2/events?limit=500&before=3",
      ])
  }

  @Test func theLogIsPassedOn() async throws {
    let lines = "{\"a\":1}\n{\"b\":\"\u{9B}\"}\n"
    let words = ["log", "export", "events", "--from", "2026-11-25"]
    let server = try FakeServer { _ in FakeServer.Answer(body: lines) }
    defer { server.stop() }
    let file = await CommandRun.of(words: words + ["--server", server.url])
    #expect(file.output == lines)
    let terminal = await CommandRun.of(words: words + ["--server", server.url], columns: 80)
    #expect(terminal.output == "{\"a\":1}\n{\"b\":\"\\u009b\"}\n")
    #expect(
      server.requests.first?.target == "/api/v2/log/events?from=2026-11-25T00%3A00%3A00.000000Z")
  }

  @Test func statusSaysWhatLiesBehind() async throws {
    let (run, _) = try await served("status") { _ in
      .json(
        """
        {"version":"v","started_at":"2026-11-25T11:00:00Z","data":{"path":"/d","free_bytes":1048576},
        "log":{"bytes":2048,"segments":1,"topics":{"events":{"first":0,"durable":9,"end":10}}},
        "engine":{"lag":{"events":3,"results":0}},"worker":{"running":1,"slots":16,"lag":2},
        "projections":[{"name":"executions","lag":4,"errors":0}],
        "postgres":{"mode":"private","ready":true},"content":{"packs":2,"actions":3,"rules":4}}
        """)
    }
    #expect(run.lines.contains("engine    behind by 3 events"))
    #expect(run.lines.contains("worker    1 of 16 slots busy, 2 executions waiting"))
    #expect(run.lines.contains("data      /d, 1.0 MiB free"))
    #expect(run.lines.contains("events  0      9        10"))
  }

  static let commands = [
    "status", "events list", "events get", "events import", "triggers list", "triggers get",
    "decisions list", "decisions get", "explain", "executions list", "executions get",
    "executions cancel", "run", "rule list", "rule get", "action list", "action get", "pack list",
    "pack get", "pack register", "check", "log export", "dead-letters list", "dead-letters show",
    "dead-letters redrive", "dead-letters tail", "events tail", "triggers tail", "decisions tail",
    "executions tail", "config show", "config check",
  ]

  @Test(arguments: commands)
  func eachHelpShowsAnExample(_ command: String) async {
    let words = command.split(separator: " ").map(String.init) + ["--help"]
    let run = await CommandRun.of(words: words)
    #expect(run.code == 0)
    #expect(run.output.contains("petrel \(command)"))
    #expect(run.output.contains("\n  "))
  }

  @Test func aDeadLetterIsShownWithItsRecord() async throws {
    let letter = """
      {"topic":"events","offset":7,"reason":"no","by":"engine","input":"i","record":"odd bytes",
      "happened_at":"2026-11-25T11:59:00Z"}
      """
    let (shown, _) = try await served("dead-letters", "show", "events", "7") { _ in .json(letter) }
    #expect(shown.lines.contains { $0.hasPrefix("time") && $0.contains("ago") })
    #expect(shown.lines.contains { $0.contains("odd bytes") })
    let (list, _) = try await served("dead-letters", "list") { _ in .json("[\(letter)]") }
    #expect(list.lines.last?.contains("ago") ?? false)
  }

  @Test func oneDocumentForDeadLetters() async throws {
    let (run, requests) = try await served("dead-letters", "show", "events", "7", "--json") { _ in
      .json("{\"reason\":\"r\"}")
    }
    #expect(run.output == "{\"reason\":\"r\"}\n")
    #expect(requests.map(\.path) == ["/api/v2/dead-letters/events/7"])
  }
}
