public import JSON

/// Content that is kept and listed as it is written: its YAML is sound and its names are known,
/// what it means is its reader's matter.
public struct PackDocument: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    case sensor, policy, alias, workflow
    case configSchema = "config_schema"
  }

  public let kind: Kind
  /// `pack.name`; a sensor's name is its class, a workflow's that of its action, a configuration
  /// schema has the pack's.
  public let ref: String
  public let file: String
  public let content: JSONValue

  public init(kind: Kind, ref: String, file: String, content: JSONValue) {
    self.kind = kind
    self.ref = ref
    self.file = file
    self.content = content
  }

  public var json: JSONValue {
    [
      "kind": .string(kind.rawValue), "ref": .string(ref), "metadata_file": .string(file),
      "content": content,
    ]
  }

  /// Reads what `json` wrote; nil where it cannot be that.
  public init?(json: JSONValue) {
    guard let kind = json["kind"]?.stringValue.flatMap(Kind.init(rawValue:)),
      let ref = json["ref"]?.stringValue, let content = json["content"]
    else { return nil }
    self.init(
      kind: kind, ref: ref, file: json["metadata_file"]?.stringValue ?? "", content: content)
  }
}

/// What a pack brings, each list in the order of its files' names.
public struct PackContent: Sendable, Equatable {
  public let pack: Pack
  public let actions: [ActionDefinition]
  /// Those of `triggers` and those that sensors declare.
  public let triggerTypes: [TriggerTypeDefinition]
  public let rules: [RuleDefinition]
  public let documents: [PackDocument]
}
