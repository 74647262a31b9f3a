import JSON
import Processes
import TestSupport
import Testing

extension SharedServerTests {
  /// The command line beside a server that runs.
  @Suite struct CommandTests {
    private static let alert = #"{"trigger":"demo.alert","payload":{"host":"lab-1"}}"#

    @Test func runShowsOutputAndEndsAsTheActionDid() async throws {
      let petrel = try SharedServerTests.petrel
      let good = try await petrel.command("run", "core.local", "cmd=echo hi; echo no >&2")
      #expect(good.code == 0)
      #expect(good.stdout.text.hasPrefix("hi\n"))
      #expect(good.stderr.text == "no\n")
      #expect(good.stdout.text.contains("succeeded"))
      let bad = try await petrel.command("run", "core.local", "cmd=exit 3")
      #expect(bad.code == 1)
      #expect(bad.stdout.text.contains("return_code: 3"))
      let unknown = try await petrel.command("run", "core.lokal")
      #expect(unknown.code == 1)
      #expect(unknown.stderr.text.contains("core.lokal"))
    }

    @Test func executionsAreListedAsJSON() async throws {
      let petrel = try SharedServerTests.petrel
      let asked = try await petrel.command("run", "core.noop", "--async")
      let id = asked.stdout.text.filter { !$0.isNewline }
      _ = try await petrel.eventually("/executions/\(id)") { $0.json["status"] == "succeeded" }
      let list = try await petrel.command("executions", "list", "--json")
      #expect(list.code == 0)
      let executions = try JSONValue(parsing: list.stdout.text).arrayValue ?? []
      let found = executions.first { $0["id"]?.stringValue == id }
      #expect(found?["status"] == "succeeded")
      #expect(found?["action"]?["ref"] == "core.noop")
    }

    @Test func eventsAreImportedAndBadLinesNamed() async throws {
      let petrel = try SharedServerTests.petrel
      petrel.folder.write("\(Self.alert)\nnothing\n\(Self.alert)\n", to: "events.ndjson")
      let mixed = try await petrel.command(
        "events", "import", petrel.folder.path + "/events.ndjson")
      #expect(mixed.code == 1)
      #expect(mixed.stdout.text == "accepted 2, rejected 1\n")
      #expect(mixed.stderr.text.hasPrefix("line 2: "))
      let good = try await petrel.command("events", "import", "-", input: Self.alert + "\n")
      #expect(good.code == 0)
      #expect(good.stdout.text == "accepted 1, rejected 0\n")
    }

    @Test func theLogIsExported() async throws {
      let petrel = try SharedServerTests.petrel
      let id = try await petrel.event(try JSONValue(parsing: Self.alert))
      let triggers = try await petrel.command("log", "export", "triggers")
      #expect(triggers.code == 0)
      #expect(triggers.lines.count { $0["record"]?["id"]?.stringValue == id } == 1)
      let decisions = try await petrel.command("log", "export", "decisions", "--from", "1h")
      let made = decisions.lines.filter { $0["record"]?["cause"]?.stringValue == id }
      #expect(
        made.contains {
          $0["record"]?["data"]?["rule"] == "demo.quiet_maintenance"
            && $0["record"]?["data"]?["outcome"] == "fired"
        })
      let later = try await petrel.command("log", "export", "decisions", "--from", "2200-01-01")
      #expect(later.code == 0)
      #expect(later.stdout.text.isEmpty)
      #expect(try await petrel.command("log", "export", "colours").code == 1)
    }

    @Test func aSecondServerOnTheFolderIsRefusedInOneLine() async throws {
      let second = try await SharedServerTests.petrel.command("up", "--listen", "127.0.0.1:0")
      #expect(second.code == 1)
      #expect(second.stdout.text.isEmpty)
      let lines = second.stderr.text.split(separator: "\n")
      #expect(lines.count == 1, "\(second.stderr.text)")
      #expect(lines.first?.contains("another process") ?? false)
    }

    @Test func aPackIsRegisteredAndItsRuleFires() async throws {
      let petrel = try SharedServerTests.petrel
      petrel.writePack(
        "tea",
        [
          "triggers/kettle.yaml": "name: kettle\npack: tea\ndescription: It boils\n",
          "rules/pour.yaml": """
          name: pour
          pack: tea
          enabled: true
          trigger:
            type: tea.kettle
          criteria:
            trigger.degrees:
              type: gt
              pattern: 99
          action:
            ref: tea.pour
            parameters:
              cup: "{{ trigger.cup }}"
          """,
          "actions/pour.yaml": """
          name: pour
          description: Pours
          enabled: true
          runner_type: local-shell-script
          entry_point: pour.sh
          parameters:
            cup:
              type: string
              required: true
              position: 0
          """,
          "actions/pour.sh": "#!/bin/sh\necho \"poured into $1\"\n",
        ])
      let pack = petrel.folder.path + "/tea"
      let first = try await petrel.command("pack", "register", pack)
      #expect(first.code == 0, "\(first.stderr.text)")
      #expect(first.stdout.text.contains("1 actions, 1 rules, 1 trigger types"))
      let again = try await petrel.command("pack", "register", pack)
      #expect(again.stdout.text.contains("nothing changed"))

      let id = try await petrel.event([
        "trigger": "tea.kettle", "payload": ["degrees": 100, "cup": "blue"],
      ])
      let done = try await petrel.eventually("/executions?trigger_instance=\(id)") {
        $0.json[0]?["status"] == "succeeded"
      }
      #expect(done.json[0]?["result"]?["stdout"] == "poured into blue")
    }

    @Test func aBrokenPackIsRefusedWithFileAndLine() async throws {
      let petrel = try SharedServerTests.petrel
      petrel.writePack(
        "torn",
        [
          "rules/tear.yaml": """
          name: tear
          pack: torn
          trigger:
            type: demo.alert
          criteria:
            trigger.host:
              type: equalz
              pattern: 1
          action:
            ref: core.noop
          """
        ])
      let refused = try await petrel.command("pack", "register", petrel.folder.path + "/torn")
      #expect(refused.code == 1)
      #expect(refused.stderr.text.contains("/torn/rules/tear.yaml:7:11: error: "))
      #expect(refused.stderr.text.contains("equalz"))
      #expect(try await petrel.get("/packs/torn").status == 404)
    }
  }
}

extension RunningPetrel {
  /// Writes a pack's folder beside the server's own.
  func writePack(_ name: String, _ files: [String: String]) {
    folder.write(
      "ref: \(name)\nname: \(name)\nversion: 1.0.0\nauthor: Ann\ndescription: A test\n",
      to: "\(name)/pack.yaml")
    for (file, text) in files {
      folder.write(text, to: "\(name)/\(file)", mode: text.hasPrefix("#!") ? 0o755 : 0o644)
    }
  }
}
