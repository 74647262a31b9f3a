import Calendar
import Expressions
import JSON

/// Answers conformance cases, one JSON object a line, with the code that rules run on.
public enum Conformance {
  /// The kinds of cases that can be answered.
  public static let kinds = ["operators", "criteria"]

  /// One line with the case's `id` and either `actual` or, for a line that is no case, `error`.
  /// Nil for a kind that is not among `kinds`.
  public static func answer(kind: String, line: String) -> String? {
    guard kinds.contains(kind) else { return nil }
    let sample: JSONValue
    do throws(JSONError) {
      sample = try JSONValue(parsing: line)
    } catch {
      return JSONValue.object(["id": nil, "error": .string("\(error)")]).text()
    }
    let actual: JSONValue
    do throws(ExpressionError) {
      actual = try kind == "operators" ? answerOperator(sample) : answerCriteria(sample)
    } catch {
      actual = ["error": .string(error.description)]
    }
    return JSONValue.object(["id": sample["id"] ?? .null, "actual": actual]).text()
  }

  private static func instant(_ text: JSONValue?) throws(ExpressionError) -> Instant {
    guard let text = text?.stringValue else { return .now() }
    return try DateText.instant(text, now: .now())
  }

  /// An operator by itself.
  private static func answerOperator(_ sample: JSONValue) throws(ExpressionError) -> JSONValue {
    let name = sample["operator"]?.stringValue ?? ""
    guard let kind = RuleOperator(anyCase: name) else {
      throw .failed(.init("there is no operator '\(name)'"))
    }
    let now = try instant(sample["extra"]?["now"])
    let value = Value(sample["value"] ?? .null)
    let pattern = sample["pattern"] ?? .null
    guard kind == .search else {
      let test = OperatorTest(kind, pattern: Value(pattern), limits: .standard)
      return .bool(try test.holds(value, now: now))
    }
    let search = SearchTest(
      pattern, condition: sample["extra"]?["condition"], depth: 1, .standard)
    var run = CriteriaRun(root: "trigger", .init(now: now), .standard)
    return .bool(try search.holds(value, &run))
  }

  /// A rule's criteria on a payload.
  private static func answerCriteria(_ sample: JSONValue) throws(ExpressionError) -> JSONValue {
    let criteria = Criteria(sample["criteria"]?.objectValue ?? [:])
    let entries = sample["datastore"]?.objectValue ?? [:]
    let keys = KeyLookup { name throws(ExpressionError) in entries[name]?.stringValue }
    let surroundings = Criteria.Surroundings(now: try instant(sample["now"]), systemKeys: keys)
    // As in the engine, the payload is a place in a parsed document.
    let payload = (sample["payload"] ?? .null).text()
    let document: JSONDocument
    do throws(JSONError) {
      document = try JSONDocument(parsing: payload)
    } catch {
      throw .failed(.init("the payload cannot be read: \(error)"))
    }
    switch criteria.evaluate(Value(document.root), surroundings) {
    case .matched: return true
    case .error(_, let message, isFatal: true): throw .failed(.init(message))
    default: return false
    }
  }
}
