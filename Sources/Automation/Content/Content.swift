public import JSON
import Streams

/// All content in force at one moment, compiled: actions, trigger types, and rules indexed by what
/// they listen to. Immutable, so a copy is a reference.
public final class Content: Sendable {
  struct Change {
    let kind: ContentKind
    let ref: String
    /// Nil when it was removed.
    let body: JSONValue?
    let revision: Int
  }

  /// One past the last offset of topic `content` that it holds.
  public let end: Int64
  /// Bodies of packs by reference: metadata and `digest` of the files.
  public let packs: [String: JSONValue]
  public let actions: [String: Action]
  public let triggerTypes: [String: TriggerType]
  public let rules: [String: Rule]
  /// What listens to each webhook, by its URL without slashes at the ends.
  public let hooks: [String: [Trigger]]
  private let rulesByTrigger: [String: RuleIndex]

  init() {
    end = 0
    packs = [:]
    actions = [:]
    triggerTypes = [:]
    rules = [:]
    hooks = [:]
    rulesByTrigger = [:]
  }

  private init(_ parts: ContentParts, end: Int64) {
    self.end = end
    packs = parts.packs
    actions = parts.actions
    triggerTypes = parts.triggerTypes
    rules = parts.rules
    var hooks: [String: [String: Trigger]] = [:]
    var byTrigger: [String: [Rule]] = [:]
    for rule in parts.rules.values.sorted(by: { $0.ref < $1.ref }) {
      guard let type = parts.triggerTypes[rule.definition.trigger.type] else { continue }
      let trigger = Trigger(of: type, parameters: rule.definition.trigger.parameters)
      if let hook = trigger.hook { hooks[hook, default: [:]][trigger.ref] = trigger }
      if rule.definition.enabled { byTrigger[trigger.ref, default: []].append(rule) }
    }
    self.hooks = hooks.mapValues { $0.values.sorted { $0.ref < $1.ref } }
    rulesByTrigger = byTrigger.mapValues { RuleIndex($0) }
  }

  func applying(_ changes: [Change], end: Int64) -> Content {
    var parts = ContentParts(
      packs: packs, actions: actions, triggerTypes: triggerTypes, rules: rules)
    for change in changes { parts.apply(change) }
    // The digest stands in the pack's record, which may come after the action's.
    for (ref, action) in parts.actions {
      let digest = parts.packs[action.pack]?["digest"]?.stringValue ?? ""
      if digest != action.packDigest {
        parts.actions[ref] = Action(
          ref: ref, body: action.body, revision: action.revision, packDigest: digest)
      }
    }
    return Content(parts, end: end)
  }

  /// The enabled rules that listen to a trigger.
  func index(for trigger: String) -> RuleIndex? { rulesByTrigger[trigger] }

  public func hasRules(for trigger: String) -> Bool { rulesByTrigger[trigger] != nil }
}

private struct ContentParts {
  var packs: [String: JSONValue]
  var actions: [String: Action]
  var triggerTypes: [String: TriggerType]
  var rules: [String: Rule]

  mutating func apply(_ change: Content.Change) {
    let (ref, body) = (change.ref, change.body)
    switch change.kind {
    case .pack: packs[ref] = body
    case .action:
      actions[ref] = body.map {
        Action(ref: ref, body: $0, revision: change.revision, packDigest: "")
      }
    case .triggerType:
      triggerTypes[ref] = body.map { TriggerType(ref: ref, body: $0) }
    case .rule:
      rules[ref] = body.flatMap { body in
        RuleDefinition(json: body).map { Rule($0, body: body, revision: change.revision) }
      }
    case .sensor, .alias, .policy, .config: break
    }
  }
}
