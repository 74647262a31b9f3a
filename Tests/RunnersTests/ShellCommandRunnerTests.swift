import Automation
import Glibc
import JSON
import Processes
import Runners
import TestSupport
import Testing

/// `local-shell-cmd`: results have the form that StackStorm's have.
@Suite struct ShellCommandRunnerTests {
  static let commands: [(String, ExecutionStatus, Int, JSONValue, JSONValue)] = [
    ("echo hello", .succeeded, 0, "hello", ""),
    ("printf 'a\\n\\nb\\n\\n'", .succeeded, 0, "a\n\nb\n", ""),
    ("printf 'a\\r\\n'", .succeeded, 0, "a", ""),
    ("true", .succeeded, 0, "", ""),
    ("echo out; echo err >&2; exit 7", .failed, 7, "out", "err"),
    ("printf '{\"a\": [1, 2.5]}'", .succeeded, 0, ["a": [1, 2.5]], ""),
    ("echo 5; echo null >&2", .succeeded, 0, 5, .null),
    ("echo '\"text\"'", .succeeded, 0, "text", ""),
    ("echo '{broken'", .succeeded, 0, "{broken", ""),
    ("printf 'a\\377b'", .succeeded, 0, "a\u{FFFD}b", ""),
    ("kill -9 $$", .timeout, -9, "", ""), ("kill -15 $$", .abandoned, -15, "", ""),
    ("kill -10 $$", .failed, -10, "", ""),
  ]

  @Test(arguments: commands) func results(
    _ command: String, _ status: ExecutionStatus, _ code: Int, _ stdout: JSONValue,
    _ stderr: JSONValue
  ) async throws {
    let outcome = await run(try job(["cmd": .string(command)]))
    #expect(outcome.status == status)
    let expected: JSONValue = [
      "failed": .bool(code != 0), "succeeded": .bool(code == 0), "return_code": .int(code),
      "stdout": stdout, "stderr": stderr,
    ]
    #expect(outcome.result == expected)
  }

  @Test func commandsFindNoInput() async throws {
    let text = "cat; read line || echo none\nexec cat"
    #expect(await run(try job(["cmd": .string(text)])).result["stdout"] == "none")
  }

  @Test func longCommandsAreNoProblem() async throws {
    let text = "# " + String(repeating: "x", count: 300_000) + "\ncat\necho end"
    #expect(await run(try job(["cmd": .string(text)])).result["stdout"] == "end")
  }

  @Test func folderAndEnvironmentAreThoseAskedFor() async {
    await #expect(processExitsWith: .success) {
      setenv("PETREL_TEST_SETTING", "hidden", 1)
      setenv("RUNNERS_TEST_OUTER", "outer", 1)
      let job = try job([
        "cmd": "pwd; echo $A $B $ST2_ACTION_PACK_NAME $RUNNERS_TEST_OUTER [$PETREL_TEST_SETTING]",
        "cwd": "/usr", "env": ["A": "one", "B": 2, "ST2_ACTION_PACK_NAME": "forged"],
      ])
      let outcome = await LocalShellCommandRunner().run(job, output: Transcript())
      #expect(outcome.result["stdout"] == "/usr\none 2 demo outer []")
    }
  }

  @Test func timeLimitEndsEverything() async throws {
    let transcript = Transcript()
    let job = try job(["cmd": "echo begun; setsid sleep 1000 & sleep 1000; echo on", "timeout": 1])
    let outcome = await run(job, transcript)
    #expect(outcome.status == .timeout)
    let expected: JSONValue = [
      "failed": true, "succeeded": false, "return_code": -9, "stdout": "begun", "stderr": "",
      "error": "Action failed to complete in 1 seconds",
    ]
    #expect(outcome.result == expected)
    #expect(ProcessTree.members(marked: job.executionID).isEmpty)
  }

  @Test func cancellingEndsEverything() async throws {
    let transcript = Transcript()
    let job = try job(["cmd": "setsid sleep 1000 & echo begun; wait", "timeout": nil])
    let task = Task { await run(job, transcript) }
    await transcript.waitFor("begun\n")
    task.cancel()
    let outcome = await task.value
    #expect(outcome.status == .canceled)
    #expect(outcome.result["stdout"] == "begun")
    #expect(outcome.result["error"] == "Action was canceled.")
    #expect(ProcessTree.members(marked: job.executionID).isEmpty)
  }

  @Test(arguments: [(10, false), (11, true)])
  func outputHasALimit(_ count: Int, _ isCut: Bool) async throws {
    let text =
      "head -c \(count) /dev/zero | tr '\\0' x; echo >&2; head -c 3 /dev/zero | tr '\\0' y >&2"
    let outcome = await run(try job(["cmd": .string(text)], outputBytesMax: 10))
    let kept = String(repeating: "x", count: 10)
    #expect(outcome.status == .succeeded)
    #expect(outcome.result["truncated"] == (isCut ? true : nil))
    #expect(
      outcome.result["stdout"] == .string(isCut ? kept + "\n[cut here: 1 more bytes]" : kept))
    #expect(outcome.result["stderr"] == "\nyyy")
  }

  @Test func aResultOfManyMegabytesComesBackWhole() async throws {
    let outcome = await run(try job(["cmd": "head -c 5242880 /dev/zero | tr '\\0' z"]))
    #expect(outcome.result["stdout"]?.stringValue?.utf8.count == 5_242_880)
    #expect(outcome.result["truncated"] == nil)
  }

  @Test func outputIsLive() async throws {
    let transcript = Transcript()
    _ = await run(try job(["cmd": "echo one; echo two >&2"]), transcript)
    #expect(transcript.text() == "one\n")
    #expect(transcript.text(.stderr) == "two\n")
  }

  @Test func theCommandIsNotInTheListOfProcesses() async throws {
    let transcript = Transcript()
    let job = try job(["cmd": "secret='canary-4711'; echo begun; while :; do sleep 0.01; done"])
    let task = Task { await run(job, transcript) }
    await transcript.waitFor("begun")
    let lines = commandLines(of: job)
    task.cancel()
    _ = await task.value
    #expect(lines.contains { $0.contains("/bin/sh") })
    #expect(!lines.contains { $0.contains("canary") })
  }

  @Test func sudoIsNotNeededByRoot() async throws {
    guard geteuid() == 0 else { return }
    let outcome = await run(try job(["cmd": "echo $BASH_VERSION; id -u", "sudo": true]))
    #expect(outcome.result["stdout"]?.stringValue?.hasSuffix("\n0") == true)
    #expect(outcome.result["stdout"]?.stringValue?.hasPrefix("\n") == false, "bash runs it")
  }

  @Test func whatIsWrongIsSaid() async throws {
    let rows: [(JSONObject, String)] = [
      ([:], "Parameter cmd must be a text with the command line, but there is none."),
      (
        ["cmd": "true", "cwd": "/no/where"],
        "The command could not be started: chdir /no/where: No such file or directory"
      ),
      (
        ["cmd": "true", "timeout": "long"],
        "Parameter timeout must be a number of seconds, 0 to 1000000000, found \"long\"."
      ),
      (["cmd": "true", "env": [1]], "Parameter env must be an object, found array."),
      (
        ["cmd": "true", "env": ["A=B": 1]],
        "The command could not be started: 'A=B' cannot be the name of an environment variable"
      ),
    ]
    for (parameters, text) in rows {
      let outcome = await run(try job(parameters))
      #expect(outcome.status == .failed)
      #expect(outcome.result == ["error": .string(text)])
    }
    let scripted = try job(["cmd": "true"], script: ("/tmp", "x.sh"))
    #expect(
      await run(scripted).result
        == ["error": "entry_point is only valid for the local-shell-script runner."])
  }

  private func run(
    _ job: Job, _ output: Transcript = Transcript()
  ) async -> WorkerReport.Outcome {
    await LocalShellCommandRunner().run(job, output: output)
  }
}

/// The command lines of all processes of a job, as `ps` shows them.
func commandLines(of job: Job) -> [String] {
  ProcessTree.members(marked: job.executionID).map { pid in
    let file = open("/proc/\(pid)/cmdline", O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    let bytes = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
      count = max(0, read(file, buffer.baseAddress, buffer.count))
    }
    return String(decoding: bytes.map { $0 == 0 ? 0x20 : $0 }, as: UTF8.self)
  }
}
