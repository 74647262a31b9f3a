/// What a criterion can ask about a value: 24 functions under 33 names.
public enum RuleOperator: Sendable, Hashable, CaseIterable {
  case equals, notEquals, equalsIgnoringCase
  case contains, notContains, containsIgnoringCase, notContainsIgnoringCase
  case startsWith, startsWithIgnoringCase, endsWith, endsWithIgnoringCase
  case lessThan, greaterThan
  case matchesWildcard, matchesRegex, searchesRegex, searchesRegexIgnoringCase
  case youngerThan, olderThan
  case exists, notExists
  case inside, notInside
  case search

  /// All names as they may be registered.
  public static let named: [String: RuleOperator] = [
    "equals": .equals, "eq": .equals, "nequals": .notEquals, "neq": .notEquals,
    "iequals": .equalsIgnoringCase, "ieq": .equalsIgnoringCase,
    "contains": .contains, "ncontains": .notContains,
    "icontains": .containsIgnoringCase, "incontains": .notContainsIgnoringCase,
    "startswith": .startsWith, "istartswith": .startsWithIgnoringCase,
    "endswith": .endsWith, "iendswith": .endsWithIgnoringCase,
    "lessthan": .lessThan, "lt": .lessThan, "greaterthan": .greaterThan, "gt": .greaterThan,
    "matchwildcard": .matchesWildcard, "matchregex": .matchesRegex, "regex": .searchesRegex,
    "iregex": .searchesRegexIgnoringCase,
    "timediff_lt": .youngerThan, "td_lt": .youngerThan,
    "timediff_gt": .olderThan, "td_gt": .olderThan,
    "exists": .exists, "nexists": .notExists,
    "inside": .inside, "in": .inside, "ninside": .notInside, "nin": .notInside,
    "search": .search,
  ]

  /// As a running rule finds its operator: in any case of letters. Registration wants the names as
  /// they are in `named`. `search` is known in lower case only, since nothing else gives it the
  /// condition that it needs.
  public init?(anyCase name: String) {
    guard let found = Self.named[name.lowercased()], found != .search || name == "search" else {
      return nil
    }
    self = found
  }
}
