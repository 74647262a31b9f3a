public import JSON

/// A kind of occurrence: what its payload looks like and what rules may ask of it.
public struct TriggerTypeDefinition: Sendable, Equatable {
  public let name: String
  public let pack: String
  public let description: String?
  public let payloadSchema: JSONObject
  public let parametersSchema: JSONObject
  public let tags: [Tag]
  /// The path in the payload of what keeps events in order: events with one value here are decided
  /// one after another. Petrel's own addition.
  public let key: String?
  public let metadataFile: String

  public var ref: String { "\(pack).\(name)" }

  public var json: JSONValue {
    var object: JSONObject = [
      "name": .string(name), "pack": .string(pack), "ref": .string(ref),
      "payload_schema": .object(payloadSchema), "parameters_schema": .object(parametersSchema),
      "tags": .array(tags.map(\.json)), "metadata_file": .string(metadataFile),
    ]
    object["description"] = description.map { .string($0) }
    object["key"] = key.map { .string($0) }
    return .object(object)
  }
}

extension TriggerTypeDefinition {
  /// Reads what `json` wrote; nil where a member that every trigger type has is missing.
  public init?(json: JSONValue) {
    guard let name = json["name"]?.stringValue, let pack = json["pack"]?.stringValue else {
      return nil
    }
    self.init(
      name: name, pack: pack, description: json["description"]?.stringValue,
      payloadSchema: json["payload_schema"]?.objectValue ?? [:],
      parametersSchema: json["parameters_schema"]?.objectValue ?? [:],
      tags: json["tags"]?.arrayValue?.compactMap(Tag.init(json:)) ?? [],
      key: json["key"]?.stringValue, metadataFile: json["metadata_file"]?.stringValue ?? "")
  }
}
