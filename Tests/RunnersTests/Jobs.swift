public import Automation
import Glibc
import JSON
import Streams
public import TestSupport
import Testing

/// A job as a worker makes it, with an execution id of its own.
func job(
  _ runnerParameters: JSONObject = [:], action: JSONObject = [:],
  positional: [PositionalParameter] = [], script: (folder: String, file: String)? = nil,
  secretNames: Set<String> = [], outputBytesMax: Int = 10 << 20
) throws -> Job {
  let work = work(
    randomID(), runner: "test",
    [
      "entry_point": .string(script?.file ?? ""),
      "runner_parameters": .object(runnerParameters), "action_parameters": .object(action),
      "positional": .array(
        positional.map {
          ["name": .string($0.name), "type": $0.type.map { .string($0) } ?? .null]
        }),
    ])
  let document = try JSONDocument(parsing: work.text())
  return Job(
    try Work(type: "petrel.WorkScheduled", data: document.root), packFolder: script?.folder,
    runnerParameters: runnerParameters, actionParameters: action, secretNames: secretNames,
    environment: ["ST2_ACTION_PACK_NAME": "demo"], outputBytesMax: outputBytesMax)
}

func randomID() -> String {
  let digits = "0123456789abcdef"
  return String((0..<24).map { _ in digits.randomElement() ?? "0" })
}

/// Work as the engine schedules it; `more` has what differs.
func work(_ id: String, runner: String, _ more: JSONObject = [:]) -> JSONValue {
  var work: JSONObject = [
    "execution": .string(id), "attempt": 1, "action": "demo.say.twice",
    "runner": .string(runner), "entry_point": "", "pack_digest": "", "runner_parameters": [:],
    "action_parameters": [:], "positional": [], "user": "ann", "context": [:],
  ]
  for (name, value) in more { work[name] = value }
  return .object(work)
}

/// Keeps what an action writes.
typealias Transcript = TestSupport.Transcript<OutputStream>

extension TestSupport.Transcript<OutputStream>: OutputSink {
  public func write(_ stream: OutputStream, _ bytes: [UInt8]) { add(stream, bytes) }

  /// What came on the standard output.
  func text() -> String { text(.stdout) }

  func waitFor(_ text: String) async { await until { self.text().contains(text) } }
}

/// A pack's folder with one script in it; gone with the test.
final class ScriptFolder {
  private let folder = TemporaryFolder()
  private let name: String

  init(_ text: String, mode: mode_t = 0o644, file: String = "script") {
    name = file
    folder.write(text, to: "actions/\(file)", mode: mode)
  }

  var path: String { folder.path }
  var script: (folder: String, file: String) { (path, name) }
  var scriptPath: String { "\(path)/actions/\(name)" }
}

func isInstalled(_ program: String) -> Bool {
  ["/usr/bin/", "/bin/", "/usr/local/bin/"].contains { access($0 + program, X_OK) == 0 }
}
