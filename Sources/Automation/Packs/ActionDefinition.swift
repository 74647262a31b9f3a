public import JSON

/// An action as a pack's metadata declares it. `json` is the whole of it, under StackStorm's names.
public struct ActionDefinition: Sendable, Equatable {
  public let name: String
  public let pack: String
  public let description: String?
  public let enabled: Bool
  /// A name of `RunnerType.all`.
  public let runnerType: String
  /// Relative to the pack's folder `actions`; empty where the runner needs none.
  public let entryPoint: String
  /// Each parameter's schema; those of the runner that the action changes are among them.
  public let parameters: JSONObject
  public let outputSchema: JSONObject
  public let tags: [Tag]
  public let notify: JSONObject
  /// Whether it may be run again after a worker was lost while it ran. Petrel's own addition.
  public let isIdempotent: Bool
  public let metadataFile: String

  public var ref: String { "\(pack).\(name)" }

  public var json: JSONValue {
    var object: JSONObject = [
      "name": .string(name), "pack": .string(pack), "ref": .string(ref),
      "enabled": .bool(enabled), "runner_type": .string(runnerType),
      "entry_point": .string(entryPoint), "parameters": .object(parameters),
      "output_schema": .object(outputSchema), "tags": .array(tags.map(\.json)),
      "notify": .object(notify), "metadata_file": .string(metadataFile),
    ]
    object["description"] = description.map { .string($0) }
    if isIdempotent { object["idempotent"] = true }
    return .object(object)
  }
}

extension ActionDefinition {
  /// Reads what `json` wrote; nil where a member that every action has is missing.
  public init?(json: JSONValue) {
    guard let name = json["name"]?.stringValue, let pack = json["pack"]?.stringValue,
      let runnerType = json["runner_type"]?.stringValue
    else { return nil }
    self.init(
      name: name, pack: pack, description: json["description"]?.stringValue,
      enabled: json["enabled"]?.boolValue ?? true, runnerType: runnerType,
      entryPoint: json["entry_point"]?.stringValue ?? "",
      parameters: json["parameters"]?.objectValue ?? [:],
      outputSchema: json["output_schema"]?.objectValue ?? [:],
      tags: json["tags"]?.arrayValue?.compactMap(Tag.init(json:)) ?? [],
      notify: json["notify"]?.objectValue ?? [:],
      isIdempotent: json["idempotent"]?.boolValue ?? false,
      metadataFile: json["metadata_file"]?.stringValue ?? "")
  }
}
