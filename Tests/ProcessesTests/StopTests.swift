import Glibc
import TestSupport
import Threads
import Testing

@testable import Processes

extension ProcessesTests {
  /// Ends that are brought about from here.
  @Suite struct StopTests {
    /// A tree that hides: another session, another environment, deaf to SIGTERM, without a parent.
    static let hiding = """
      setsid env -i /bin/sh -c 'trap "" TERM; echo deep; while :; do sleep 100; done' &
      (setsid sleep 1000 & ) ; (env -i setsid sleep 1000 &)
      trap '' TERM
      while :; do sleep 100; done
      """

    @Test func timeLimitEndsTheWholeTree() async throws {
      let transcript = Transcript()
      var settings = shell(Self.hiding)
      settings.onOutput = transcript.add
      settings.mark = mark("hiding")
      settings.timeLimitMs = 700
      settings.graceMs = 50
      let child = try await Child.start(settings)
      await until { ProcessTree.members(marked: mark("hiding")).count >= 6 }
      let outcome = await child.wait()
      #expect(outcome.stopped == .timeLimit)
      #expect(outcome.ending == .signalled(SIGKILL))
      #expect(outcome.survivors.isEmpty)
      #expect(ProcessTree.members(marked: mark("hiding")).isEmpty)
      #expect(transcript.text() == "deep\n")
    }

    @Test func termIsHeardBeforeKill() async throws {
      let transcript = Transcript()
      var settings = shell(
        "trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.01; done")
      settings.onOutput = transcript.add
      settings.graceMs = 60_000
      let child = try await Child.start(settings)
      await transcript.waitFor("ready")
      child.stop()
      let outcome = await child.wait()
      #expect(outcome.ending == .exited(3))
      #expect(outcome.stopped == .requested)
      #expect(outcome.stdout.text == "ready\nbye\n")
    }

    @Test func shellDoesNotGoOnWhenItsCommandIsStopped() async throws {
      let transcript = Transcript()
      var settings = shell("echo ready; sleep 1000; echo and on")
      settings.onOutput = transcript.add
      let child = try await Child.start(settings)
      await transcript.waitFor("ready")
      child.stop()
      let outcome = await child.wait()
      #expect(outcome.ending == .signalled(SIGTERM))
      #expect(outcome.stdout.text == "ready\n")
    }

    @Test func stoppedProcessHearsTermToo() async throws {
      let child = try await Child.start(shell("kill -STOP $$"))
      child.stop(graceMs: 60_000)
      #expect(await child.wait().ending == .signalled(SIGTERM))
    }

    @Test func graceCanBeShortened() async throws {
      let transcript = Transcript()
      var settings = shell("trap '' TERM; echo ready; while :; do sleep 100; done")
      settings.onOutput = transcript.add
      settings.graceMs = 3_600_000
      let child = try await Child.start(settings)
      await transcript.waitFor("ready")
      child.stop()
      child.stop(graceMs: 0)
      #expect(await child.wait().ending == .signalled(SIGKILL))
    }

    @Test func cancellingTheTaskStopsTheTree() async throws {
      let transcript = Transcript()
      var settings = shell("setsid sleep 1000 & echo ready; wait")
      settings.onOutput = transcript.add
      settings.mark = mark("cancelled")
      let task = Task { [settings] in try await Child.run(settings) }
      await transcript.waitFor("ready")
      task.cancel()
      let outcome = try await task.value
      #expect(outcome.stopped == .cancelled)
      #expect(ProcessTree.members(marked: mark("cancelled")).isEmpty)
    }

    @Test func cancelledTaskStartsNothing() async throws {
      let file = TemporaryFile()
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await Child.run(ProcessSettings("/bin/rm", [file.path]))
      }
      await #expect(throws: ProcessError.cancelled) { try await task.value }
      #expect(exists(file.path))
    }

    @Test func whatAChildLeavesRunsOn() async throws {
      var settings = shell("sleep 1000 & echo done")
      settings.mark = mark("left")
      settings.drainMs = 20
      let outcome = try await Child.run(settings)
      #expect(outcome.ending == .exited(0))
      #expect(outcome.stdout.text == "done\n")
      #expect(ProcessTree.members(marked: mark("left")).count == 1)
      #expect(await ProcessTree.kill(marked: mark("left"), graceMs: 1000).isEmpty)
      #expect(ProcessTree.members(marked: mark("left")).isEmpty)
    }

    /// What is left behind is adopted, and buried when it ends.
    @Test func noZombiesStay() async {
      await #expect(processExitsWith: .success) {
        let gate = TemporaryFile()
        let end = shell("(while [ -e \(gate.path) ]; do sleep 0.01; done) > /dev/null 2>&1 &")
        _ = try await Child.run(end)
        #expect(hasChildren())
        unlink(gate.path)
        await until {
          Reactor.spawner.submit { Adoption.reap() }
          return !hasChildren()
        }
      }
    }

    @Test func outputAfterTheEndIsWaitedFor() async throws {
      let gate = TemporaryFile()
      let transcript = Transcript()
      var settings = shell(
        "(while [ -e \(gate.path) ]; do sleep 0.01; done; echo late) & echo first")
      settings.drainMs = 60_000
      settings.onOutput = transcript.add
      let child = try await Child.start(settings)
      await transcript.waitFor("first")
      unlink(gate.path)
      #expect(await child.wait().stdout.text == "first\nlate\n")
    }

    /// A process that lives for a moment only, and then in its child.
    @Test func walkingProcessIsCaught() async throws {
      let transcript = Transcript()
      var settings = shell("f() { f & }; f; echo ready; sleep 1000")
      settings.mark = mark("walking")
      settings.onOutput = transcript.add
      let child = try await Child.start(settings)
      await transcript.waitFor("ready")
      child.stop(graceMs: 0)
      _ = await child.wait()
      #expect(ProcessTree.members(marked: mark("walking")).isEmpty)
    }

    @Test func supervisedChildTakesSignals() async throws {
      let transcript = Transcript()
      var settings = shell(
        "trap 'echo hup' HUP; trap 'echo int; exit 0' INT; echo ready; while :; do sleep 0.01; done"
      )
      settings.onOutput = transcript.add
      let child = try await Child.start(settings)
      await transcript.waitFor("ready\n")
      child.signal(ProcessSignal.hangUp)
      await transcript.waitFor("hup\n")
      child.signal(ProcessSignal.interrupt)
      async let one = child.wait()
      async let other = child.wait()
      let outcomes = await [one, other, child.wait()]
      #expect(outcomes.allSatisfy { $0.ending == .exited(0) && $0.stopped == nil })
      #expect(outcomes[0].stdout.text == "ready\nhup\nint\n")
      #expect(outcomes[0].usage.memoryBytesMax > 0)
      child.signal(ProcessSignal.kill)  // late ones are harmless
      child.stop()
      #expect(await child.wait() == outcomes[0])
    }

    @Test func atMostSoManyChildren() async {
      await #expect(processExitsWith: .success) {
        let first = try await start(shell("sleep 1000"), childrenMax: 1).get()
        let second = await start(shell("true"), childrenMax: 1)
        #expect(throws: ProcessError.tooMany(max: 1)) { try second.get() }
        first.stop(graceMs: 0)
        _ = await first.wait()
        #expect(await (try start(shell("true"), childrenMax: 1).get()).wait().code == 0)
      }
    }
  }

  /// Trees that belong to another user. In processes of their own, which change their user.
  @Suite(.enabled(if: isRoot)) struct ForeignTreeTests {
    @Test func killCommandSignalsWhatWeMayNot() async {
      await #expect(processExitsWith: .success) {
        let asked = TemporaryFile("", mode: 0o666)
        let transcript = Transcript()
        var settings = shell(
          "trap '' TERM; echo ready; while [ ! -s \(asked.path) ]; do sleep 0.01; done")
        settings.onOutput = transcript.add
        settings.mark = mark("foreign")
        settings.user = stranger
        settings.graceMs = 3_600_000
        settings.killCommand = KillCommand(
          "/bin/sh", ["-c", "cat >> \(asked.path); echo \"$@\" >> \(asked.path)", "kill"],
          input: Array("password ".utf8))
        let child = try await Child.start(settings)
        await transcript.waitFor("ready")
        try becomeNobody()
        #expect(ProcessTree.members(marked: mark("foreign")).contains(child.pid))
        child.stop()
        let outcome = await child.wait()
        becomeRoot()
        #expect(outcome.ending == .exited(0))
        let told = try await Child.run(ProcessSettings("/bin/cat", [asked.path])).stdout.text
        #expect(told.hasPrefix("password -TERM -- "))
        #expect(told.contains(String(child.pid)))
      }
    }

    @Test func whatCannotBeKilledIsNamed() async {
      await #expect(processExitsWith: .success) {
        var settings = shell("sleep 1000")
        settings.mark = mark("survivor")
        settings.user = stranger
        let child = try await Child.start(settings)
        try becomeNobody()
        let survivors = await withCheckedContinuation { continuation in
          Reactor.spawner.submit {
            TreeKill(mark: Mark(mark("survivor")), graceMs: 0, killMs: 30)
              .begin { continuation.resume(returning: $0) }
          }
        }
        becomeRoot()
        #expect(survivors.contains(child.pid))
        child.stop(graceMs: 0)
        #expect(await child.wait().survivors.isEmpty)
      }
    }
  }
}

private let stranger = ProcessUser(userID: 65_001, groupID: 65_001)
private func becomeNobody() throws { try #require(seteuid(65_534) == 0) }
private func becomeRoot() { seteuid(0) }

private func start(
  _ settings: ProcessSettings, childrenMax: Int
) async -> Result<Child, ProcessError> {
  await withCheckedContinuation { continuation in
    Child.start(settings, on: .shared, childrenMax: childrenMax) {
      continuation.resume(returning: $0)
    }
  }
}
