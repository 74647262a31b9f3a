import JSON
import YAML

/// Reads a schema in StackStorm's dialect: JSON Schema draft 4 with draft 3's `required: true` at a
/// property, and attributes of parameters. Only its form is checked here.
struct SchemaReading {
  /// Of the parameter or property, for messages.
  let name: String

  private static let flags = [
    "required", "secret", "immutable", "exclusiveMaximum", "exclusiveMinimum", "uniqueItems",
  ]
  private static let counts = [
    "maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties", "position",
  ]
  private static let schemas = ["items", "additionalItems", "additionalProperties", "not"]
  private static let schemaLists = ["allOf", "anyOf", "oneOf"]
  private static let schemaMaps = ["properties", "patternProperties", "definitions"]
  static let keys =
    [
      "id", "$schema", "$ref", "title", "description", "default", "type", "enum", "pattern",
      "format", "multipleOf", "maximum", "minimum", "dependencies",
    ] + flags + counts + schemas + schemaLists + schemaMaps
  private static let types = [
    "array", "boolean", "integer", "null", "number", "object", "string",
  ]

  /// The schema as JSON; nil, reported, where it is no mapping.
  func read(_ node: YAMLNode, in file: inout MetadataFile) -> JSONObject? {
    guard let fields = Fields(node, of: "the schema of '\(name)'", keys: Self.keys, in: &file)
    else { return nil }
    check(fields, in: &file)
    return file.object(node)
  }

  private func check(_ fields: Fields, in file: inout MetadataFile) {
    checkType(fields, in: &file)
    if case .sequence? = fields["required"]?.value {
      file.warning(
        fields.place(of: "required"), "a list of required names is not looked at",
        hint: "write 'required: true' at each property")
    } else {
      _ = fields.flag("required", in: &file)
    }
    for key in Self.flags where key != "required" { _ = fields.flag(key, in: &file) }
    for key in ["description", "title", "pattern", "format"] { _ = fields.text(key, in: &file) }
    for key in Self.counts {
      guard let value = fields[key] else { continue }
      if case .int(let count) = value.value, count >= 0 { continue }
      file.error(value.place, "'\(key)' must be a whole number from 0, found \(value.found)")
    }
    if let values = fields["enum"] {
      if case .sequence(let items) = values.value, !items.isEmpty {
      } else {
        file.error(values.place, "'enum' must be a list of values, found \(values.found)")
      }
    }
    checkInner(fields, in: &file)
  }

  private func checkType(_ fields: Fields, in file: inout MetadataFile) {
    guard let type = fields["type"] else { return }
    if case .sequence = type.value {
      file.error(type.place, "'type' must be one type, found a list", hint: "use 'anyOf'")
    } else if let name = fields.text("type", in: &file), !Self.types.contains(name) {
      file.error(
        type.place, "'type' must be one of \(Self.types.joined(separator: ", ")), found '\(name)'",
        hint: Spelling.hint(for: name, in: Self.types))
    }
  }

  private func checkInner(_ fields: Fields, in file: inout MetadataFile) {
    for key in Self.schemas {
      guard let value = fields[key] else { continue }
      if case .bool = value.value, key.hasPrefix("additional") { continue }
      if case .sequence(let items) = value.value, key == "items" {
        for item in items { checkSchema(item, key, in: &file) }
      } else {
        checkSchema(value, key, in: &file)
      }
    }
    for key in Self.schemaLists {
      for item in fields.items(key, in: &file) { checkSchema(item, key, in: &file) }
    }
    for key in Self.schemaMaps {
      guard let value = fields[key] else { continue }
      guard case .mapping(let pairs) = value.value else {
        file.error(value.place, "'\(key)' must be a mapping, found \(value.found)")
        continue
      }
      for pair in pairs {
        guard case .string(let name) = pair.key.value else { continue }
        checkSchema(pair.value, name, in: &file)
      }
    }
  }

  private func checkSchema(_ node: YAMLNode, _ inner: String, in file: inout MetadataFile) {
    let reading = SchemaReading(name: "\(name).\(inner)")
    guard
      let fields = Fields(
        node, of: "the schema of '\(reading.name)'", keys: Self.keys, in: &file)
    else { return }
    reading.check(fields, in: &file)
  }
}

extension Fields {
  /// A schema as JSON; empty where there is none.
  func schema(_ key: String, in file: inout MetadataFile) -> JSONObject {
    self[key].flatMap { SchemaReading(name: key).read($0, in: &file) } ?? [:]
  }
}
