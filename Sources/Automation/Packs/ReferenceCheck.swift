import JSON
import YAML

/// What can only be seen when all files of a pack are read: names given twice, and references to
/// content that is not there.
struct ReferenceCheck {
  private let content: PackContent
  private let actionRefs: Set<String>
  private let triggerTypes: [String: TriggerTypeDefinition]
  private let packs: Set<String>
  /// By file and by what its reader remembered.
  private let places: [String: [String: YAMLPlace]]

  init(
    _ content: PackContent, beside others: [PackContent], places: [String: [String: YAMLPlace]]
  ) {
    self.content = content
    self.places = places
    let all = others.filter { $0.pack.ref != content.pack.ref } + [content]
    actionRefs = Set(all.flatMap { $0.actions.map(\.ref) })
    triggerTypes = Dictionary(all.flatMap(\.triggerTypes).map { ($0.ref, $0) }) { first, _ in first
    }
    packs = Set(all.map(\.pack.ref))
  }

  func diagnostics() -> [Diagnostic] {
    let documents = Dictionary(grouping: content.documents, by: \.kind)
    let actions = content.actions.map { Named(ref: $0.ref, file: $0.metadataFile) }
    let rules = content.rules.map { Named(ref: $0.ref, file: $0.metadataFile) }
    let types = content.triggerTypes.map {
      Named(ref: $0.ref, file: $0.metadataFile, subject: "trigger type \($0.ref)")
    }
    return repeated(actions, "action") + repeated(types, "trigger type") + repeated(rules, "rule")
      + PackDocument.Kind.allCases.flatMap { kind in
        repeated(
          (documents[kind] ?? []).map { Named(ref: $0.ref, file: $0.file) }, kind.rawValue)
      } + content.rules.flatMap(diagnostics(of:))
  }

  private struct Named {
    let ref: String
    let file: String
    var subject = "name"
  }

  private func repeated(_ items: [Named], _ kind: String) -> [Diagnostic] {
    var files: [String: String] = [:]
    return items.compactMap { item in
      guard let first = files[item.ref] else {
        files[item.ref] = item.file
        return nil
      }
      return diagnostic(
        .error, item.file, item.subject, "the \(kind) '\(item.ref)' is defined in \(first), too")
    }
  }

  private func diagnostics(of rule: RuleDefinition) -> [Diagnostic] {
    var found: [Diagnostic] = []
    let (action, trigger) = (rule.action.ref, rule.trigger.type)
    if isKnown(action), !actionRefs.contains(action) {
      found.append(
        diagnostic(
          .warning, rule.metadataFile, "action",
          "there is no action '\(action)'; the rule can only fail",
          hint: Spelling.hint(forReference: action, in: actionRefs)))
    }
    if let type = triggerTypes[trigger] {
      found += parameterDiagnostics(of: rule, type)
    } else if isKnown(trigger) {
      found.append(
        diagnostic(
          .error, rule.metadataFile, "trigger", "there is no trigger type '\(trigger)'",
          hint: Spelling.hint(forReference: trigger, in: triggerTypes.keys)))
    }
    return found
  }

  /// Whether all content of the pack is at hand.
  private func isKnown(_ text: String) -> Bool {
    Reference(text).map { packs.contains($0.pack) } ?? false
  }

  /// Names only: values are the schema's matter when the rule is registered.
  private func parameterDiagnostics(
    of rule: RuleDefinition, _ type: TriggerTypeDefinition
  ) -> [Diagnostic] {
    let properties = type.parametersSchema["properties"]?.objectValue ?? [:]
    let given = rule.trigger.parameters
    let missing = properties.filter { property in
      property.value["required"] == true && property.value["default"] == nil
        && given[property.key] == nil
    }.map { property in
      diagnostic(
        .error, rule.metadataFile, "trigger",
        "the trigger type '\(type.ref)' needs the parameter '\(property.key)'")
    }
    guard type.parametersSchema["additionalProperties"] == false else { return missing }
    let unknown = given.keys.filter { properties[$0] == nil }.map { name in
      diagnostic(
        .error, rule.metadataFile, "trigger parameter \(name)",
        "the trigger type '\(type.ref)' has no parameter '\(name)'",
        hint: Spelling.hint(for: name, in: properties.keys))
    }
    return missing + unknown
  }

  private func diagnostic(
    _ severity: Diagnostic.Severity, _ file: String, _ subject: String, _ message: String,
    hint: String? = nil
  ) -> Diagnostic {
    let place = places[file]?[subject].map { ($0.line, $0.column) } ?? (1, 1)
    return Diagnostic(severity, in: file, at: place, message, hint: hint)
  }
}
