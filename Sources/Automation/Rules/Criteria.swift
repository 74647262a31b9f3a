public import Calendar
public import Expressions
public import JSON

/// The conditions of a rule, all of which must hold. Compiled once from the rule's `criteria`, in
/// their order; evaluated on a trigger's payload until the first one that does not hold. No
/// criteria hold for everything; an empty payload satisfies no criteria but those.
/// What may be used is counted: `EvaluationLimits` for each template, and its steps for the
/// criteria of all searches together.
public struct Criteria: Sendable {
  public let list: [Criterion]
  private let limits: EvaluationLimits

  public init(_ criteria: JSONObject, limits: EvaluationLimits = .standard) {
    self.limits = limits
    list = criteria.map {
      Criterion(key: $0.key, $0.value, depth: 0, limits: limits)
    }
  }

  public var isEmpty: Bool { list.isEmpty }

  /// What an evaluation may look at besides the payload.
  public struct Surroundings: Sendable {
    /// The log's time: ages are counted back from it.
    public var now: Instant
    /// `st2kv.system`, also known as `system`.
    public var systemKeys: (any ValueLookup)?

    public init(now: Instant, systemKeys: (any ValueLookup)? = nil) {
      self.now = now
      self.systemKeys = systemKeys
    }
  }

  /// `payload` is what stands below `trigger`.
  public func evaluate(_ payload: Value, _ surroundings: Surroundings) -> Evaluation {
    if list.isEmpty { return .matched }
    guard (try? PythonSemantics.isTrue(payload)) == true else { return .emptyPayload }
    var run = CriteriaRun(root: "trigger", surroundings, limits)
    for criterion in list {
      let result = run.evaluate(criterion, of: payload)
      guard case .matched = result else { return result }
    }
    return .matched
  }
}

extension Criteria {
  /// What one of the criteria makes of a payload by itself.
  func evaluate(
    _ criterion: Criterion, on payload: Value, _ surroundings: Surroundings
  ) -> Evaluation {
    guard (try? PythonSemantics.isTrue(payload)) == true else { return .emptyPayload }
    var run = CriteriaRun(root: "trigger", surroundings, limits)
    return run.evaluate(criterion, of: payload)
  }

  /// What a criterion's key finds in a payload.
  func value(of criterion: Criterion, in payload: Value) -> JSONValue? {
    var root = ValueDictionary()
    guard (try? root.set(.string("trigger"), payload)) != nil, let path = try? criterion.path.get(),
      let found = try? path.first(in: .dict(root), limits: limits)
    else { return nil }
    return Finding(criterion, pattern: .none, .value(found)).valueJSON
  }
}

/// What criteria made of a payload. All but `matched` mean that the rule does not fire.
public enum Evaluation: Sendable {
  case matched
  case emptyPayload
  /// The value is not what the criterion asks for.
  case noMatch(Finding)
  /// The key found nothing in the payload, and the criterion does not hold for nothing.
  case missingField(Finding)
  /// The criterion could not be answered. `isFatal` where StackStorm gives up on the rule instead
  /// of taking the criterion as one that does not hold.
  case error(Finding, message: String, isFatal: Bool)

  public var isMatch: Bool {
    if case .matched = self { true } else { false }
  }
}

/// The criterion that decided and what it saw, not yet copied out of the payload.
public struct Finding: Sendable {
  public let criterion: Criterion
  /// Rendered; as written where rendering failed.
  public let pattern: Value
  private let seen: Seen

  /// A place is copied only for those who ask.
  enum Seen: Sendable {
    case nothing
    case place(JSONView)
    case value(Value)
  }

  init(_ criterion: Criterion, pattern: Value, _ seen: Seen) {
    self.criterion = criterion
    self.pattern = pattern
    self.seen = seen
  }

  /// Nil where the key found nothing.
  public var value: Value? {
    switch seen {
    case .nothing: nil
    case .place(let view): Value(view)
    case .value(let value): value
    }
  }

  /// The longest text of a value that is repeated in an explanation.
  public static let jsonBytesMax = 4096

  public var patternJSON: JSONValue { Self.json(pattern) }
  public var valueJSON: JSONValue { value.map(Self.json) ?? .null }

  /// What is too long for an explanation is named instead.
  private static func json(_ value: Value) -> JSONValue {
    guard let json = try? value.json() else { return .string("(\(value.typeName))") }
    switch json {
    case .string(let text):
      return text.utf8.count <= jsonBytesMax
        ? json : .string("(a text of \(text.utf8.count) bytes)")
    case .array(let elements):
      return json.text().utf8.count <= jsonBytesMax
        ? json : .string("(a list of \(elements.count) elements)")
    case .object(let members):
      return json.text().utf8.count <= jsonBytesMax
        ? json : .string("(an object of \(members.count) members)")
    default: return json
    }
  }
}
