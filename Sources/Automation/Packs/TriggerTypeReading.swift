import JSON
import YAML

/// Reads a trigger type, from a file of its own or from a sensor's list.
struct TriggerTypeReading {
  let pack: Pack
  private static let keys = [
    "name", "pack", "description", "payload_schema", "parameters_schema", "tags", "key", "ref",
    "uid",
    "id", "metadata_file",
  ]

  /// Nil, reported, where the trigger type has no name.
  func read(_ node: YAMLNode, in file: inout MetadataFile) -> TriggerTypeDefinition? {
    guard let fields = Fields(node, of: "a trigger type", keys: Self.keys, in: &file) else {
      return nil
    }
    let name = fields.requiredText("name", in: &file)
    file.remember("trigger type \(pack.ref).\(name ?? "")", fields.place(of: "name"))
    fields.checkPack(is: pack.ref, in: &file)
    let description = fields.text("description", in: &file)
    let payloadSchema = fields.schema("payload_schema", in: &file)
    let parametersSchema = fields.schema("parameters_schema", in: &file)
    let tags = fields.tags(in: &file)
    let key = fields["key"].flatMap { _ in fields.requiredText("key", in: &file) }
    if let key, let node = fields["key"], let first = key.split(separator: ".").first,
      let properties = payloadSchema["properties"]?.objectValue, properties[String(first)] == nil
    {
      file.warning(
        node.place, "the payload schema has no '\(first)' that 'key' could name",
        hint: Spelling.hint(for: String(first), in: properties.keys))
    }
    guard let name else { return nil }
    return TriggerTypeDefinition(
      name: name, pack: pack.ref, description: description, payloadSchema: payloadSchema,
      parametersSchema: parametersSchema, tags: tags, key: key, metadataFile: file.path)
  }
}
