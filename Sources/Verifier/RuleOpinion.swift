import JSON

/// A rule, read a second time from its record, and what it makes of a payload. Slow and small: it
/// knows the operators of equality, order, containment and presence on plain paths. What it does
/// not know it says.
struct RuleOpinion {
  enum Outcome {
    case fired(parameters: JSONObject?)
    case unmatched
    case error
    /// It uses what this opinion does not know.
    case unknown
  }

  let revision: Int
  let isEnabled: Bool
  let isBackstop: Bool
  let triggerType: String
  let hook: String?
  let action: String
  private let criteria: [CriterionOpinion]
  private let parameters: JSONObject

  init(_ body: JSONValue, _ revision: Int) {
    self.revision = revision
    isEnabled = body["enabled"]?.boolValue ?? false
    isBackstop = body["type"]?["ref"]?.stringValue == "backstop"
    triggerType = body["trigger"]?["type"]?.stringValue ?? ""
    hook = (body["trigger"]?["parameters"]?["url"]?.stringValue).map(Self.hookName)
    action = body["action"]?["ref"]?.stringValue ?? ""
    parameters = body["action"]?["parameters"]?.objectValue ?? [:]
    criteria = (body["criteria"]?.objectValue ?? [:]).map {
      CriterionOpinion(key: $0.key, body: $0.value)
    }
  }

  static func hookName(_ url: String) -> String {
    var name = url[...]
    while name.hasPrefix("/") { name.removeFirst() }
    while name.hasSuffix("/") { name.removeLast() }
    return String(name)
  }

  func outcome(on payload: JSONValue, _ version: ContentHistory.Version) -> Outcome {
    if !criteria.isEmpty, Self.isEmpty(payload) { return .unmatched }
    for criterion in criteria {
      switch criterion.holds(on: payload) {
      case .some(true): continue
      case .some(false): return .unmatched
      case .none: return .unknown
      }
    }
    guard version.actions.contains(action) else { return .error }
    return render(payload)
  }

  private static func isEmpty(_ payload: JSONValue) -> Bool {
    switch payload {
    case .null, .bool(false): true
    case .object(let members): members.isEmpty
    case .array(let elements): elements.isEmpty
    case .string(let text): text.isEmpty
    default: false
    }
  }

  /// Parameters that are constants or one `{{ trigger.path }}` that ends at a text.
  private func render(_ payload: JSONValue) -> Outcome {
    var rendered: JSONObject = [:]
    for (name, value) in parameters {
      guard case .string(let text) = value, text.contains("{{") || text.contains("{%") else {
        rendered[name] = value
        continue
      }
      let inner = text.dropFirst(2).dropLast(2)
      guard text.hasPrefix("{{"), text.hasSuffix("}}"),
        let path = PlainPath(String(inner.filter { $0 != " " })),
        case .string(let found)? = path.value(in: payload), !found.contains("{")
      else { return .fired(parameters: nil) }
      rendered[name] = .string(found)
    }
    return .fired(parameters: rendered)
  }
}

/// `trigger.a.b`: names below the payload.
private struct PlainPath {
  private let names: [Substring]

  /// Nil for everything that is more than names and dots. What follows a `#` tells keys apart.
  init?(_ text: String) {
    let key = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)[0]
    let parts = key.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.first == "trigger", parts.count > 1,
      parts.allSatisfy({ part in
        !part.isEmpty && part.utf8.allSatisfy { $0 == 0x5f || isLetterOrDigit($0) }
          && !part.utf8.first.map({ (0x30...0x39).contains($0) })!
      })
    else { return nil }
    names = Array(parts.dropFirst())
  }

  func value(in payload: JSONValue) -> JSONValue? {
    var place: JSONValue? = payload
    for name in names { place = place?[String(name)] }
    return place
  }
}

private func isLetterOrDigit(_ byte: UInt8) -> Bool {
  (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
}

/// One condition of a rule.
struct CriterionOpinion {
  private let path: PlainPath?
  private let name: String
  private let pattern: JSONValue

  init(key: String, body: JSONValue) {
    path = PlainPath(key)
    name = (body["type"]?.stringValue ?? "").lowercased()
    pattern = body["pattern"] ?? .null
  }

  /// Nil: it cannot be told.
  func holds(on payload: JSONValue) -> Bool? {
    if case .string(let text) = pattern, text.contains("{") { return nil }
    guard let path else { return nil }
    let value = path.value(in: payload)
    switch name {
    case "exists": return value.map { $0 != .null } ?? false
    case "nexists": return value.map { $0 == .null } ?? true
    case "equals", "eq": return isEqual(value ?? .null, pattern)
    case "nequals", "neq": return !isEqual(value ?? .null, pattern)
    default: break
    }
    // Python fails on a missing value here; a failure is no match.
    guard let value, value != .null else { return false }
    switch name {
    case "greaterthan", "gt": return number(value).flatMap { a in number(pattern).map { a > $0 } }
    case "lessthan", "lt": return number(value).flatMap { a in number(pattern).map { a < $0 } }
    case "contains": return contains(value, pattern)
    case "ncontains": return contains(value, pattern).map { !$0 }
    case "startswith": return texts(value, pattern).map { $0.hasPrefix($1) }
    case "endswith": return texts(value, pattern).map { $0.hasSuffix($1) }
    case "inside", "in": return contains(pattern, value)
    case "ninside", "nin": return contains(pattern, value).map { !$0 }
    default: return nil
    }
  }

  /// Python's equality of plain values.
  private func isEqual(_ one: JSONValue, _ other: JSONValue) -> Bool {
    if let a = number(one), let b = number(other) { return a == b }
    return one == other
  }

  private func number(_ value: JSONValue) -> Double? {
    switch value {
    case .int(let number): Double(number)
    case .double(let number): number
    case .bool(let flag): flag ? 1 : 0
    default: nil
    }
  }

  private func texts(_ one: JSONValue, _ other: JSONValue) -> (String, String)? {
    guard case .string(let a) = one, case .string(let b) = other, a.utf8.allSatisfy({ $0 < 128 }),
      b.utf8.allSatisfy({ $0 < 128 })
    else { return nil }
    return (a, b)
  }

  private func contains(_ whole: JSONValue, _ part: JSONValue) -> Bool? {
    switch whole {
    case .array(let elements): return elements.contains { isEqual($0, part) }
    case .string: return texts(whole, part).map { $0.contains($1) }
    default: return nil
    }
  }
}
