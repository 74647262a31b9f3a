public import JSON

/// A rule: when a trigger of this kind meets all criteria, run the action.
public struct RuleDefinition: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    case standard
    /// Asked only when no standard rule matched the same trigger instance.
    case backstop
  }

  public struct Trigger: Sendable, Equatable {
    /// A trigger type's reference.
    public let type: String
    public let parameters: JSONObject
  }

  public struct Action: Sendable, Equatable {
    public let ref: String
    /// Values or templates.
    public let parameters: JSONObject
  }

  public let name: String
  public let pack: String
  public let description: String?
  public let enabled: Bool
  public let kind: Kind
  /// Of the kind; none is known to use them.
  public let kindParameters: JSONObject
  public let trigger: Trigger
  /// All must hold, in the order of the file.
  public let criteria: [CriterionDefinition]
  public let action: Action
  public let tags: [Tag]
  public let context: JSONObject
  public let metadataFile: String

  public var ref: String { "\(pack).\(name)" }

  public var json: JSONValue {
    var object: JSONObject = [
      "name": .string(name), "pack": .string(pack), "ref": .string(ref),
      "enabled": .bool(enabled),
      "type": ["ref": .string(kind.rawValue), "parameters": .object(kindParameters)],
      "trigger": ["type": .string(trigger.type), "parameters": .object(trigger.parameters)],
      "criteria": .object(JSONObject(criteria.map { ($0.key, $0.json) })),
      "action": ["ref": .string(action.ref), "parameters": .object(action.parameters)],
      "tags": .array(tags.map(\.json)), "context": .object(context),
      "metadata_file": .string(metadataFile),
      "places": .object(JSONObject(criteria.map { ($0.key, [.int($0.line), .int($0.column)]) })),
    ]
    object["description"] = description.map { .string($0) }
    return .object(object)
  }
}

extension RuleDefinition {
  /// Reads what `json` wrote; nil where a member that every rule has is missing or a criterion
  /// cannot be understood: a rule without one of its criteria would be another rule.
  public init?(json: JSONValue) {
    guard let name = json["name"]?.stringValue, let pack = json["pack"]?.stringValue,
      let trigger = json["trigger"], let triggerType = trigger["type"]?.stringValue,
      let action = json["action"], let actionRef = action["ref"]?.stringValue,
      let kind = Kind(rawValue: json["type"]?["ref"]?.stringValue ?? Kind.standard.rawValue)
    else { return nil }
    var criteria: [CriterionDefinition] = []
    for (key, value) in json["criteria"]?.objectValue ?? [:] {
      let place = json["places"]?[key]
      guard let criterion = CriterionDefinition(key: key, json: value, place: place) else {
        return nil
      }
      criteria.append(criterion)
    }
    self.init(
      name: name, pack: pack, description: json["description"]?.stringValue,
      enabled: json["enabled"]?.boolValue ?? false, kind: kind,
      kindParameters: json["type"]?["parameters"]?.objectValue ?? [:],
      trigger: Trigger(
        type: triggerType, parameters: trigger["parameters"]?.objectValue ?? [:]),
      criteria: criteria,
      action: Action(ref: actionRef, parameters: action["parameters"]?.objectValue ?? [:]),
      tags: json["tags"]?.arrayValue?.compactMap(Tag.init(json:)) ?? [],
      context: json["context"]?.objectValue ?? [:],
      metadataFile: json["metadata_file"]?.stringValue ?? "")
  }
}

/// One condition of a rule.
public struct CriterionDefinition: Sendable, Equatable {
  /// A JSONPath as it is written, with what follows the first `#`.
  public let key: String
  public let type: OperatorName
  /// Never null.
  public let pattern: JSONValue
  /// Of `search`: `any`, `all`, `all2any` or `any2any`, if the rule is right.
  public let condition: String?
  /// Where the key stands in the rule's file.
  public let line: Int
  public let column: Int

  public init(
    key: String, type: OperatorName, pattern: JSONValue, condition: String? = nil,
    place: (line: Int, column: Int) = (1, 1)
  ) {
    self.key = key
    self.type = type
    self.pattern = pattern
    self.condition = condition
    (line, column) = place
  }

  var json: JSONValue {
    var object: JSONObject = ["type": .string(type.rawValue), "pattern": pattern]
    object["condition"] = condition.map { .string($0) }
    return .object(object)
  }

  init?(key: String, json: JSONValue, place: JSONValue?) {
    guard let type = json["type"]?.stringValue.flatMap(OperatorName.init(rawValue:)),
      let pattern = json["pattern"], !pattern.isNull
    else { return nil }
    self.init(
      key: key, type: type, pattern: pattern, condition: json["condition"]?.stringValue,
      place: (place?[0]?.intValue ?? 1, place?[1]?.intValue ?? 1))
  }
}
