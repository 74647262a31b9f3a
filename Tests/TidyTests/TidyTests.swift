import Testing

/// The source tree holds to its own form: direction of imports, lengths, names, words, lists. Each
/// check is a function over text and is tested itself in `CheckTests`.
@Suite struct TidyTests {
  private let tree = SourceTree.here

  private func expectNone(_ violations: [Violation]) {
    for violation in violations { Issue.record("\(violation)") }
  }

  @Test func `the tree is there`() {
    #expect(tree.files.contains { $0.path == "Tests/TidyTests/TidyTests.swift" })
    #expect(tree.files.count { $0.isSource } > 100)
    #expect(Manifest(tree.manifest).targets.count > 20)
  }

  @Test func `imports follow the table of targets`() {
    let manifest = Manifest(tree.manifest)
    expectNone(manifest.violations(table: TargetTable.rows))
    for file in tree.files where file.isSwift {
      guard let allowed = manifest.allowedImports(of: file, table: TargetTable.rows) else {
        Issue.record("\(file.path): belongs to no target of Package.swift; declare its target")
        continue
      }
      expectNone(file.importViolations(allowed: allowed.modules, place: allowed.place))
    }
  }

  @Test func `files, lines and functions keep their lengths`() {
    for file in tree.files + [tree.manifest] {
      expectNone(file.sizeViolations + file.columnViolations + file.functionViolations)
    }
  }

  @Test func `files of the product open with what they are, public types say it`() {
    for file in tree.files where file.isSource && file.isSwift {
      expectNone(file.openingViolations + file.documentationViolations)
    }
  }

  @Test func `names mean something`() {
    for file in tree.files { expectNone(file.nameViolations) }
  }

  @Test func `nothing is left for later`() {
    for file in tree.files + [tree.manifest] { expectNone(file.unfinishedViolations) }
  }

  @Test func `nobody forks, no test sleeps`() {
    for file in tree.files {
      expectNone(file.forkViolations)
      if file.isTest { expectNone(file.sleepViolations) }
    }
  }

  /// `make fuzz` runs the targets that have a corpus.
  @Test func `each fuzz target has seeds`() {
    let targets = SourceTree.names(in: "Tests/Fuzz").filter { $0.hasSuffix("Fuzz.swift") }
      .map { $0.dropLast("Fuzz.swift".count).lowercased() }
    #expect(targets.count > 4)
    for target in targets {
      let seeds = SourceTree.names(in: "Tests/Fuzz/Corpus/" + target)
      #expect(!seeds.isEmpty, "add small inputs to Tests/Fuzz/Corpus/\(target)")
    }
  }

  @Test(arguments: RoleList.all.indices)
  func `what plays a role stands in the list of that role`(index: Int) {
    expectNone(RoleList.all[index].violations(in: tree.files))
  }
}
