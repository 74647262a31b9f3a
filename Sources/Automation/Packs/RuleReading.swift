import JSON
import YAML

/// Reads a rule's file.
struct RuleReading {
  let pack: Pack
  private static let keys = [
    "name", "pack", "description", "type", "trigger", "criteria", "action", "enabled", "tags",
    "context", "ref", "uid", "id", "metadata_file",
  ]

  /// Nil, reported, where the rule lacks its name, trigger or action, or a criterion is wrong.
  func read(_ node: YAMLNode, in file: inout MetadataFile) -> RuleDefinition? {
    guard let fields = Fields(node, of: "a rule", keys: Self.keys, in: &file) else { return nil }
    let name = fields.requiredText("name", in: &file)
    fields.checkPack(is: pack.ref, in: &file)
    let description = fields.text("description", in: &file)
    let enabled = fields.flag("enabled", in: &file)
    if enabled == nil, fields["enabled"] == nil {
      file.warning(
        fields.node.place, "the rule does not say whether it is enabled, so it is off",
        hint: "write 'enabled: true' or 'enabled: false'")
    }
    let (kind, kindParameters) = kind(fields, in: &file)
    let trigger = trigger(fields, in: &file)
    let criteria = CriteriaReading().read(fields, in: &file)
    let action = action(fields, in: &file)
    let tags = fields.tags(in: &file)
    let context = fields.object("context", in: &file)
    file.remember("name", fields.place(of: "name"))
    guard let name, let kind, let trigger, let criteria, let action else { return nil }
    return RuleDefinition(
      name: name, pack: pack.ref, description: description, enabled: enabled ?? false, kind: kind,
      kindParameters: kindParameters, trigger: trigger, criteria: criteria, action: action,
      tags: tags, context: context, metadataFile: file.path)
  }

  private func kind(
    _ fields: Fields, in file: inout MetadataFile
  ) -> (RuleDefinition.Kind?, JSONObject) {
    guard let node = fields["type"] else { return (.standard, [:]) }
    guard
      let type = Fields(node, of: "a rule's type", keys: ["ref", "parameters"], in: &file),
      let ref = type.requiredText("ref", in: &file)
    else { return (nil, [:]) }
    let kind = RuleDefinition.Kind(rawValue: ref)
    if kind == nil {
      let names = RuleDefinition.Kind.allCases.map(\.rawValue)
      file.error(
        type["ref"]?.place ?? node.place,
        "a rule's type must be \(names.joined(separator: " or ")), found '\(ref)'",
        hint: Spelling.hint(for: ref, in: names))
    }
    return (kind, type.object("parameters", in: &file))
  }

  private func trigger(
    _ fields: Fields, in file: inout MetadataFile
  ) -> RuleDefinition.Trigger? {
    guard let node = fields.required("trigger", in: &file),
      let trigger = Fields(
        node, of: "a rule's trigger", keys: ["type", "parameters", "ref", "description"], in: &file)
    else { return nil }
    let parameters = trigger.object("parameters", in: &file)
    guard let type = trigger.reference("type", in: &file) else { return nil }
    file.remember("trigger", trigger.place(of: "type"))
    for name in parameters.keys {
      file.remember(
        "trigger parameter \(name)", trigger["parameters"]?.place(ofKey: name) ?? node.place)
    }
    return RuleDefinition.Trigger(type: type, parameters: parameters)
  }

  private func action(_ fields: Fields, in file: inout MetadataFile) -> RuleDefinition.Action? {
    guard let node = fields.required("action", in: &file),
      let action = Fields(
        node, of: "a rule's action", keys: ["ref", "parameters", "description"], in: &file)
    else { return nil }
    let parameters = action.object("parameters", in: &file)
    guard let ref = action.reference("ref", in: &file) else { return nil }
    file.remember("action", action.place(of: "ref"))
    return RuleDefinition.Action(ref: ref, parameters: parameters)
  }
}

extension Fields {
  /// Text of the form `pack.name`; nil, reported, where it is not.
  func reference(_ key: String, in file: inout MetadataFile) -> String? {
    guard let text = requiredText(key, in: &file) else { return nil }
    if Reference(text) != nil { return text }
    file.error(
      self[key]?.place ?? node.place, "'\(key)' must be of the form pack.name, found '\(text)'")
    return nil
  }
}
