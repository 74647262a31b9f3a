import Automation
import Glibc
import JSON
import Processes
import TestSupport
import Testing

@testable import Runners

/// Commands through `sudo`, here a stand-in that takes the same arguments.
@Suite struct SudoTests {
  /// Reads the password when told to, as sudo does when it asks, and then runs the rest.
  static let asking = """
    #!/bin/bash
    echo "sudo $*" | head -1 >&2
    [ "$1" = -S ] && { IFS= read -r password; echo "password $password" >&2; shift; }
    [ "$1" = -E ] && shift
    [ "$1" = -- ] && shift
    exec "$@"
    """
  /// Knows the user already and leaves the password where it is.
  static let trusting = asking.replacing(
    "IFS= read -r password; echo \"password $password\" >&2;", with: "")

  @Test(arguments: [asking, trusting], [nil, "pass word"])
  func commandLinesAreRead(_ sudo: String, _ password: String?) async throws {
    let command = ShellCommand.line(
      "echo \"$0\"; cat; echo end", shell: "bash", sudo: Sudo(password: password))
    let outcome = try await run(command, sudo)
    #expect(outcome.stdout.text == "bash\nend\n")
    let isRead = password != nil && sudo == Self.asking
    #expect(outcome.stderr.text.contains("password pass word\n") == isRead)
    #expect(!command.arguments.contains { $0.contains("pass word") || $0.contains("echo") })
  }

  @Test(arguments: ["#!/bin/sh", "#!/bin/bash"], [nil, "pass word"])
  func scriptsGetTheirArguments(_ firstLine: String, _ password: String?) async throws {
    let folder = ScriptFolder("\(firstLine)\nprintf '<%s>' \"$0\" \"$@\"; cat", mode: 0o755)
    for secrets in [[], ["who"]] as [Set<String>] {
      let job = try job(
        action: ["who": "it's me"], positional: [.init(name: "who", type: "string")],
        script: folder.script, secretNames: secrets)
      let interpreter = try #require(Interpreter(ofFile: folder.scriptPath))
      let command = ShellCommand.script(
        folder.scriptPath, ScriptArgument.all(job, operator: "--"), by: interpreter,
        sudo: Sudo(password: password))
      let outcome = try await run(command, Self.asking)
      #expect(outcome.stdout.text == "<\(folder.scriptPath)><it's me>")
      #expect(!command.arguments.contains { $0.contains("me") })
    }
  }

  @Test(.enabled(if: isInstalled("python3")), arguments: [nil, "pass word"])
  func pythonScriptsGetTheirArguments(_ password: String?) async throws {
    let folder = ScriptFolder(
      "#!/usr/bin/env python3\nimport sys\nprint(sys.argv[1:])", mode: 0o755)
    let job = try job(
      action: ["who": "it's me"], positional: [.init(name: "who", type: "string")],
      script: folder.script, secretNames: ["who"])
    let interpreter = try #require(Interpreter(ofFile: folder.scriptPath))
    let command = ShellCommand.script(
      folder.scriptPath, ScriptArgument.all(job, operator: "--"), by: interpreter,
      sudo: Sudo(password: password))
    for sudo in [Self.asking, Self.trusting] {
      #expect(try await run(command, sudo).stdout.text == "[\"it's me\"]\n")
    }
  }

  /// Runs a command with `text` as the program `sudo`.
  private func run(_ command: ShellCommand, _ text: String) async throws -> ProcessOutcome {
    let folder = ScriptFolder(text, mode: 0o755, file: "sudo")
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    var settings = ProcessSettings(
      command.program, command.arguments,
      environment: ["PATH": "\(folder.path)/actions:\(path)"])
    settings.input = .bytes(command.input)
    return try await Child.run(settings)
  }
}
