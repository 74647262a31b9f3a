import Glibc
import JSON
import Processes
import TestSupport
import Testing

/// A secret that is given to an action stands nowhere but in the process that may know it.
@Suite(.enabled(if: RunningPetrel.isPossible, "\(RunningPetrel.missing)"))
struct SecretTests {
  private static let canary = "canary-4f1c9be2-sings-not"
  private static let plain = "a-text-that-everyone-may-read"

  private static let action = """
    name: keep
    description: Keeps a secret
    enabled: true
    runner_type: local-shell-script
    entry_point: keep.sh
    parameters:
      folder:
        type: string
        required: true
        position: 0
      token:
        type: string
        required: true
        secret: true
        position: 1
    """
  private static let script = """
    #!/bin/sh
    touch "$1/started"
    until [ -e "$1/go" ]; do sleep 0.02; done
    printf 'the token %s has %s characters' "$2" "${#2}"
    """

  @Test func aSecretStandsInNoFileAndNoArgumentList() async throws {
    try await RunningPetrel.run { petrel in
      try await petrel.waitUntilReady()
      petrel.writePack("vault", ["actions/keep.yaml": Self.action, "actions/keep.sh": Self.script])
      let folder = petrel.folder.path
      #expect(try await petrel.command("pack", "register", folder + "/vault").code == 0)
      let parameters: JSONValue = [
        "folder": .string(folder), "token": .string(Self.canary),
      ]
      let asked = try await petrel.send(
        "POST", "/executions",
        [
          "action": "vault.keep", "parameters": parameters,
          "context": ["note": .string(Self.plain)],
        ])
      let id = try #require(asked.json["id"]?.stringValue, "\(asked.text)")
      #expect(!asked.text.contains(Self.canary))
      await until { exists(folder + "/started") }
      #expect(argumentListsHolding(Self.canary) == [])
      #expect(argumentListsHolding(petrel.data) != [])
      petrel.folder.write("", to: "go")
      let done = try await petrel.eventually("/executions/\(id)") {
        $0.json["status"] == "succeeded"
      }
      #expect(
        done.json["result"]?["stdout"]?.stringValue
          == "the token ******** has \(Self.canary.count) characters")
      #expect(!done.text.contains(Self.canary))

      petrel.terminate()
      let end = try await petrel.end()
      #expect(end.code == 0)
      #expect(!(end.stdout.text + end.stderr.text).contains(Self.canary))
      #expect(files(under: petrel.data, holding: Self.plain) != [])
      #expect(files(under: petrel.data, holding: Self.canary) == [])
    }
  }

  private func argumentListsHolding(_ text: String) -> [String] {
    TemporaryFolder.names("/proc").filter { name in
      guard name.allSatisfy(\.isNumber) else { return false }
      return TemporaryFolder.bytes("/proc/\(name)/cmdline").map { holds($0, text) } ?? false
    }
  }

  private func files(under folder: String, holding text: String) -> [String] {
    TemporaryFolder.names(folder).flatMap { name -> [String] in
      let path = "\(folder)/\(name)"
      var facts = stat()
      guard lstat(path, &facts) == 0 else { return [] }
      switch facts.st_mode & S_IFMT {
      case S_IFDIR: return files(under: path, holding: text)
      case S_IFREG: return holds(TemporaryFolder.bytes(path) ?? [], text) ? [path] : []
      default: return []
      }
    }
  }

  private func holds(_ bytes: [UInt8], _ text: String) -> Bool {
    let wanted = Array(text.utf8)
    return bytes.withUnsafeBytes { bytes in
      var place = 0
      while place + wanted.count <= bytes.count,
        let found = memchr(bytes.baseAddress! + place, Int32(wanted[0]), bytes.count - place)
      {
        place = UnsafeRawPointer(found) - bytes.baseAddress!
        if bytes[place...].starts(with: wanted) { return true }
        place += 1
      }
      return false
    }
  }
}
