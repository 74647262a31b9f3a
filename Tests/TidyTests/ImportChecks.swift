/// One `import` of a file.
struct Import: Equatable {
  let module: String
  let line: Int
}

extension SourceFile {
  /// What the file imports, however it is written: with an access level, an attribute, or for a
  /// single declaration.
  var imports: [Import] {
    words.enumerated().compactMap { index, words in
      guard let place = words.firstIndex(where: { $0.text == "import" }), place + 1 < words.count,
        words[..<place].allSatisfy({ Self.wordsBeforeImport.contains(String($0.text)) })
      else { return nil }
      let rest = words[(place + 1)...]
      let module = rest.first { !Self.kindsOfImport.contains(String($0.text)) }
      return module.map { Import(module: String($0.text), line: index + 1) }
    }
  }

  private static let wordsBeforeImport: Set<String> = [
    "public", "internal", "private", "fileprivate", "package", "testable", "preconcurrency",
    "_exported",
  ]
  private static let kindsOfImport: Set<String> = [
    "struct", "class", "enum", "protocol", "func", "var", "let", "typealias",
  ]

  /// What the product does without: it costs start-up and memory, and a static build has no zones.
  private static let refused: [String: String] = [
    "Foundation": "use Glibc, Synchronization and Sources/Libraries",
    "FoundationEssentials": "use Glibc, Synchronization and Sources/Libraries",
    "FoundationNetworking": "use Curl of Sources/Libraries",
    "Dispatch": "use Threads of Sources/Libraries; main waits in sigwait",
    "XCTest": "use Testing",
  ]

  /// Imports that `allowed` does not hold; `place` says where that is written.
  func importViolations(allowed: Set<String>, place: String) -> [Violation] {
    imports.compactMap { found in
      if let instead = Self.refused[found.module] {
        return violation(found.line, "imports \(found.module); \(instead)")
      }
      guard !allowed.contains(found.module), !TargetTable.everywhere.contains(found.module) else {
        return nil
      }
      return violation(
        found.line,
        "imports \(found.module), which \(place) does not allow; move the code to a target that "
          + "may know \(found.module), or ask for it through a protocol of this target")
    }
  }
}

extension Manifest {
  /// Where the declared targets and the table differ.
  func violations(table: [String: Set<String>]) -> [Violation] {
    var violations: [Violation] = []
    for target in targets where target.kind.isOfTable(path: target.path) {
      let place = { Violation(path: "Package.swift", line: target.line, text: $0) }
      guard let row = table[target.name] else {
        violations.append(
          place(
            "target \(target.name) has no row in Tests/TidyTests/TargetTable.swift; add the row "
              + "with what it may import"))
        continue
      }
      for name in target.dependencies where !row.contains(name) {
        violations.append(
          place(
            "target \(target.name) depends on \(name), which its row in "
              + "Tests/TidyTests/TargetTable.swift does not allow; drop the dependency, or widen "
              + "the row and say why"))
      }
    }
    for name in table.keys.sorted() where !targets.contains(where: { $0.name == name }) {
      violations.append(
        Violation(
          path: "Tests/TidyTests/TargetTable.swift", line: 0,
          text: "the row \(name) has no target in Package.swift; drop the row"))
    }
    return violations + nameViolations
  }

  private var nameViolations: [Violation] {
    targets.filter { TargetTable.forbiddenNames.contains($0.name) }.map { target in
      Violation(
        path: "Package.swift", line: target.line,
        text: "target \(target.name) is named for nothing; name it for what is in it")
    }
  }

  /// What a file of the tree may import: by the table for the product, by its own dependencies for
  /// everything else. Nil for a file that belongs to no target.
  func allowedImports(
    of file: SourceFile, table: [String: Set<String>]
  ) -> (modules: Set<String>, place: String)? {
    guard let name = TargetTable.target(ofPath: file.path) else { return nil }
    if file.isSource {
      guard let row = table[name] else { return nil }
      return (row, "the row \(name) of Tests/TidyTests/TargetTable.swift")
    }
    let target = targets.first {
      $0.name == name || !$0.path.isEmpty && file.path.hasPrefix($0.path + "/")
    }
    guard let target else { return nil }
    return (
      Set(target.dependencies).union(["Testing"]),
      "the dependencies of \(target.name) in Package.swift"
    )
  }
}
