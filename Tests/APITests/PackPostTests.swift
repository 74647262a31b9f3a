import Connectors
import Crypto
import JSON
import TestSupport
import Testing

/// `POST /api/v2/packs`: a pack's files, a line each.
@Suite struct PackPostTests {
  private static let files: [(path: String, text: String)] = [
    ("pack.yaml", "ref: tea\nname: tea\nversion: 1.0.0\nauthor: Ann\ndescription: Tea\n"),
    ("triggers/kettle.yaml", "name: kettle\npack: tea\ndescription: It boils\n"),
    (
      "actions/pour.yaml",
      "name: pour\nenabled: true\nrunner_type: noop\nentry_point: \"\"\nparameters: {}\n"
    ),
    (
      "rules/pour.yaml",
      "name: pour\npack: tea\nenabled: true\ntrigger:\n  type: tea.kettle\n"
        + "action:\n  ref: tea.pour\n"
    ),
  ]

  private static func body(_ files: [(path: String, text: String)]) -> String {
    files.map { path, text in
      let line: JSONValue = [
        "path": .string(path), "mode": 0o644,
        "base64": .string(Base64.standard.encode(Array(text.utf8))),
      ]
      return line.text() + "\n"
    }.joined()
  }

  private static func post(_ bench: APIBench, _ body: String) async throws -> Answer {
    try await bench.send(
      "POST", "/api/v2/packs", text: body, headers: [("Content-Type", "application/x-ndjson")])
  }

  @Test func aPackIsInForceWithTheAnswer() async throws {
    try await APIBench.run(database: ContentTests.nowhere) { bench in
      try await bench.standardContent()
      let first = try await Self.post(bench, Self.body(Self.files))
      #expect(first.status == 200, "\(first.text)")
      #expect(first.json["pack"] == "tea")
      #expect(first.json["changed"] == true)
      for member in ["actions", "rules", "trigger_types"] { #expect(first.json[member] == 1) }
      let digest = try #require(first.json["digest"]?.stringValue)
      #expect(exists("\(bench.packsFolder)/tea@\(digest)/rules/pour.yaml"))
      #expect(try await bench.get("/rules?pack=tea").each("ref") == ["tea.pour"])
      let event = try await bench.send(
        "POST", "/api/v2/events?wait=decided", ["trigger": "tea.kettle", "payload": [:]])
      #expect(event.json["outcomes"]?[0]?["decisions"]?[0]?["outcome"] == "fired")

      let again = try await Self.post(bench, Self.body(Self.files))
      #expect(again.json["changed"] == false)
      #expect(again.json["digest"]?.stringValue == digest)
      let fewer = try await Self.post(
        bench, Self.body(Self.files.filter { $0.path != "rules/pour.yaml" }))
      #expect(fewer.json["changed"] == true)
      #expect(try await bench.get("/rules?pack=tea").json == [])
    }
  }

  @Test func mistakesAreNamedWithTheirPlaceAndNothingChanges() async throws {
    try await APIBench.run(database: ContentTests.nowhere) { bench in
      try await bench.standardContent()
      var files = Self.files
      files[3].text += "criteria:\n  trigger.degrees:\n    type: equalz\n    pattern: 1\n"
      let answer = try await Self.post(bench, Self.body(files))
      #expect(answer.status == 400)
      #expect(answer.fault.contains("rules/pour.yaml:10:11"), "\(answer.fault)")
      let diagnostic = answer.json["diagnostics"]?[0]
      #expect(diagnostic?["severity"] == "error")
      #expect(diagnostic?["file"] == "rules/pour.yaml")
      #expect(diagnostic?["line"] == 10)
      #expect(diagnostic?["column"] == 11)
      #expect(diagnostic?["message"]?.stringValue?.contains("equalz") ?? false)
      #expect(try await bench.get("/packs/tea").status == 404)
      #expect(try await bench.get("/actions?pack=tea").json == [])
    }
  }

  @Test func aBodyThatIsNoPackIsRefused() async throws {
    try await APIBench.run(database: ContentTests.nowhere) { bench in
      let bad: [(body: String, names: String)] = [
        ("", "pack.yaml"), ("{}\n", "line 1"), ("\(Self.body([Self.files[0]]))nothing\n", "line 2"),
        (#"{"path":"pack.yaml","mode":420,"base64":"!"}"#, "pack.yaml"),
        (Self.body([("../pack.yaml", "x")]), "../pack.yaml"),
        (Self.body([("/etc/x", "x")]), "/etc/x"),
        (Self.body([Self.files[0], Self.files[0]]), "pack.yaml"),
      ]
      for (body, names) in bad {
        let answer = try await Self.post(bench, body)
        #expect(answer.status == 400, "\(body): \(answer.text)")
        #expect(answer.fault.contains(names), "\(body): \(answer.text)")
      }
      bench.system.isLow = true
      #expect(try await Self.post(bench, Self.body(Self.files)).status == 503)
    }
  }
}
