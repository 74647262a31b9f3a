import Calendar
import JSON
import Streams

/// What content was in force when.
struct ContentHistory {
  /// Content between two changes.
  struct Version {
    let since: Instant
    var rules: [String: RuleOpinion] = [:]
    var actions: Set<String> = []
    var repeatable: Set<String> = []
    var triggerTypes: Set<String> = []
  }

  private(set) var versions = [Version(since: Instant(seconds: 0))]
  private var pending: [(kind: String, ref: String, body: JSONValue?, revision: Int)] = []

  mutating func take(_ type: String, _ data: JSONValue, offset: Int64, at time: Instant) {
    switch type {
    case "petrel.ContentRecorded", "petrel.ContentRemoved":
      let body = type == "petrel.ContentRecorded" ? data["body"] : nil
      pending.append(
        (
          data["kind"]?.stringValue ?? "", data["ref"]?.stringValue ?? "", body, Int(offset)
        ))
    case "petrel.ContentChanged":
      var next = versions[versions.count - 1]
      next = Version(
        since: time, rules: next.rules, actions: next.actions, repeatable: next.repeatable,
        triggerTypes: next.triggerTypes)
      for change in pending { apply(change, to: &next) }
      pending = []
      versions.append(next)
    default: return
    }
  }

  private func apply(
    _ change: (kind: String, ref: String, body: JSONValue?, revision: Int),
    to version: inout Version
  ) {
    let ref = change.ref
    switch change.kind {
    case "rule": version.rules[ref] = change.body.map { RuleOpinion($0, change.revision) }
    case "action":
      version.actions.remove(ref)
      version.repeatable.remove(ref)
      guard let body = change.body else { return }
      version.actions.insert(ref)
      if body["idempotent"]?.boolValue ?? false { version.repeatable.insert(ref) }
    case "trigger_type":
      if change.body == nil {
        version.triggerTypes.remove(ref)
      } else {
        version.triggerTypes.insert(ref)
      }
    default: return
    }
  }

  /// Every version that a step may have seen that read an input of `start` and was committed at
  /// `end`: it reads content after its inputs, and before it decides.
  func versions(from start: Instant, to end: Instant) -> ArraySlice<Version> {
    let first = versions.lastIndex { $0.since <= start } ?? 0
    let last = versions.lastIndex { $0.since <= end } ?? 0
    return versions[first...max(first, last)]
  }
}
