import HTTPServer

/// Which attributes of an object are wanted: `include_attributes` or `exclude_attributes`, names
/// separated by commas. `action.ref` asks for all of `action`; `id` and `ref` always come.
struct Attributes: Sendable, Equatable {
  struct Rules: Sendable {
    /// Names that may be included; nil: any, what does not exist is ignored.
    var included: Set<String>?
    /// Names that may be excluded; nil: any.
    var excluded: Set<String>?
  }

  private enum Choice: Equatable {
    case all
    case only(Set<String>)
    case without(Set<String>)
  }

  private static let always: Set<String> = ["id", "ref"]
  private let choice: Choice

  static let all = Attributes(choice: .all)

  private init(choice: Choice) { self.choice = choice }

  init(_ query: FormItems, _ rules: Rules) throws(Fault) {
    let included = ListQuery.values("include_attributes", query) ?? []
    let excluded = ListQuery.values("exclude_attributes", query) ?? []
    guard included.isEmpty || excluded.isEmpty else {
      throw Fault(400, "give either include_attributes or exclude_attributes, not both")
    }
    if !included.isEmpty {
      let names = included.map { String($0.prefix { $0 != "." }) }
      try Self.check(names, rules.included, "include_attributes")
      choice = .only(Set(names))
    } else if !excluded.isEmpty {
      try Self.check(excluded, rules.excluded, "exclude_attributes")
      choice = .without(Set(excluded))
    } else {
      choice = .all
    }
  }

  private static func check(
    _ names: [String], _ known: Set<String>?, _ parameter: String
  ) throws(Fault) {
    guard let known, let wrong = names.first(where: { !known.contains($0) }) else { return }
    throw Fault(
      400, "\(parameter) cannot name '\(wrong)'; it takes \(known.sorted().joined(separator: ", "))"
    )
  }

  func wants(_ name: String) -> Bool {
    if Self.always.contains(name) { return true }
    switch choice {
    case .all: return true
    case .only(let names): return names.contains(name)
    case .without(let names): return !names.contains(name)
    }
  }
}
