import YAML

/// Reads sensors, policies, aliases, workflows and the configuration schema: names and form only.
struct DocumentReading {
  let pack: Pack
  private static let sensorKeys = [
    "class_name", "entry_point", "description", "enabled", "poll_interval", "trigger_types",
    "artifact_uri", "pack", "name", "ref", "uid", "id", "metadata_file",
  ]
  private static let policyKeys = [
    "name", "pack", "description", "enabled", "resource_ref", "policy_type", "parameters", "ref",
    "uid", "id", "metadata_file",
  ]
  private static let aliasKeys = [
    "name", "pack", "description", "enabled", "action_ref", "formats", "ack", "result", "extra",
    "immutable_parameters", "ref", "uid", "id", "metadata_file",
  ]

  /// The sensor and the trigger types that it declares.
  func sensor(
    _ node: YAMLNode, in file: inout MetadataFile
  ) -> (PackDocument?, [TriggerTypeDefinition]) {
    guard let fields = Fields(node, of: "a sensor", keys: Self.sensorKeys, in: &file) else {
      return (nil, [])
    }
    let name = fields.requiredText("class_name", in: &file)
    fields.checkPack(is: pack.ref, in: &file)
    if let entryPoint = fields.requiredText("entry_point", in: &file),
      !pack.files.contains("sensors/\(entryPoint)")
    {
      file.error(
        fields["entry_point"]?.place ?? node.place, "there is no file 'sensors/\(entryPoint)'")
    }
    _ = fields.flag("enabled", in: &file)
    let types = fields.items("trigger_types", in: &file).compactMap {
      TriggerTypeReading(pack: pack).read($0, in: &file)
    }
    return (document(.sensor, name, node, in: &file), types)
  }

  func policy(_ node: YAMLNode, in file: inout MetadataFile) -> PackDocument? {
    guard let fields = Fields(node, of: "a policy", keys: Self.policyKeys, in: &file) else {
      return nil
    }
    let name = fields.requiredText("name", in: &file)
    fields.checkPack(is: pack.ref, in: &file)
    _ = fields.reference("resource_ref", in: &file)
    _ = fields.requiredText("policy_type", in: &file)
    _ = fields.flag("enabled", in: &file)
    return document(.policy, name, node, in: &file)
  }

  func alias(_ node: YAMLNode, in file: inout MetadataFile) -> PackDocument? {
    guard let fields = Fields(node, of: "an alias", keys: Self.aliasKeys, in: &file) else {
      return nil
    }
    let name = fields.requiredText("name", in: &file)
    fields.checkPack(is: pack.ref, in: &file)
    _ = fields.reference("action_ref", in: &file)
    _ = fields.items("formats", in: &file)
    _ = fields.flag("enabled", in: &file)
    return document(.alias, name, node, in: &file)
  }

  func workflow(of action: ActionDefinition, _ node: YAMLNode, in file: inout MetadataFile)
    -> PackDocument?
  {
    guard case .mapping = node.value else {
      file.error(node.place, "expected the mapping of a workflow, found \(node.found)")
      return nil
    }
    return document(.workflow, action.name, node, in: &file)
  }

  func configSchema(_ node: YAMLNode, in file: inout MetadataFile) -> PackDocument? {
    guard case .mapping(let pairs) = node.value else {
      file.error(node.place, "expected a mapping of settings, found \(node.found)")
      return nil
    }
    for pair in pairs {
      guard case .string(let name) = pair.key.value else { continue }
      _ = SchemaReading(name: name).read(pair.value, in: &file)
    }
    return PackDocument(
      kind: .configSchema, ref: pack.ref, file: file.path, content: file.json(node))
  }

  private func document(
    _ kind: PackDocument.Kind, _ name: String?, _ node: YAMLNode, in file: inout MetadataFile
  ) -> PackDocument? {
    guard let name else { return nil }
    file.remember("name", node.place(ofKey: kind == .sensor ? "class_name" : "name") ?? node.place)
    return PackDocument(
      kind: kind, ref: "\(pack.ref).\(name)", file: file.path, content: file.json(node))
  }
}
