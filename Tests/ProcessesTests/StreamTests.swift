import Glibc
import Processes
import TestSupport
import Testing

extension ProcessesTests {
  /// What goes in and what comes out.
  @Suite struct StreamTests {
    @Test func bothStreamsAreKeptApart() async throws {
      let outcome = try await Child.run(shell("echo out; echo err >&2; printf 'a\\377b'"))
      #expect(outcome.stdout.bytes == Array("out\na".utf8) + [0xff] + Array("b".utf8))
      #expect(outcome.stdout.text == "out\na\u{FFFD}b")
      #expect(outcome.stderr.text == "err\n")
    }

    @Test func inputOfAnySizeComesBack() async throws {
      for size in [0, 1, 65_536, 3_000_000] {
        var settings = ProcessSettings("/bin/cat")
        settings.input = .bytes((0..<size).map { UInt8(truncatingIfNeeded: $0) })
        let outcome = try await Child.run(settings)
        guard case .bytes(let given) = settings.input else { return }
        #expect(outcome.stdout.bytes == given)
        #expect(outcome.stdout.droppedBytes == 0)
      }
    }

    @Test func inputThatNobodyReadsIsNoError() async throws {
      var settings = ProcessSettings("/bin/true")
      settings.input = .bytes([UInt8](repeating: 0, count: 1_000_000))
      #expect(try await Child.run(settings).code == 0)
    }

    @Test func withoutInputThereIsTheEnd() async throws {
      let outcome = try await Child.run(ProcessSettings("/bin/cat"))
      #expect(outcome.code == 0)
      #expect(outcome.stdout.bytes.isEmpty)
    }

    @Test func descriptorsAreUsedAndStayOpen() async throws {
      let source = TemporaryFile("from a file")
      let target = TemporaryFile()
      let reading = open(source.path, O_RDONLY | O_CLOEXEC)
      let writing = open(target.path, O_WRONLY | O_CLOEXEC)
      defer {
        close(reading)
        close(writing)
      }
      var settings = shell("cat; echo lost >&2")
      settings.input = .descriptor(reading)
      settings.stdout = .descriptor(writing)
      settings.stderr = .nothing
      #expect(try await Child.run(settings).stderr.bytes.isEmpty)
      #expect(
        try await Child.run(ProcessSettings("/bin/cat", [target.path])).stdout.text
          == "from a file")
      #expect(fcntl(reading, F_GETFD) >= 0)
      #expect(fcntl(writing, F_GETFD) >= 0)
    }

    @Test(arguments: [(9, 0), (10, 0), (11, 1), (200_000, 199_990)])
    func outputOverTheLimitIsCounted(_ written: Int, _ dropped: Int) async throws {
      var settings = shell("head -c \(written) /dev/zero; echo end >&2")
      settings.outputBytesMax = 10
      let outcome = try await Child.run(settings)
      #expect(outcome.stdout.bytes.count == written - dropped)
      #expect(outcome.stdout.droppedBytes == dropped)
      #expect(outcome.stderr.text == "end\n", "it ran on")
      #expect(outcome.stopped == nil)
    }

    @Test func outputOverTheLimitCanStopTheChild() async throws {
      var settings = ProcessSettings("yes", environment: ["PATH": "/usr/bin:/bin"])
      settings.outputBytesMax = 1000
      settings.stopsOnOutputLimit = true
      let outcome = try await Child.run(settings)
      #expect(outcome.stopped == .outputLimit)
      #expect(outcome.stdout.bytes.count == 1000)
      #expect(outcome.stdout.droppedBytes > 0)
    }

    @Test func exactlyTheLimitDoesNotStopTheChild() async throws {
      var settings = shell("head -c 1000 /dev/zero")
      settings.outputBytesMax = 1000
      settings.stopsOnOutputLimit = true
      #expect(try await Child.run(settings).stopped == nil)
    }

    @Test func outputIsGivenAsItComes() async throws {
      let transcript = Transcript()
      let gate = TemporaryFile()
      var settings = shell(
        "echo one; while [ -e \(gate.path) ]; do sleep 0.01; done; echo two; echo err >&2")
      settings.onOutput = transcript.add
      settings.stderr = .streamed
      let child = try await Child.start(settings)
      await transcript.waitFor("one\n")
      unlink(gate.path)
      let outcome = await child.wait()
      #expect(transcript.text() == "one\ntwo\n")
      #expect(transcript.text(.stderr) == "err\n")
      #expect(outcome.stdout.text == "one\ntwo\n")
      #expect(outcome.stderr.bytes.isEmpty, "streamed output is not kept")
    }

    @Test func streamedOutputIsLimitedToo() async throws {
      let transcript = Transcript()
      var settings = shell("echo 1234567890")
      settings.stdout = .streamed
      settings.outputBytesMax = 4
      settings.onOutput = transcript.add
      let outcome = try await Child.run(settings)
      #expect(transcript.text() == "1234")
      #expect(outcome.stdout.droppedBytes == 7)
    }
  }
}
