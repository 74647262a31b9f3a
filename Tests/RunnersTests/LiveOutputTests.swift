import Automation
import JSON
import Streams
import TestSupport
import Testing

@testable import Runners

/// Live output on its way into the log.
@Suite struct LiveOutputTests {
  private let log = MemoryLog()

  private func output(_ secrets: [JSONValue] = []) throws -> LiveOutput {
    LiveOutput(log, try #require(Identifier(randomID())), Scrubber(secrets))
  }

  private func pieces() async throws -> [(stream: String, number: Int, text: String)] {
    try await log.records(.output).map { record in
      let event = try record.event()
      let written = try OutputWritten(type: "", data: try #require(event["data"]))
      return (written.stream, written.number, written.text)
    }
  }

  private func end(_ task: Task<Void, Never>) async {
    task.cancel()
    await task.value
  }

  @Test func streamsAreKeptApartAndNumberedInOrder() async throws {
    let output = try output()
    for (stream, text) in [
      (OutputStream.stdout, "a"), (.stdout, "b"), (.stderr, "c"), (.stdout, "d"),
    ] {
      output.write(stream, Array(text.utf8))
    }
    await end(Task { await output.run() })
    let pieces = try await pieces()
    #expect(pieces.map(\.text) == ["ab", "c", "d"])
    #expect(pieces.map(\.stream) == ["stdout", "stderr", "stdout"])
    #expect(pieces.map(\.number) == [0, 1, 2])
  }

  @Test func aSecretInTwoPiecesIsMasked() async throws {
    let output = try output(["open sesame"])
    let task = Task { await output.run() }
    output.write(.stdout, Array("say open se".utf8))
    try await until { try await !pieces().isEmpty }
    #expect(try await pieces().map(\.text) == ["say "])
    output.write(.stdout, Array("same!".utf8))
    try await until { try await pieces().count == 2 }
    await end(task)
    #expect(try await pieces().map(\.text) == ["say ", "********!"])
  }

  @Test func aCharacterInTwoPiecesStaysWhole() async throws {
    let output = try output()
    let task = Task { await output.run() }
    let bytes = Array("a€".utf8)
    output.write(.stdout, Array(bytes[..<3]))
    try await until { try await !pieces().isEmpty }
    output.write(.stdout, Array(bytes[3...]))
    await end(task)
    #expect(try await pieces().map(\.text) == ["a", "€"])
  }

  @Test func whatIsLeftOpenComesAtTheEnd() async throws {
    let output = try output(["open sesame"])
    output.write(.stdout, Array("open ses".utf8))
    await end(Task { await output.run() })
    #expect(try await pieces().map(\.text) == ["open ses"])
  }

  @Test func whatComesTooFastIsLeftOutAndSaidOnce() async throws {
    let output = try output()
    let most = [UInt8](repeating: 0x61, count: LiveOutput.waitingBytesMax)
    output.write(.stdout, most)
    for _ in 1...3 { output.write(.stdout, [0x62]) }
    await end(Task { await output.run() })
    let text = try await pieces().map(\.text).joined()
    #expect(
      text == String(decoding: most, as: UTF8.self)
        + "\n[live output left out: it came too fast]\n")
  }
}
