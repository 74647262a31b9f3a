import Calendar
import JSON
import Streams

/// The life of executions: begun by one request, handed out attempt by attempt, ended once.
struct ExecutionsOpinion {
  /// A worker that gave a sign so many seconds before an execution was taken from it, lives.
  private static let signSeconds: Range<Int64> = 1..<14

  private struct Open {
    var status = "requested"
    var worker: JSONValue = .null
    var incarnation: JSONValue = .null
    var attempt = 0
    var mayRepeat = false
    /// Attempts that a worker said it starts.
    var begun: Set<Int> = []
    /// How attempts ended, as workers said.
    var reported: [Int: Set<String>] = [:]
  }

  private var open: [String: Open] = [:]
  /// By worker its last sign of life.
  private var signs: [JSONValue: (incarnation: JSONValue, time: Instant)] = [:]
  /// Fired decisions of this commit, by id, with action and parameters.
  private var expected: [String: JSONValue] = [:]
  /// Attempts handed out in this commit, without their work, and the reverse.
  private var scheduled: Set<String> = []
  private var works: Set<String> = []

  mutating func expect(_ decision: VerifiedRecord) { expected[decision.id] = decision.data }

  // MARK: - What workers say

  mutating func takeReport(_ record: VerifiedRecord, _ violations: inout [Violation]) {
    guard let id = record.data["execution"]?.stringValue,
      let attempt = record.data["attempt"]?.intValue, open[id] != nil
    else { return }
    switch record.type {
    case "petrel.WorkStarted":
      if !open[id]!.begun.insert(attempt).inserted {
        violations.append(Violation(.executions, at: id, "attempt \(attempt) was started twice"))
      }
      if attempt > open[id]!.attempt {
        violations.append(
          Violation(.executions, at: id, "attempt \(attempt) was started, not handed out"))
      }
    case "petrel.WorkFinished":
      open[id]!.reported[attempt, default: []].insert(record.data["status"]?.stringValue ?? "")
    default: return
    }
  }

  mutating func takeSign(_ record: VerifiedRecord) {
    signs[record.data["worker"] ?? .null] = (record.data["incarnation"] ?? .null, record.time)
  }

  /// Whether a worker from which the engine takes an execution at a tick gives signs of life.
  private func lives(_ execution: Open, _ record: VerifiedRecord) -> Bool {
    guard record.root?.topicNumber == 4, execution.status != "requested",
      let sign = signs[execution.worker], sign.incarnation == execution.incarnation
    else { return false }
    return Self.signSeconds.contains(record.time.seconds - sign.time.seconds)
  }

  // MARK: - What the engine says

  mutating func takeWork(_ record: VerifiedRecord, _ violations: inout [Violation]) {
    let key = Self.key(record.data)
    if !works.insert(key).inserted {
      violations.append(Violation(.executions, at: key, "handed to the workers twice"))
    }
  }

  mutating func take(
    _ record: VerifiedRecord, repeatable: Set<String>, _ violations: inout [Violation]
  ) {
    func report(_ found: String) {
      violations.append(Violation(.executions, at: record.id, "\(record.type): \(found)"))
    }
    if record.type == "petrel.WorkerSuspected" { return }
    if record.type == "petrel.ExecutionRequested" {
      if open.updateValue(Open(), forKey: record.id) != nil { report("requested twice") }
      if let found = request(record) { report(found) }
      return
    }
    let id = record.data["execution"]?.stringValue ?? ""
    guard var execution = open[id] else {
      if record.type != "petrel.ExecutionResultLate" { report("of \(id), which is not open") }
      return
    }
    let attempt = record.data["attempt"]?.intValue ?? 0
    switch record.type {
    case "petrel.ExecutionScheduled":
      let isAgain = execution.status == "running"
      if isAgain, lives(execution, record) { report("again, while its worker lives") }
      if isAgain, !execution.mayRepeat { report("again, of an action that must not be repeated") }
      if !isAgain, execution.status != "requested", execution.status != "delayed" {
        report("while it was \(execution.status)")
      }
      if attempt != execution.attempt + 1 {
        report("attempt \(attempt) after \(execution.attempt)")
      }
      execution.attempt = attempt
      execution.status = "scheduled"
      execution.mayRepeat = record.data["may_repeat"]?.boolValue ?? false
      scheduled.insert(Self.key(record.data))
    case "petrel.ExecutionDelayed":
      if execution.status != "requested" { report("while it was \(execution.status)") }
      execution.status = "delayed"
    case "petrel.ExecutionStarted":
      if execution.status != "scheduled" { report("while it was \(execution.status)") }
      if attempt != execution.attempt || !execution.begun.contains(attempt) {
        report("attempt \(attempt), which no worker has begun")
      }
      execution.status = "running"
      execution.worker = record.data["worker"] ?? .null
      execution.incarnation = record.data["incarnation"] ?? .null
    case "petrel.ExecutionCancelAsked":
      if execution.status != "running" { report("while it was \(execution.status)") }
      execution.status = "canceling"
    case "petrel.ExecutionEnded":
      if let found = end(record, execution) { report(found) }
      open[id] = nil
      return
    case "petrel.ExecutionResultLate": break
    default: report("unknown fact")
    }
    open[id] = execution
  }

  private mutating func request(_ record: VerifiedRecord) -> String? {
    guard let decision = record.data["decision"]?.stringValue else {
      return record.root?.topicNumber == 1 ? nil : "neither a decision nor a command asked for it"
    }
    guard let asked = expected.removeValue(forKey: decision) else {
      return "the decision \(decision) did not ask for it"
    }
    if asked["action"] != record.data["action"] { return "another action than decided" }
    let none = JSONValue.object([:])
    if asked["parameters"] ?? none != record.data["parameters"] ?? none {
      return "other parameters than decided"
    }
    return nil
  }

  private func end(_ record: VerifiedRecord, _ execution: Open) -> String? {
    let status = record.data["status"]?.stringValue ?? ""
    switch (status, execution.status) {
    case ("succeeded", "running"), ("timeout", "running"), ("succeeded", "canceling"),
      ("timeout", "canceling"):
      let said = execution.reported[execution.attempt] ?? []
      return said.contains(status) ? nil : "no worker has said so"
    case ("failed", _), ("canceled", _): return nil
    case ("abandoned", "running"), ("abandoned", "canceling"):
      return lives(execution, record) ? "abandoned while its worker lives" : nil
    default: return "\(status) after \(execution.status)"
    }
  }

  /// At the end of a commit every fired decision has its request, every attempt its work.
  mutating func closeCommit(_ violations: inout [Violation]) {
    for decision in expected.keys.sorted() {
      violations.append(Violation(.executions, at: decision, "fired, and nothing was asked for"))
    }
    for key in scheduled.symmetricDifference(works).sorted() {
      violations.append(
        Violation(.executions, at: key, "scheduled without work, or work without being scheduled"))
    }
    expected = [:]
    scheduled = []
    works = []
  }

  var openViolations: [Violation] {
    open.sorted { $0.key < $1.key }.map {
      Violation(.liveness, at: $0.key, "this execution is \($0.value.status) and never ended")
    }
  }

  private static func key(_ data: JSONValue) -> String {
    "\(data["execution"]?.stringValue ?? "") attempt \(data["attempt"]?.intValue ?? 0)"
  }
}
