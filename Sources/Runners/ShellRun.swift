import Automation
import Glibc
import JSON
import Processes

/// Why an action's parameters cannot be used; the text is for people.
struct ParameterError: Error {
  let text: String

  init(_ text: String) { self.text = text }
}

/// What the two shell runners have in common: the parameters, the limits, the result's form.
///
/// A time limit and cancelling the task end every process that was started. Output beyond
/// `outputBytesMax` of a stream is left out of the result, which then ends with a line that says so
/// and has `truncated: true`. Processes that a command leaves behind on purpose live on.
struct ShellRun {
  static let timeoutSecondsDefault = 60.0
  /// Between the friendly signal and the other one.
  static let graceMs = 2000

  let sudo: Sudo?
  let shell: String
  let keywordOperator: String
  private let job: Job
  private let environment: [String: String]
  private let folder: String?
  /// As it was given, for the text of the error; nil for no limit.
  private let timeout: JSONValue?
  private let timeLimitMs: Int?

  init(_ job: Job) throws(ParameterError) {
    self.job = job
    let parameters = job.runnerParameters
    let wantsSudo = parameters["sudo"]?.boolValue ?? false
    // Root needs no sudo, which a container may not even have.
    sudo =
      wantsSudo && geteuid() != 0 ? Sudo(password: parameters["sudo_password"]?.stringValue) : nil
    shell = wantsSudo ? "bash" : "/bin/sh"
    keywordOperator = parameters["kwarg_op"]?.stringValue ?? "--"
    folder = parameters["cwd"]?.stringValue
    environment = try Self.environment(job)
    (timeout, timeLimitMs) = try Self.timeLimit(parameters["timeout"])
  }

  /// The engine's own environment without its settings, then `env`, then what every action gets.
  private static func environment(_ job: Job) throws(ParameterError) -> [String: String] {
    var environment: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee.map({ String(cString: $0) }) {
      let name = text.prefix { $0 != "=" }
      if !name.hasPrefix("PETREL_") {
        environment[String(name)] = String(text.dropFirst(name.count + 1))
      }
      entry = entry.advanced(by: 1)
    }
    switch job.runnerParameters["env"] ?? .null {
    case .null: break
    case .object(let members):
      for (name, value) in members { environment[name] = PythonText.string(value) }
    case let other:
      throw ParameterError("Parameter env must be an object, found \(other.kindName).")
    }
    return environment.merging(job.environment) { $1 }
  }

  private static func timeLimit(
    _ value: JSONValue?
  ) throws(ParameterError) -> (JSONValue?, Int?) {
    if value?.isNull == true { return (nil, nil) }
    let value = value ?? .int(Int(timeoutSecondsDefault))
    guard let seconds = value.doubleValue, seconds >= 0, seconds <= 1e9 else {
      throw ParameterError(
        "Parameter timeout must be a number of seconds, 0 to 1000000000, found \(value.text()).")
    }
    return (value, Int(seconds * 1000))
  }

  func callAsFunction(
    _ command: ShellCommand, _ output: any OutputSink
  ) async -> WorkerReport.Outcome {
    var settings = ProcessSettings(command.program, command.arguments)
    settings.environment = environment.merging(command.environment) { $1 }
    settings.directory = folder
    settings.input = command.input.isEmpty ? .nothing : .bytes(command.input)
    settings.outputBytesMax = job.outputBytesMax
    settings.onOutput = { stream, bytes in
      output.write(stream == .stdout ? .stdout : .stderr, bytes)
    }
    settings.timeLimitMs = timeLimitMs
    settings.graceMs = Self.graceMs
    settings.mark = job.executionID
    settings.killCommand = sudo?.killCommand
    do throws(ProcessError) {
      return outcome(of: try await Child.run(settings))
    } catch .cancelled {
      return WorkerReport.Outcome(status: .canceled, result: ["error": "Action was canceled."])
    } catch {
      return .failed("The command could not be started: \(error)")
    }
  }

  private func outcome(of process: ProcessOutcome) -> WorkerReport.Outcome {
    var code = process.code ?? -Int(SIGKILL)
    var errors: [String] = []
    if process.stopped == .timeLimit {
      code = -Int(SIGKILL)
      errors.append("Action failed to complete in \(timeout?.text() ?? "") seconds")
    }
    if process.stopped == .cancelled { errors.append("Action was canceled.") }
    if let refusal = sudoRefusal(process.stderr.text) {
      code = -1
      errors.append(refusal)
    }
    if !process.survivors.isEmpty {
      let pids = process.survivors.map(String.init).joined(separator: ", ")
      errors.append("These processes could not be killed: \(pids)")
    }
    let status: ExecutionStatus =
      process.stopped == .cancelled
      ? .canceled : process.ending == .lost && process.stopped == nil ? .failed : Self.status(code)
    return WorkerReport.Outcome(status: status, result: result(of: process, code, errors))
  }

  /// StackStorm's meaning of exit codes, its reading of signals included.
  private static func status(_ code: Int) -> ExecutionStatus {
    switch code {
    case 0: .succeeded
    case -Int(SIGKILL): .timeout
    case -Int(SIGTERM): .abandoned
    default: .failed
    }
  }

  private func sudoRefusal(_ stderr: String) -> String? {
    guard sudo?.password != nil, stderr.contains(" incorrect password attempt") else { return nil }
    let user =
      stderr.firstRange(of: "[sudo] password for ")
      .map { stderr[$0.upperBound...].prefix { $0 != ":" && $0 != "\n" } } ?? "unknown"
    return "Invalid sudo password provided or sudo is not configured for this user (\(user))"
  }

  private func result(
    of process: ProcessOutcome, _ code: Int, _ errors: [String]
  ) -> JSONValue {
    var result: JSONObject = [
      "failed": .bool(code != 0), "succeeded": .bool(code == 0), "return_code": .int(code),
      "stdout": Self.value(of: process.stdout), "stderr": Self.value(of: process.stderr),
    ]
    if !errors.isEmpty { result["error"] = .string(errors.joined(separator: "; ")) }
    if process.stdout.droppedBytes + process.stderr.droppedBytes > 0 { result["truncated"] = true }
    return .object(result)
  }

  /// The text without its last line end; the value that it is JSON of, if it is.
  private static func value(of output: CapturedOutput) -> JSONValue {
    var text = output.text
    if output.droppedBytes > 0 {
      return .string(text + "\n[cut here: \(output.droppedBytes) more bytes]")
    }
    if text.utf8.last == UInt8(ascii: "\n") {
      text = String(decoding: text.utf8.dropLast(), as: UTF8.self)
    }
    if text.utf8.last == UInt8(ascii: "\r") {
      text = String(decoding: text.utf8.dropLast(), as: UTF8.self)
    }
    return (try? JSONValue(parsing: text)) ?? .string(text)
  }
}
