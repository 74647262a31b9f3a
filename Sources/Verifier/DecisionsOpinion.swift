import JSON

/// What the rules of one version of content make of a trigger instance.
struct DecisionsOpinion {
  private var expected: [String: (rule: RuleOpinion, outcome: RuleOpinion.Outcome)] = [:]
  /// Rules whose outcome this opinion cannot tell.
  private(set) var unjudgedCount = 0

  init(
    _ type: String, _ hook: String?, _ payload: JSONValue, _ version: ContentHistory.Version
  ) {
    let rules = version.rules.filter { _, rule in
      guard rule.isEnabled, version.triggerTypes.contains(rule.triggerType) else { return false }
      if rule.triggerType == "core.st2.webhook" { return rule.hook == hook && hook != nil }
      return rule.triggerType == type
    }
    var hasFired = false
    var isOpen = false
    for (ref, rule) in rules where !rule.isBackstop {
      let outcome = rule.outcome(on: payload, version)
      expected[ref] = (rule, outcome)
      switch outcome {
      case .fired: hasFired = true
      case .unknown: isOpen = true
      default: continue
      }
    }
    for (ref, rule) in rules where rule.isBackstop {
      // Whether backstops were asked depends on a rule that cannot be judged.
      let outcome = isOpen ? .unknown : rule.outcome(on: payload, version)
      if !hasFired { expected[ref] = (rule, outcome) }
    }
    unjudgedCount = expected.values.count { if case .unknown = $0.outcome { true } else { false } }
  }

  /// How the decisions differ; nil if they do not. A rule that did not match may have no decision:
  /// the index passes it over.
  func difference(to decisions: [VerifiedRecord]) -> String? {
    var made: Set<String> = []
    for decision in decisions where decision.type == "petrel.DecisionMade" {
      let ref = decision.data["rule"]?.stringValue ?? ""
      if !made.insert(ref).inserted { return "the rule \(ref) decided twice" }
      guard let (rule, outcome) = expected[ref] else {
        return "the rule \(ref) was not to be asked"
      }
      if let found = Self.difference(decision.data, rule, outcome) {
        return "rule \(ref): \(found)"
      }
    }
    for (ref, (_, outcome)) in expected.sorted(by: { $0.key < $1.key }) where !made.contains(ref) {
      switch outcome {
      case .fired: return "the rule \(ref) must have fired and has no decision"
      case .error: return "the rule \(ref) must have failed and has no decision"
      case .unmatched, .unknown: continue
      }
    }
    return nil
  }

  private static func difference(
    _ data: JSONValue, _ rule: RuleOpinion, _ outcome: RuleOpinion.Outcome
  ) -> String? {
    let found = data["outcome"]?.stringValue ?? ""
    if data["revision"]?.intValue != rule.revision {
      return
        "decided at revision \(data["revision"]?.text() ?? "none"), \(rule.revision) was in force"
    }
    switch outcome {
    case .unknown: return nil
    case .unmatched:
      return ["no_match", "missing_field", "error"].contains(found)
        ? nil : "\(found), but it does not match"
    case .error: return found == "error" ? nil : "\(found), but its action is not there"
    case .fired(let parameters):
      guard found == "fired" else {
        // Rendering can fail where this opinion does not render.
        return found == "error" && parameters == nil ? nil : "\(found), but it must fire"
      }
      if data["action"]?.stringValue != rule.action { return "asks for another action" }
      if let parameters, .object(parameters) != data["parameters"] ?? .object([:]) {
        return "asks with other parameters"
      }
      return nil
    }
  }
}
