import Calendar
import Expressions
import JSON

/// An operator with its pattern, made ready once and asked many times. The answers and the errors
/// are those of StackStorm's operators, that is of Python's `==`, `<`, `in`, `re`, `fnmatch` and of
/// `dateutil`. A null pattern holds for nothing, except in `nequals`, `exists` and `nexists`.
/// `search` is not among these: see `SearchTest`.
final class OperatorTest: Sendable {
  private enum Prepared: Sendable {
    case nothing
    case never
    /// A text pattern, also as bytes for values that are not copied out of their document.
    case text(String, JSONKey)
    case lowered(String)
    case wildcard(Fnmatch)
    case regex(Regex)
    case seconds(Double)
    /// What is wrong with the pattern, whatever the value.
    case faulty(ExpressionError)
  }

  let kind: RuleOperator
  let pattern: Value
  private let prepared: Prepared

  init(_ kind: RuleOperator, pattern: Value, limits: EvaluationLimits) {
    self.kind = kind
    self.pattern = pattern
    do throws(ExpressionError) {
      prepared = try Self.prepare(kind, pattern, limits)
    } catch {
      prepared = .faulty(error)
    }
  }

  /// What is wrong with the pattern itself; nil when it depends on the value.
  var fault: ExpressionError? {
    if case .faulty(let error) = prepared { error } else { nil }
  }

  private static func prepare(
    _ kind: RuleOperator, _ pattern: Value, _ limits: EvaluationLimits
  ) throws(ExpressionError) -> Prepared {
    switch kind {
    case .exists, .notExists, .notEquals: return .nothing
    default: if case .none = pattern { return .never }
    }
    switch kind {
    case .equals, .contains, .notContains, .startsWith, .endsWith:
      guard case .string(let text) = pattern else { return .nothing }
      return .text(text, JSONKey(text))
    case .equalsIgnoringCase, .containsIgnoringCase, .notContainsIgnoringCase,
      .startsWithIgnoringCase, .endsWithIgnoringCase:
      return .lowered(PythonText.lower(try text(pattern, for: "lower")))
    case .matchesWildcard: return .wildcard(Fnmatch(try text(pattern)))
    case .matchesRegex:
      return .regex(
        try Regex(
          try text(pattern), flags: .dotAll, anchor: .start, matchStepsMax: limits.matchStepsMax))
    case .searchesRegex:
      return .regex(try Regex(try text(pattern), matchStepsMax: limits.matchStepsMax))
    case .searchesRegexIgnoringCase:
      return .regex(
        try Regex(try text(pattern), flags: .ignoreCase, matchStepsMax: limits.matchStepsMax))
    case .youngerThan, .olderThan: return .seconds(try PythonSemantics.float(pattern))
    default: return .nothing
    }
  }

  private static func text(
    _ value: Value, for method: String? = nil
  ) throws(ExpressionError) -> String {
    if case .string(let text) = value { return text }
    if let method {
      throw .failed(.init("'\(value.typeName)' object has no attribute '\(method)'"))
    }
    throw .failed(.init("expected a text, got '\(value.typeName)'"))
  }
}

// MARK: - Asking

extension OperatorTest {
  /// `value` is None where the key found nothing.
  func holds(_ value: Value, now: Instant) throws(ExpressionError) -> Bool {
    let value = try value.settled()
    switch prepared {
    case .never: return false
    case .faulty(let error): throw error
    case .text(let text, _): return try holds(value, text)
    case .lowered(let lowered): return try holds(value, lowered: lowered)
    case .wildcard(let wildcard): return wildcard.matches(try Self.text(value))
    case .regex(let regex): return try regex.matches(try Self.text(value))
    case .seconds(let seconds): return try isAge(of: value, now, seconds)
    case .nothing: return try holdsOfAny(value)
    }
  }

  /// The same of a place in a document, which is not copied where the operator does not need it.
  func holds(_ place: JSONView?, now: Instant) throws(ExpressionError) -> Bool {
    guard let place else { return try holds(Value.none, now: now) }
    switch (prepared, kind) {
    case (.text(_, let key), .equals): return place.isEqual(to: key)
    case (.text(let text, _), .startsWith), (.text(let text, _), .endsWith),
      (.text(let text, _), .contains), (.text(let text, _), .notContains):
      let found = place.withUTF8 { bytes in
        text.withContiguousBytes { Self.compare(bytes, kind, $0) }
      }
      if let found { return found }
    case (.regex(let regex), _):
      let found = try place.withUTF8 { bytes throws(ExpressionError) in
        try regex.matches(utf8: bytes)
      }
      if let found { return found }
    case (.nothing, .exists): return !place.isNull
    case (.nothing, .notExists): return place.isNull
    default: break
    }
    return try holds(Value(place), now: now)
  }

  private static func compare(
    _ value: UnsafeBufferPointer<UInt8>, _ kind: RuleOperator, _ text: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    switch kind {
    case .startsWith: value.starts(with: text)
    case .endsWith: value.count >= text.count && value.suffix(text.count).elementsEqual(text)
    case .contains: PythonText.firstPlace(of: text, in: value) != nil
    default: PythonText.firstPlace(of: text, in: value) == nil
    }
  }

  private func holds(_ value: Value, _ text: String) throws(ExpressionError) -> Bool {
    switch kind {
    case .equals: return try PythonSemantics.equal(value, pattern)
    case .contains: return try PythonSemantics.contains(value, pattern)
    case .notContains: return try !PythonSemantics.contains(value, pattern)
    case .startsWith: return PythonText.hasPrefix(try Self.text(value, for: "startswith"), text)
    default: return PythonText.hasSuffix(try Self.text(value, for: "endswith"), text)
    }
  }

  private func holds(_ value: Value, lowered: String) throws(ExpressionError) -> Bool {
    let value = PythonText.lower(try Self.text(value, for: "lower"))
    return switch kind {
    case .equalsIgnoringCase: PythonText.equal(value, lowered)
    case .containsIgnoringCase: PythonText.contains(value, lowered)
    case .notContainsIgnoringCase: !PythonText.contains(value, lowered)
    case .startsWithIgnoringCase: PythonText.hasPrefix(value, lowered)
    default: PythonText.hasSuffix(value, lowered)
    }
  }

  private func isAge(
    of value: Value, _ now: Instant, _ seconds: Double
  ) throws(ExpressionError) -> Bool {
    let date = try DateText.instant(try PythonSemantics.string(of: value), now: now)
    let age = Double(now.microseconds - date.microseconds) / 1_000_000
    return kind == .youngerThan ? age < seconds : age > seconds
  }

  private func holdsOfAny(_ value: Value) throws(ExpressionError) -> Bool {
    switch kind {
    case .exists: return value.isNotNone
    case .notExists: return !value.isNotNone
    case .equals: return try PythonSemantics.equal(value, pattern)
    case .notEquals: return try !PythonSemantics.equal(value, pattern)
    case .lessThan: return try PythonSemantics.less(value, pattern)
    case .greaterThan: return try PythonSemantics.greater(value, pattern)
    case .contains: return try PythonSemantics.contains(value, pattern)
    case .notContains: return try !PythonSemantics.contains(value, pattern)
    case .inside: return try PythonSemantics.contains(pattern, value)
    case .notInside: return try !PythonSemantics.contains(pattern, value)
    default:
      // What is left wants texts: the prefix or suffix is none.
      let method = kind == .startsWith ? "startswith" : "endswith"
      _ = try Self.text(value, for: method)
      throw .failed(.init("\(method) first arg must be str, not \(pattern.typeName)"))
    }
  }
}

extension Value {
  var isNotNone: Bool {
    if case .none = self { false } else { true }
  }
}

extension String {
  fileprivate func withContiguousBytes<Result>(
    _ body: (UnsafeBufferPointer<UInt8>) -> Result
  ) -> Result {
    if let result = utf8.withContiguousStorageIfAvailable(body) { return result }
    return Array(utf8).withUnsafeBufferPointer(body)
  }
}
