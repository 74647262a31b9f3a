import Automation
import JSON
import Processes
import Streams
import TestSupport
import Testing

/// What must hold whatever failed before: nothing acknowledged is lost, nothing doubled, all is
/// decided and worked off, and the view is the fold of the log.
struct Judgement {
  let petrel: RunningPetrel

  /// Waits until all is worked off, looks at log and view, and ends the server to read its files.
  /// - Returns: how many events the log holds.
  @discardableResult
  func check(_ acknowledged: Set<String>) async throws -> Int {
    let status = try await settle()
    #expect(status["dead_letters"] == 0)
    try await compareView()
    petrel.terminate()
    let end = try await petrel.end()
    #expect(end.ending == .exited(0), "\(end.stderr.text.suffix(2_000))")
    return try checkFiles(acknowledged)
  }

  /// Waits until nothing is left to do.
  @discardableResult
  func settle(withView: Bool = true) async throws -> JSONValue {
    var status = JSONValue.null
    try await until {
      guard let answer = try? await petrel.get("/api/v2/status") else { return false }
      status = answer.json
      let engine = status["engine"]?["lag"]?.objectValue?.map(\.value) ?? [.null]
      let views = withView ? status["projections"]?.arrayValue?.map { $0["lag"] ?? .null } : []
      guard engine.allSatisfy({ $0 == 0 }), status["worker"]?["lag"] == 0,
        status["worker"]?["running"] == 0, (views ?? [.null]).allSatisfy({ $0 == 0 })
      else { return false }
      return try await openExecutions().isEmpty
    }
    return status
  }

  /// Executions that the log begins and does not end.
  private func openExecutions() async throws -> [String] {
    let statuses = Self.executions(try await petrel.get("/api/v2/log/executions").lines)
    return statuses.filter { $0.value == nil }.keys.sorted()
  }

  // MARK: - The files

  func checkFiles(_ acknowledged: Set<String>) throws -> Int {
    let history = try LogHistory(data: petrel.data)
    #expect(history.violations.prefix(10) == [])
    var events: Set<String> = []
    for record in history.records(.events) {
      // What nobody can read has no id.
      let event = try? record.event()
      if let id = event?["data"]?["sender_id"]?.stringValue { events.insert(id) }
    }
    var triggers: [String: Int] = [:]
    for record in history.records(.triggers) {
      let event = try record.event()
      guard event["type"]?.stringValue == "petrel.TriggerRecorded",
        let id = event["data"]?["sender_id"]?.stringValue
      else { continue }
      triggers[id, default: 0] += 1
    }
    #expect(acknowledged.subtracting(events).sorted() == [], "acknowledged and lost")
    #expect(events.subtracting(triggers.keys).sorted() == [], "not decided")
    #expect(triggers.filter { $0.value > 1 }.keys.sorted() == [], "doubled")
    return events.count
  }

  // MARK: - The view

  /// Compares each list with what the exported topics fold to.
  func compareView() async throws {
    let triggers = try await export("triggers")
    try await compare("/triggerinstances", ["trigger"]) {
      Dictionary(
        uniqueKeysWithValues: triggers.compactMap { record in
          guard record["type"] == "petrel.TriggerRecorded" else { return nil }
          return (record["id"]?.stringValue ?? "", [record["data"]?["trigger"] ?? .null])
        })
    }
    let decisions = try await export("decisions")
    let members = ["rule", "outcome"]
    try await compare("/api/v2/decisions", ["trigger_instance"] + members) {
      Dictionary(
        uniqueKeysWithValues: decisions.map { record in
          (
            record["id"]?.stringValue ?? "",
            (["trigger"] + members).map { record["data"]?[$0] ?? .null }
          )
        })
    }
    let executions = Self.executions(try await petrel.get("/api/v2/log/executions").lines)
    try await compare("/executions", ["status"]) {
      executions.mapValues { [.string($0 ?? "open")] }
    }
  }

  private func export(_ topic: String) async throws -> [JSONValue] {
    try await petrel.get("/api/v2/log/\(topic)").lines.map { $0["record"] ?? .null }
  }

  /// By execution how it ended; nil where it has not.
  static func executions(_ lines: [JSONValue]) -> [String: String?] {
    var statuses: [String: String?] = [:]
    for record in lines.map({ $0["record"] ?? .null }) {
      switch record["type"]?.stringValue {
      case "petrel.ExecutionRequested":
        statuses[record["id"]?.stringValue ?? ""] = .some(nil)
      case "petrel.ExecutionEnded":
        statuses[record["data"]?["execution"]?.stringValue ?? ""] =
          record["data"]?["status"]?.stringValue
      default: continue
      }
    }
    return statuses
  }

  private func compare(
    _ path: String, _ members: [String], _ fold: () -> [String: [JSONValue]]
  ) async throws {
    let rows =
      try await petrel.get(
        "\(path)?limit=-1&include_attributes=\(members.joined(separator: ","))"
      ).json.arrayValue ?? []
    var shown: [String: [JSONValue]] = [:]
    for row in rows {
      let id = row["id"]?.stringValue ?? ""
      #expect(shown[id] == nil, "\(path) has \(id) twice")
      shown[id] = members.map { row[$0] ?? .null }
    }
    let folded = fold()
    let differing = Set(shown.keys).union(folded.keys).filter { shown[$0] != folded[$0] }.sorted()
    let example = differing.first.map { "\(shown[$0] ?? []) and not \(folded[$0] ?? [])" } ?? ""
    #expect(differing.isEmpty, "\(path) of \(differing.count): \(example)")
    #expect(!folded.isEmpty, "\(path): there is nothing to compare")
  }
}
