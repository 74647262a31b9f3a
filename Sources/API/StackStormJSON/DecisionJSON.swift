import Automation
import Calendar
import Connectors
import JSON

extension DecisionProjection.Row {
  /// The decision in Petrel's own form.
  var document: Document {
    var document = Document()
    document["id"] = .string(id)
    document["trigger_instance"] = .string(triggerInstanceID)
    document["rule"] = rule.map { .string($0) } ?? .null
    document["revision"] = revision.map { .int($0) } ?? .null
    document["outcome"] = .string(outcome)
    document["reason"] = reason.map { .string($0) } ?? .null
    document.set("criterion", json: criterion ?? Array("null".utf8))
    document["execution_id"] = executionID.map { .string($0) } ?? .null
    document["decided_at"] = .string(decidedAt.iso8601)
    return document
  }

  /// The outcomes that StackStorm calls an enforcement: it keeps no other.
  static let enforced: [String] = [Decision.Outcome.fired, .error].map(\.rawValue)

  /// The decision as StackStorm's rule enforcement.
  func enforcement() -> Document {
    let rule = rule ?? ""
    let name = rule.replacing(".", with: ":", maxReplacements: 1)
    var document = Document()
    document["id"] = .string(id)
    document["rule"] = [
      "id": .string(ContentID.of("rule", rule)), "ref": .string(rule),
      "uid": .string("rule:\(name)"),
    ]
    document["trigger_instance_id"] = .string(triggerInstanceID)
    document["execution_id"] = executionID.map { .string($0) }
    document["enforced_at"] = .string(decidedAt.iso8601)
    let hasFired = outcome == Decision.Outcome.fired.rawValue
    document["status"] = hasFired ? "succeeded" : "failed"
    document["failure_reason"] = hasFired ? nil : .string(failure)
    return document
  }

  private var failure: String {
    guard let criterion, let value = try? JSONValue(parsing: criterion),
      let key = value["key"]?.stringValue
    else { return reason ?? "" }
    return "\(key): \(reason ?? "it cannot be evaluated")"
  }
}
