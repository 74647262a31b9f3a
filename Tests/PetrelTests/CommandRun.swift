import Arguments
import Calendar
import Glibc
import JSON
import Threads

@testable import petrel

/// One command line, run in the test's process, with what it printed.
struct CommandRun: Sendable {
  let code: Int32
  let output: String
  let errors: String

  var lines: [String] { output.split(separator: "\n").map(String.init) }

  static let now = Instant(iso8601: "2026-11-25T12:00:00Z")!

  static func of(
    _ words: String..., columns: Int? = nil, hooks: Hooks = .refusing
  ) async -> CommandRun {
    await of(words: words, columns: columns, hooks: hooks)
  }

  /// - Parameter columns: of a terminal; nil: output goes to a file.
  static func of(
    words: [String], columns: Int? = nil, hooks: Hooks = .refusing
  ) async -> CommandRun {
    let (output, errors) = (Locked<[UInt8]>([]), Locked<[UInt8]>([]))
    func channel(_ bytes: Locked<[UInt8]>) -> Channel {
      Channel(columnsMax: columns) { piece in
        bytes.withLock { $0 += piece }
      }
    }
    let surroundings = Surroundings(
      output: channel(output), errors: channel(errors), variables: [:], hostName: "host1",
      now: { now })
    let console = Command.Console(
      output: { text in output.withLock { $0 += Array(text.utf8) } },
      error: { text in errors.withLock { $0 += Array(text.utf8) } })
    let code = await Program(surroundings, hooks).command().main(words, console: console)
    return CommandRun(
      code: code, output: String(decoding: output.withLock { $0 }, as: UTF8.self),
      errors: String(decoding: errors.withLock { $0 }, as: UTF8.self))
  }
}

extension Hooks {
  struct Refused: Error {}

  static let refusing = Hooks(
    readOffline: nil, packFiles: { _ in throw Refused() }, packCheck: { _ in throw Refused() })
}

/// A folder that is there as long as the test runs.
func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
  var template = Array("/tmp/petrel-XXXXXX".utf8CString)
  let path = template.withUnsafeMutableBufferPointer { buffer in
    mkdtemp(buffer.baseAddress!).map { String(cString: $0) }
  }
  guard let path else { throw Hooks.Refused() }
  defer {
    for name in ["petrel.sock", "petrel.yaml", "events.ndjson"] { unlink("\(path)/\(name)") }
    rmdir(path)
  }
  return try await body(path)
}

func write(_ text: String, to path: String) {
  let file = fopen(path, "w")
  fputs(text, file)
  fclose(file)
}
