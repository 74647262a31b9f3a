public import JSON
public import Streams

/// What the RuleProcessor records: for every candidate rule what it made of a trigger instance.
public enum DecisionFact: FactCoding {
  case made(Decision)
  /// More rules did not match than are written one by one; how many.
  case omitted(trigger: Identifier, count: Int)

  public var type: StaticString {
    switch self {
    case .made: "petrel.DecisionMade"
    case .omitted: "petrel.DecisionsOmitted"
    }
  }

  public var subject: String? {
    switch self {
    case .made(let decision): decision.rule
    case .omitted: nil
    }
  }

  public var countedAs: String? {
    if case .made(let decision) = self { decision.outcome.rawValue } else { nil }
  }

  public func write(into writer: inout JSONWriter) {
    writer.beginObject()
    switch self {
    case .made(let decision): decision.write(into: &writer)
    case .omitted(let trigger, let count):
      writer.member("trigger", trigger)
      writer.member("count", count)
    }
    writer.endObject()
  }

  public init(type: String, data: JSONView) throws(RecordError) {
    switch type {
    case "petrel.DecisionMade": self = .made(try Decision(data))
    case "petrel.DecisionsOmitted":
      self = .omitted(
        trigger: try data.identifier("trigger"), count: try data.integer("count"))
    default:
      throw RecordError(
        "a decision fact must be DecisionMade or DecisionsOmitted, found '\(type)'")
    }
  }
}

/// What one rule made of one trigger instance.
public struct Decision: Sendable, Equatable {
  public enum Outcome: String, Sendable, CaseIterable {
    case fired
    case noMatch = "no_match"
    case missingField = "missing_field"
    case error
  }

  /// The criterion that decided: the first one that failed, and the value that it saw.
  public struct Criterion: Sendable, Equatable {
    public let key: String
    public let operatorName: String
    public let pattern: JSONValue
    public let value: JSONValue

    public init(key: String, operatorName: String, pattern: JSONValue, value: JSONValue) {
      self.key = key
      self.operatorName = operatorName
      self.pattern = pattern
      self.value = value
    }
  }

  /// The trigger instance.
  public let trigger: Identifier
  public let rule: String
  /// The rule's revision: its offset in topic `content`.
  public let revision: Int
  public let outcome: Outcome
  /// In words, for what is neither fired nor explained by the criterion alone.
  public let reason: String?
  public let criterion: Criterion?
  /// What a fired rule asks for: the action and its rendered parameters.
  public let action: String?
  public let parameters: JSONObject
  public let traceTag: String?

  public init(
    trigger: Identifier, rule: String, revision: Int, outcome: Outcome, reason: String? = nil,
    criterion: Criterion? = nil, action: String? = nil, parameters: JSONObject = [:],
    traceTag: String? = nil
  ) {
    self.trigger = trigger
    self.rule = rule
    self.revision = revision
    self.outcome = outcome
    self.reason = reason
    self.criterion = criterion
    self.action = action
    self.parameters = parameters
    self.traceTag = traceTag
  }

  func write(into writer: inout JSONWriter) {
    writer.member("trigger", trigger)
    writer.member("rule", rule)
    writer.member("revision", revision)
    writer.member("outcome", outcome.rawValue)
    writer.member("reason", reason)
    if let criterion {
      writer.key("criterion")
      writer.beginObject()
      writer.member("key", criterion.key)
      writer.member("operator", criterion.operatorName)
      writer.member("pattern", criterion.pattern)
      writer.member("value", criterion.value)
      writer.endObject()
    }
    writer.member("action", action)
    writer.member("parameters", parameters)
    writer.member("trace_tag", traceTag)
  }

  init(_ data: JSONView) throws(RecordError) {
    trigger = try data.identifier("trigger")
    rule = try data.text("rule")
    revision = try data.integer("revision")
    let name = try data.text("outcome")
    guard let outcome = Outcome(rawValue: name) else {
      throw RecordError("unknown outcome '\(name)' of a decision")
    }
    self.outcome = outcome
    reason = data.optionalText("reason")
    if let criterion = data["criterion"] {
      self.criterion = Criterion(
        key: try criterion.text("key"), operatorName: try criterion.text("operator"),
        pattern: criterion["pattern"]?.copy() ?? .null,
        value: criterion["value"]?.copy() ?? .null)
    } else {
      criterion = nil
    }
    action = data.optionalText("action")
    parameters = data.object("parameters")
    traceTag = data.optionalText("trace_tag")
  }
}
