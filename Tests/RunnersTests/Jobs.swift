import Automation
import Glibc
import JSON
import Streams
import Testing
import Threads

/// A job as a worker makes it, with an execution id of its own.
func job(
  _ runnerParameters: JSONObject = [:], action: JSONObject = [:],
  positional: [PositionalParameter] = [], script: (folder: String, file: String)? = nil,
  secretNames: Set<String> = [], outputBytesMax: Int = 10 << 20
) throws -> Job {
  let digits = "0123456789abcdef"
  let id = String((0..<24).map { _ in digits.randomElement() ?? "0" })
  let work: JSONValue = [
    "execution": .string(id), "attempt": 1, "action": "demo.say.twice", "runner": "test",
    "entry_point": .string(script?.file ?? ""), "pack_digest": "",
    "runner_parameters": .object(runnerParameters), "action_parameters": .object(action),
    "positional": .array(
      positional.map { ["name": .string($0.name), "type": $0.type.map { .string($0) } ?? .null] }),
    "user": "ann", "context": [:],
  ]
  let document = try JSONDocument(parsing: work.text())
  return Job(
    try Work(type: "petrel.WorkScheduled", data: document.root), packFolder: script?.folder,
    runnerParameters: runnerParameters, actionParameters: action, secretNames: secretNames,
    environment: ["ST2_ACTION_PACK_NAME": "demo"], outputBytesMax: outputBytesMax)
}

/// Keeps what an action writes.
final class Transcript: OutputSink {
  private let pieces = Locked<[OutputStream: [UInt8]]>([:])

  func write(_ stream: OutputStream, _ bytes: [UInt8]) {
    pieces.withLock { $0[stream, default: []] += bytes }
  }

  func text(_ stream: OutputStream = .stdout) -> String {
    String(decoding: pieces.withLock { $0[stream] ?? [] }, as: UTF8.self)
  }

  func waitFor(_ text: String) async { await until { self.text().contains(text) } }
}

/// Looks again and again until the fact is there, a minute at most.
func until(_ fact: () -> Bool, sourceLocation: SourceLocation = #_sourceLocation) async {
  let end = ContinuousClock.now + .seconds(60)
  while !fact() {
    if ContinuousClock.now > end {
      Issue.record("waited for a minute in vain", sourceLocation: sourceLocation)
      return
    }
    await Task.yield()
    usleep(1000)
  }
}

/// A pack's folder with one script in it; gone with the test.
final class ScriptFolder {
  let path: String
  private let file: String

  init(_ text: String, mode: mode_t = 0o644, file: String = "script") {
    var template = Array("/tmp/runners-test-XXXXXX".utf8CString)
    mkdtemp(&template)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    self.file = "\(path)/actions/\(file)"
    mkdir("\(path)/actions", 0o755)
    let descriptor = open(self.file, O_WRONLY | O_CREAT | O_CLOEXEC, mode)
    _ = text.withCString { write(descriptor, $0, strlen($0)) }
    close(descriptor)
  }

  deinit {
    unlink(file)
    rmdir("\(path)/actions")
    rmdir(path)
  }

  var script: (folder: String, file: String) {
    (path, String(file.dropFirst("\(path)/actions/".count)))
  }
  var scriptPath: String { file }
}

func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

func isInstalled(_ program: String) -> Bool {
  ["/usr/bin/", "/bin/", "/usr/local/bin/"].contains { access($0 + program, X_OK) == 0 }
}
