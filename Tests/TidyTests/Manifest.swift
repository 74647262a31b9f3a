/// The targets that `Package.swift` declares and what each depends on, read from its text: from
/// `targets:` on each call with a name and a list of names is one.
struct Manifest {
  /// What a target is declared with: `system`, `shim`, `library`, `room`, `tests` or a bare
  /// `.target` or `.executableTarget`.
  enum Kind: String, CaseIterable {
    case system, shim, library, room, tests, target, executableTarget

    /// Whether the first list of a call is its dependencies.
    var hasDependencies: Bool { self != .system && self != .shim }
    /// Whether the table of `Sources` says what it may import.
    func isOfTable(path: String) -> Bool {
      self != .tests && !path.hasPrefix("Tests/") && !path.hasPrefix("bench")
    }
  }

  struct Target: Equatable {
    let name: String
    let kind: Kind
    let dependencies: [String]
    let line: Int
    /// Where it says so; empty for the usual place.
    let path: String
  }

  let targets: [Target]

  init(_ file: SourceFile) {
    let text = file.uncommented.joined(separator: "\n")
    var targets: [Target] = []
    var rest = text.dropFirst(0)
    if let start = text.firstRange(of: "\n  targets: [") { rest = text[start.upperBound...] }
    while let open = rest.firstIndex(of: "(") {
      let word = Word.all(in: String(rest[..<open])).last?.text ?? ""
      let isCall = rest[..<open].hasSuffix(word) && !word.isEmpty
      let line = text[..<open].count { $0 == "\n" } + 1
      rest = rest[rest.index(after: open)...]
      guard isCall, let kind = Kind(rawValue: String(word)) else { continue }
      let call = Self.call(rest)
      rest = rest[call.endIndex...]
      if let target = Self.target(kind, call, line: line) { targets.append(target) }
    }
    self.targets = targets
  }

  /// Up to the parenthesis that closes the call.
  private static func call(_ text: Substring) -> Substring {
    var depth = 1
    for place in text.indices {
      if text[place] == "(" { depth += 1 }
      if text[place] == ")" { depth -= 1 }
      if depth == 0 { return text[..<place] }
    }
    return text
  }

  private static func target(_ kind: Kind, _ call: Substring, line: Int) -> Target? {
    guard let name = texts(in: call).first else { return nil }
    var dependencies: [String] = []
    if kind.hasDependencies, let open = call.firstIndex(of: "[") {
      dependencies = texts(in: call[open...].prefix { $0 != "]" })
    }
    var path = ""
    if let place = call.firstRange(of: "path:") {
      path = texts(in: call[place.upperBound...]).first ?? ""
    }
    return Target(name: name, kind: kind, dependencies: dependencies, line: line, path: path)
  }

  /// What stands between quotes.
  private static func texts(in call: Substring) -> [String] {
    let parts = call.split(separator: "\"", omittingEmptySubsequences: false)
    return parts.indices.filter { $0 % 2 == 1 }.map { String(parts[$0]) }
  }
}
