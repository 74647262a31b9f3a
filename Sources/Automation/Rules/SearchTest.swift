import Expressions
import JSON

/// The operator `search`: criteria on the items of a list. A dict counts as a list with just it, a
/// text as the list of its characters.
struct SearchTest: Sendable {
  /// `any`: some item satisfies all children. `all`: every item satisfies all children. `all2any`:
  /// every item satisfies some child. `any2any`: some item satisfies some child.
  enum Condition: String, Sendable { case any, all, all2any, any2any }

  static let depthMax = 8

  private let condition: Condition?
  private let conditionText: String
  /// Nil where the pattern is no object.
  let children: [Criterion]?
  private let isTooDeep: Bool

  init(_ pattern: JSONValue, condition: JSONValue?, depth: Int, _ limits: EvaluationLimits) {
    self.condition = condition?.stringValue.flatMap(Condition.init)
    conditionText = condition?.text() ?? "none"
    isTooDeep = depth > Self.depthMax
    guard !isTooDeep, case .object(let members) = pattern else {
      children = nil
      return
    }
    children = members.map {
      Criterion(key: $0.key, $0.value, depth: depth, limits: limits)
    }
  }

  /// Faults of children are swallowed one by one, as StackStorm does; these are not.
  var fault: ExpressionError? {
    if isTooDeep {
      return .limitReached(.init("searches nested more than \(Self.depthMax) deep"))
    }
    if condition == nil {
      return .failed(
        .init("expected the condition any, all, all2any or any2any, found \(conditionText)"))
    }
    return nil
  }

  func holds(_ value: Value, _ run: inout CriteriaRun) throws(ExpressionError) -> Bool {
    if let fault { throw fault }
    let items = try Self.items(of: value)
    // Every item is looked at whatever the others say, so that an error always shows.
    var verdicts: [Bool] = []
    for item in items {
      guard let children else {
        throw .failed(.init("expected criteria as the pattern of a search, found none"))
      }
      var held = 0
      for child in children where try run.holds(child, of: item) { held += 1 }
      let needsAll = condition == .any || condition == .all
      verdicts.append(needsAll ? held == children.count : held > 0)
    }
    switch condition {
    case .all, .all2any: return verdicts.allSatisfy { $0 }
    default: return verdicts.contains(true)
    }
  }

  private static func items(of value: Value) throws(ExpressionError) -> [Value] {
    let value = try value.settled()
    if value.isMapping { return [value] }
    if let elements = value.elements { return elements }
    guard case .string(let text) = value else {
      throw .failed(.init("'\(value.typeName)' object is not iterable"))
    }
    return text.unicodeScalars.map { .string(String($0)) }
  }
}
