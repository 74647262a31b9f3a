import Automation
import Glibc
import JSON
import Runners
import TestSupport
import Testing

/// `local-shell-script`: arguments are StackStorm's, secret ones stay out of sight.
@Suite struct ShellScriptRunnerTests {
  static let positional = [
    PositionalParameter(name: "who", type: "string"),
    PositionalParameter(name: "loud", type: "boolean"),
    PositionalParameter(name: "count", type: "integer"),
    PositionalParameter(name: "ratio", type: "number"),
    PositionalParameter(name: "list", type: "array"),
    PositionalParameter(name: "map", type: "object"),
    PositionalParameter(name: "nothing", type: "string"),
    PositionalParameter(name: "any", type: nil),
  ]
  static let printer = "#!/bin/sh\nfor word; do printf '<%s>' \"$word\"; done\n"

  @Test func positionalArgumentsAreTexts() async throws {
    let folder = ScriptFolder(Self.printer)
    let action: JSONObject = [
      "who": "it's $HOME `x`", "loud": true, "count": 0, "ratio": 1.5, "list": ["a", 2, true, nil],
      "map": ["k": "v"], "any": ["x"],
    ]
    let outcome = await run(
      try job(action: action, positional: Self.positional, script: folder.script))
    #expect(
      outcome.result["stdout"]
        == "<it's $HOME `x`><1><0><1.5><a,2,True,None><{\"k\":\"v\"}><><['x']>")
    #expect(outcome.status == .succeeded)
  }

  @Test func namedArgumentsComeFirst() async throws {
    let folder = ScriptFolder(Self.printer)
    let action: JSONObject = [
      "who": "ann", "size": 3, "flag": true, "off": false, "empty": "", "null": nil,
      "deep": ["a": [1, "it's"]], "half": 0.5,
    ]
    for (prefix, parameters) in [("--", [:]), ("-", ["kwarg_op": "-"])] as [(String, JSONObject)] {
      let outcome = await run(
        try job(
          parameters, action: action, positional: [Self.positional[0]], script: folder.script))
      #expect(
        outcome.result["stdout"]
          == .string(
            "<\(prefix)size=3><\(prefix)flag><\(prefix)deep={'a': [1, \"it's\"]}>"
              + "<\(prefix)half=0.5><ann>"))
    }
  }

  @Test func scriptsAreMadeExecutable() async throws {
    let folder = ScriptFolder("#!/bin/sh\necho ran", mode: 0o600)
    #expect(await run(try job(script: folder.script)).result["stdout"] == "ran")
    let plain = ScriptFolder("echo \"no first line $1\"")
    #expect(
      await run(
        try job(
          action: ["who": "x"], positional: [Self.positional[0]], script: plain.script)
      ).result["stdout"] == "no first line x")
  }

  @Test(arguments: [
    ("#!/bin/sh", "dash or so"), ("#!/bin/bash -e", "bash"), ("#!/usr/bin/env bash", "bash"),
    ("", "no first line"),
  ])
  func secretsAreNotInTheListOfProcesses(_ firstLine: String, _ about: String) async throws {
    let folder = ScriptFolder(
      """
      \(firstLine)
      # a script that tells what it was given
      echo "$0 $#"
      printf '<%s>' "$@"
      echo begun
      cat
      while [ -e "$GATE" ]; do sleep 0.01; done
      exit 3
      """)
    let outcome = try await secretRun(folder)
    let arguments = "<--token=canary 'one'><it's canary two>"
    #expect(outcome.result["stdout"] == .string("\(folder.scriptPath) 2\n\(arguments)begun"))
    #expect(outcome.result["return_code"] == 3)
    #expect(outcome.result["stderr"] == "")
  }

  @Test(.enabled(if: isInstalled("python3"))) func pythonScriptsGetTheirsInside() async throws {
    let folder = ScriptFolder(
      """
      #!/usr/bin/env python3
      # -*- coding: utf-8 -*-
      import os, sys, time
      if __name__ == '__main__':
          print(sys.argv[0] == __file__, os.path.dirname(__file__) == sys.path[0])
          print(sys.argv[1:], 'begun', sys.stdin.read(), flush=True)
          while os.path.exists(os.environ['GATE']): time.sleep(0.01)
          sys.exit(3)
      """)
    let outcome = try await secretRun(folder)
    #expect(
      outcome.result["stdout"]
        == "True True\n[\"--token=canary 'one'\", \"it's canary two\"] begun ")
    #expect(outcome.result["stderr"] == "")
    #expect(outcome.result["return_code"] == 3)
  }

  @Test(.enabled(if: isInstalled("perl"))) func elsewhereTheEnvironmentHoldsThem() async throws {
    let folder = ScriptFolder(
      """
      #!/usr/bin/perl
      $| = 1;
      print join('|', @ARGV), "|$ENV{ST2_SECRET_TOKEN}|$ENV{ST2_SECRET_WHO}|begun";
      while (-e $ENV{GATE}) { select(undef, undef, undef, 0.01) }
      exit 3;
      """)
    let outcome = try await secretRun(folder)
    #expect(
      outcome.result["stdout"]
        == "--token=$ST2_SECRET_TOKEN|$ST2_SECRET_WHO|canary 'one'|it's canary two|begun")
  }

  /// Runs a script with two secret arguments and looks at the list of processes meanwhile.
  private func secretRun(_ folder: ScriptFolder) async throws -> WorkerReport.Outcome {
    let gate = ScriptFolder("")
    let job = try job(
      ["env": ["GATE": .string(gate.scriptPath)]],
      action: ["who": "it's canary two", "token": "canary 'one'"],
      positional: [Self.positional[0]], script: folder.script, secretNames: ["who", "token"])
    let transcript = Transcript()
    let task = Task { await run(job, transcript) }
    await transcript.waitFor("begun")
    let lines = commandLines(of: job)
    #expect(!lines.isEmpty)
    #expect(!lines.contains { $0.contains("canary") }, "\(lines)")
    unlink(gate.scriptPath)
    return await task.value
  }

  @Test func whatIsWrongIsSaid() async throws {
    let rows: [(Job, String)] = [
      (try job(), "The action's metadata has no entry_point."),
      (
        try job(script: ("/no/where", "x.sh")),
        "The script /no/where/actions/x.sh cannot be read (errno 2)."
      ),
      (
        try job(script: ("/tmp", "../x.sh")),
        "entry_point must lie below the pack, found '../x.sh'."
      ),
      (try job(script: ("/tmp", "/x.sh")), "entry_point must lie below the pack, found '/x.sh'."),
      (
        try job(["content_version": "v1"], script: ("/tmp", "x.sh")),
        "Parameter content_version must be empty, found 'v1': only the pack's registered version"
          + " can be run."
      ),
      (
        try job(
          action: ["who": "a\0b"], positional: [Self.positional[0]],
          script: ScriptFolder(Self.printer).script),
        "Argument 1 of the script holds a NUL byte."
      ),
    ]
    for (job, text) in rows.dropLast() {
      #expect(await run(job).result == ["error": .string(text)])
    }
    let folder = ScriptFolder(Self.printer)
    let outcome = await run(
      try job(
        action: ["who": "a\0b"], positional: [Self.positional[0]], script: folder.script))
    #expect(outcome.result == ["error": .string(rows[5].1)])
    #expect(outcome.status == .failed)
  }

  private func run(
    _ job: Job, _ output: Transcript = Transcript()
  ) async -> WorkerReport.Outcome {
    await LocalShellScriptRunner().run(job, output: output)
  }
}
