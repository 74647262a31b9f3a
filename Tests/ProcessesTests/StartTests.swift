import Glibc
import Processes
import TestSupport
import Testing

extension ProcessesTests {
  /// What a child is given, and how a start fails.
  @Suite struct StartTests {
    @Test(arguments: [
      ("exit 0", ProcessOutcome.Ending.exited(0), 0), ("exit 7", .exited(7), 7),
      ("kill -9 $$", .signalled(9), -9), ("kill -15 $$", .signalled(15), -15),
    ])
    func endings(_ text: String, _ ending: ProcessOutcome.Ending, _ code: Int) async throws {
      let outcome = try await Child.run(shell(text))
      #expect(outcome.ending == ending)
      #expect(outcome.code == code)
      #expect(outcome.stopped == nil)
    }

    @Test func argumentsArriveUnchanged() async throws {
      let arguments = ["", "two words", "it's \"$HOME\" `x`", "line\nbreak", "ünï€東"]
      let outcome = try await Child.run(ProcessSettings("/usr/bin/printf", ["<%s>"] + arguments))
      #expect(outcome.stdout.text == arguments.map { "<\($0)>" }.joined())
    }

    @Test func nothingIsInherited() async throws {
      let open = try TemporaryFile().open()
      defer { close(open) }
      var settings = ProcessSettings("/usr/bin/env", environment: ["A": "1", "B": "x=y"])
      #expect(try await Child.run(settings).stdout.text == "A=1\nB=x=y\n")
      settings = ProcessSettings("/bin/ls", ["/proc/self/fd"])
      #expect(try await Child.run(settings).stdout.text == "0\n1\n2\n3\n")  // 3 is the folder
    }

    @Test func signalsAreReset() async {
      await #expect(processExitsWith: .success) {
        signal(SIGPIPE, SIG_IGN)
        let settings = ProcessSettings("/bin/grep", ["-E", "Sig(Ign|Blk)", "/proc/self/status"])
        let zero = "0000000000000000"
        let output = try await Child.run(settings).stdout.text
        #expect(output == "SigBlk:\t\(zero)\nSigIgn:\t\(zero)\n")
      }
    }

    @Test func settingsAreApplied() async throws {
      var settings = shell("pwd; umask; ulimit -n; ulimit -c; grep NoNewPrivs /proc/self/status")
      settings.directory = "/usr"
      settings.fileMask = 0o077
      settings.limits = [ResourceLimit(.openFiles, 50), ResourceLimit(.coreBytes, 0)]
      settings.noNewPrivileges = true
      #expect(
        try await Child.run(settings).stdout.text == "/usr\n0077\n50\n0\nNoNewPrivs:\t1\n")
    }

    @Test(arguments: [true, false])
    func sessionOfItsOwn(_ isOwn: Bool) async throws {
      var settings = ProcessSettings("/usr/bin/cut", ["-d ", "-f1,6", "/proc/self/stat"])
      settings.ownSession = isOwn
      let numbers = try await Child.run(settings).stdout.text.split(whereSeparator: \.isWhitespace)
      #expect(numbers.count == 2)
      #expect((numbers.first == numbers.last) == isOwn)
    }

    @Test(.enabled(if: isRoot)) func anotherUser() async throws {
      var settings = shell("id -u; id -g; id -G")
      settings.user = ProcessUser(userID: 65_534, groupID: 65_533, groups: [65_533, 12_345])
      #expect(try await Child.run(settings).stdout.text == "65534\n65533\n65533 12345\n")
    }

    @Test func usersAreLookedUp() throws {
      let root = try #require(ProcessUser(named: "root"))
      #expect(root.userID == 0)
      #expect(root.home == "/root")
      #expect(ProcessUser(named: "nobody-of-this-name") == nil)
    }

    @Test func namesAreLookedForInPath() async throws {
      let outcome = try await Child.run(
        ProcessSettings("true", environment: ["PATH": "/no/where::/usr/bin:/bin"]))
      #expect(outcome.code == 0)
    }

    @Test func textWithoutInterpreterRunsInShell() async throws {
      let script = TemporaryFile("echo \"$0 $# $1\"\n")
      let outcome = try await Child.run(ProcessSettings(script.path, ["a b"]))
      #expect(outcome.stdout.text == "\(script.path) 1 a b\n")
    }

    /// It tries for a quarter of a second, which a busy machine may not give the test: hence three
    /// attempts.
    @Test func waitsForProgramThatIsBeingWritten() async throws {
      var output: String?
      for _ in 0..<3 where output == nil { output = try await outputOfBusyScript() }
      #expect(output == "ran\n")
    }

    private func outputOfBusyScript() async throws -> String? {
      let script = TemporaryFile("#!/bin/sh\necho ran\n")
      let writing = open(script.path, O_WRONLY | O_CLOEXEC)
      var settings = ProcessSettings(script.path)
      settings.mark = "written \(script.path)"
      async let outcome = Child.run(settings)
      // A member before its program runs: it is trying.
      await until { !ProcessTree.members(marked: "written \(script.path)").isEmpty }
      close(writing)
      return try? await outcome.stdout.text
    }

    @Test func refusalsNameTheStep() async {
      let plain = TemporaryFile("no program", mode: 0o644)
      let lost = TemporaryFile("#!/no/interpreter\n")
      let busy = TemporaryFile("#!/bin/sh\n")
      let writing = open(busy.path, O_WRONLY | O_CLOEXEC)
      defer { close(writing) }
      let long = String(repeating: "x", count: 200_000)
      var astray = shell("true")
      astray.directory = "/no/where"
      let rows: [(ProcessSettings, String)] = [
        (astray, "chdir /no/where: No such file or directory"),
        (ProcessSettings("/no/program"), "execve /no/program: No such file or directory"),
        (
          ProcessSettings("no-program"),
          "execve /usr/local/bin/no-program: No such file or directory"
        ),
        (ProcessSettings(plain.path), "execve \(plain.path): Permission denied"),
        (
          ProcessSettings(lost.path),
          "execve \(lost.path): No such file or directory"
            + " (the file exists, but not the interpreter that its first line names)"
        ),
        (ProcessSettings(busy.path), "execve \(busy.path): Text file busy"),
        (ProcessSettings("/bin/true", [long]), "execve /bin/true: Argument list too long"),
      ]
      for (settings, message) in rows {
        let error = await #expect(throws: ProcessError.self) { try await Child.run(settings) }
        #expect(error?.description == message)
      }
    }

    @Test func settingsThatCannotWorkAreRefused() async {
      let rows: [(ProcessSettings, String)] = [
        (ProcessSettings(""), "the program has no name"),
        (ProcessSettings("/bin/true", ["a", "b\0c"]), "argument 2 of /bin/true holds a NUL byte"),
        (
          ProcessSettings("/bin/true", environment: ["A=B": ""]),
          "'A=B' cannot be the name of an environment variable"
        ),
        (
          ProcessSettings("/bin/true", environment: ["": ""]),
          "'' cannot be the name of an environment variable"
        ),
        (
          ProcessSettings("/bin/true", environment: ["A": "\0"]),
          "the environment variable A holds a NUL byte"
        ),
        (ProcessSettings("/bin/\0true"), "a path holds a NUL byte"),
      ]
      for (settings, message) in rows {
        await #expect(throws: ProcessError.invalid(message)) { try await Child.run(settings) }
      }
    }

    @Test func atMostSoManyArguments() async throws {
      let most = [String](repeating: "a", count: ProcessSettings.argumentsMax)
      #expect(try await Child.run(ProcessSettings("/bin/true", most)).code == 0)
      let error = await #expect(throws: ProcessError.self) {
        try await Child.run(ProcessSettings("/bin/true", most + ["a"]))
      }
      #expect(error?.description == "65537 arguments, at most 65536 are possible")
    }

    @Test func leavesNoDescriptorsAndChildren() async {
      await #expect(processExitsWith: .success) {
        _ = try await Child.run(shell("true"))
        let before = try descriptorCount()
        for _ in 0..<20 {
          var settings = shell("cat >&2")
          settings.input = .bytes(Array("x".utf8))
          #expect(try await Child.run(settings).stderr.text == "x")
          await #expect(throws: ProcessError.self) { try await Child.run(ProcessSettings("/no")) }
        }
        #expect(try descriptorCount() == before)
        #expect(!hasChildren())
      }
    }
  }
}

private func descriptorCount() throws -> Int {
  let folder = try #require(opendir("/proc/self/fd"))
  defer { closedir(folder) }
  var count = 0
  while readdir(folder) != nil { count += 1 }
  return count
}

extension TemporaryFile {
  /// A descriptor that a child would inherit.
  func open() throws -> Int32 {
    let descriptor = Glibc.open(path, O_RDONLY)
    try #require(descriptor >= 0)
    return descriptor
  }
}
