import Testing

/// Each check finds what it is there for in a small text, says where it is and what to do, and
/// leaves a good text alone.
@Suite struct CheckTests {
  private func file(_ text: String, path: String = "Sources/JSON/Thing.swift") -> SourceFile {
    SourceFile(path: path, text: text)
  }

  private func texts(_ violations: [Violation]) -> [String] { violations.map(\.description) }

  // MARK: - Imports

  @Test func `imports are found in every spelling`() {
    let found = file(
      """
      public import JSON
      @preconcurrency internal import Glibc
      import struct Calendar.Instant
      // import Foundation
      let text = "import Dispatch"
      """
    ).imports
    #expect(found.map(\.module) == ["JSON", "Glibc", "Calendar"])
    #expect(found.map(\.line) == [1, 2, 3])
  }

  @Test func `an import that the table does not hold is refused`() {
    let bad = file("import Glibc\nimport JSON\nimport Kafka\n")
    #expect(
      texts(bad.importViolations(allowed: ["JSON"], place: "the row X")) == [
        "Sources/JSON/Thing.swift:3: imports Kafka, which the row X does not allow; move the code "
          + "to a target that may know Kafka, or ask for it through a protocol of this target"
      ])
  }

  @Test(arguments: ["Foundation", "FoundationEssentials", "Dispatch", "XCTest"])
  func `some imports are refused even if a table holds them`(module: String) {
    let violations = file("public import \(module)\n").importViolations(
      allowed: [module], place: "the row X")
    #expect(violations.count == 1)
    #expect(violations.first?.text.hasPrefix("imports \(module); use ") == true)
  }

  // MARK: - Package.swift

  private static let manifest = """
    func library(_ name: String) -> Target { .target(name: name, path: "Sources") }
    let package = Package(
      products: [.executable(name: "petrel", targets: ["petrel"])],
      targets: [
        system("CPQ", "libpq", apt: "libpq-dev"),  // tests("Comment", ["No"])
        shim("CSpawn", links: ["simdjson"]),
        library("JSON", ["CSimdJSON"]),
        room(
          "Streams",
          [
            "JSON", "Kafka",
          ]),
        .executableTarget(
          name: "petrel", dependencies: ["Streams"], path: "Sources/petrel"),
        tests("JSONTests", ["JSON"]),
        .target(name: "TestSupport", dependencies: ["JSON"], path: "Tests/TestSupport"),
        library("Utils"),
      ])
    """

  @Test func `the manifest's targets are read with their dependencies`() {
    let targets = Manifest(file(Self.manifest, path: "Package.swift")).targets
    #expect(
      targets.map(\.name) == [
        "CPQ", "CSpawn", "JSON", "Streams", "petrel", "JSONTests", "TestSupport", "Utils",
      ])
    #expect(
      targets.map(\.dependencies) == [
        [], [], ["CSimdJSON"], ["JSON", "Kafka"], ["Streams"], ["JSON"], ["JSON"], [],
      ])
    #expect(targets.map(\.line) == [5, 6, 7, 8, 13, 15, 16, 17])
    #expect(targets[6].path == "Tests/TestSupport")
  }

  @Test func `manifest and table are held against each other`() {
    let violations = Manifest(file(Self.manifest, path: "Package.swift")).violations(table: [
      "CPQ": [], "CSpawn": [], "JSON": ["CSimdJSON"], "Streams": ["JSON"], "petrel": ["Streams"],
      "Gone": [],
    ])
    #expect(
      texts(violations).map { $0.prefix { $0 != ";" } } == [
        "Package.swift:8: target Streams depends on Kafka, which its row in "
          + "Tests/TidyTests/TargetTable.swift does not allow",
        "Package.swift:17: target Utils has no row in Tests/TidyTests/TargetTable.swift",
        "Tests/TidyTests/TargetTable.swift: the row Gone has no target in Package.swift",
        "Package.swift:17: target Utils is named for nothing",
      ])
  }

  @Test(arguments: [
    ("Sources/Libraries/JSON/JSONValue.swift", "JSON"),
    ("Sources/CLibraries/CSpawn/include/CSpawn.h", "CSpawn"),
    ("Sources/API/Routes/EventRoutes.swift", "API"), ("Tests/JSONTests/A.swift", "JSONTests"),
    ("bench/Main.swift", "bench"), ("Sources/Stray.swift", nil),
  ])
  func `a file belongs to the target of its folder`(path: String, target: String?) {
    #expect(TargetTable.target(ofPath: path) == target)
  }

  @Test func `tests import what the manifest lets them`() {
    let manifest = Manifest(file(Self.manifest, path: "Package.swift"))
    let allowed = { (path: String) in
      manifest.allowedImports(of: file("", path: path), table: ["JSON": ["CSimdJSON"]])?.modules
    }
    #expect(allowed("Sources/Libraries/JSON/A.swift") == ["CSimdJSON"])
    #expect(allowed("Tests/JSONTests/A.swift") == ["JSON", "Testing"])
    #expect(allowed("Tests/TestSupport/A.swift") == ["JSON", "Testing"])
    #expect(allowed("Sources/Stray/A.swift") == nil)
    #expect(allowed("Tests/Stray/A.swift") == nil)
  }

  // MARK: - Lengths

  @Test(arguments: [(500, 0), (501, 1)])
  func `a file has at most 500 lines`(count: Int, violationCount: Int) {
    let text = String(repeating: "let a = 1\n", count: count)
    #expect(file(text).sizeViolations.count == violationCount)
  }

  @Test func `a line has at most 100 columns, counted in characters`() {
    let good = String(repeating: "é", count: 100)
    #expect(file(good + "\n").columnViolations.isEmpty)
    #expect(
      texts(file("\n" + good + "é\n").columnViolations) == [
        "Sources/JSON/Thing.swift:2: has 101 columns, at most 100 are allowed; break the line"
      ])
  }

  @Test func `a line of a test that is nothing but a text may be longer`() {
    let text = "  + \"" + String(repeating: "a", count: 100) + "\",\n"
    let violations = { (text: String, path: String) in file(text, path: path).columnViolations }
    #expect(violations(text, "Tests/A/A.swift").isEmpty)
    #expect(violations(text, "Sources/A/A.swift").count == 1)
    #expect(violations("f(" + text, "Tests/A/A.swift").count == 1)
    #expect(violations("//" + text, "Tests/A/A.swift").count == 1)
  }

  @Test(arguments: [(58, 0), (59, 1)])
  func `a function has at most 60 lines with its braces`(count: Int, violationCount: Int) {
    let body = String(repeating: "  let a = 1\n", count: count)
    let violations = file("func long() {\n\(body)}\n").functionViolations
    #expect(violations.count == violationCount)
    #expect(violations.allSatisfy { $0.text.hasPrefix("func long has 61 lines") })
  }

  // MARK: - Openings

  @Test func `a file opens with a doc comment`() {
    #expect(file("import Glibc\n\n/// A thing.\nstruct Thing {}\n").openingViolations.isEmpty)
    #expect(file("/// A thing.\nstruct Thing {}\n").openingViolations.isEmpty)
    #expect(file("extension A {\n  /// A part.\n  var b = 1\n}\n").openingViolations.isEmpty)
    #expect(file("extension A {\n  var b = 1\n}\n").openingViolations.map(\.line) == [1])
    #expect(
      texts(file("import Glibc\n\n@frozen\nstruct Thing {}\n").openingViolations) == [
        "Sources/JSON/Thing.swift:3: opens without a doc comment; put /// before its main type: "
          + "purpose, invariants, units, limits, errors"
      ])
    #expect(file("// Thing\n").openingViolations.map(\.line) == [0])
  }

  @Test func `public types have doc comments, unless another type holds them`() {
    let violations = file(
      """
      /// A thing.
      @frozen
      public struct Thing {
        public enum Kind { case one }
      }
      struct Hidden {}

      @frozen
      public final class Bare {}
      /// Another.
      public protocol Other {}
      """
    ).documentationViolations
    #expect(
      texts(violations) == [
        "Sources/JSON/Thing.swift:9: public type Bare has no doc comment; say with /// what it is"
      ])
  }

  // MARK: - Names and words

  @Test(arguments: [
    "PackManager", "JobHelper", "TextUtils", "CommonPart", "RunnerBase", "LogImpl",
    "RequestHandler", "PackInfo", "NewPack", "LegacyPack", "HTTPWrapper", "InfoLine",
  ])
  func `empty words in names are refused`(name: String) {
    #expect(file("struct \(name) {}\n").nameViolations.count == 1)
    #expect(file("struct A {}\n", path: "Sources/JSON/\(name).swift").nameViolations.count == 1)
  }

  @Test func `a word is a whole word`() {
    let good = "enum Base64 {}\nstruct Database {}\nclass func managed() {}\nenum Newest {}\n"
    #expect(file(good).nameViolations.isEmpty)
    #expect(Word.parts(ofName: "HTTPServerInfo2") == ["HTTP", "Server", "Info2"])
    #expect(Word.parts(ofName: "JSON_Base") == ["JSON_", "Base"])
  }

  @Test(arguments: ["TODO: more", "fixed, FIXME", "XXX", "a HACK", "off for now", "For now it is"])
  func `what is left for later is found in comments`(text: String) {
    #expect(file("let a = 1  // \(text)\n").unfinishedViolations.map(\.line) == [1])
    #expect(file("let a = \"\(text)\"\n").unfinishedViolations.isEmpty)
  }

  @Test func `known words are not taken for marks`() {
    #expect(file("// for nowhere, TODOS, it is off for NOW\n").unfinishedViolations.count == 1)
    #expect(file("// for nowhere, TODOS\n").unfinishedViolations.isEmpty)
  }

  @Test func `calls of fork are found`() {
    let bad = file("pid_t id = fork();\nvfork();\nforkable();\n// fork()\n", path: "Sources/A/a.c")
    #expect(bad.forkViolations.map(\.line) == [1, 2])
    #expect(bad.forkViolations.first?.text.hasSuffix("use Processes") == true)
  }

  @Test func `calls that sleep are found`() {
    let bad = file(
      """
      try await Task.sleep(for: .seconds(1))
      usleep(1000)
      sleep(1)
      let script = "sleep 5; usleep(1)"
      asleep(1)
      """, path: "Tests/A/A.swift")
    #expect(bad.sleepViolations.map(\.line) == [1, 2, 3])
    #expect(bad.sleepViolations.first?.text.hasPrefix("calls sleep; wait on the fact") == true)
  }

  @Test func `only the function that waits for a fact may rest`() {
    let text = """
      func until(_ fact: () -> Bool) async {
        while !fact() { usleep(1000) }
      }
      func untilLater() { usleep(1000) }
      """
    #expect(file(text, path: "Tests/A/A.swift").sleepViolations.map(\.line) == [4])
  }

  // MARK: - Lists

  @Test func `a runner that is not in the list is found`() {
    let list = RoleList.all[0]
    let runner = file("struct A {}", path: "Sources/Runners/EchoRunner.swift")
    let other = file("struct A {}", path: "Sources/Runners/Runner.swift")
    let holder = { (text: String) in file(text, path: "Sources/Runners/Runners.swift") }
    #expect(
      texts(list.violations(in: [runner, other, holder("let all = [NoopRunner()]")])) == [
        "Sources/Runners/EchoRunner.swift: EchoRunner is not in the list of "
          + "Sources/Runners/Runners.swift; add one line there"
      ])
    #expect(list.violations(in: [runner, holder("let all = [EchoRunner()]")]).isEmpty)
    #expect(list.violations(in: [runner, holder("// EchoRunner")]).count == 1)
    #expect(
      list.violations(in: [runner]).first?.text.contains("Runners.swift, which is missing")
        == true)
  }
}
