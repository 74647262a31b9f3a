import Testing

/// What is code, comment and text, and where a function ends.
@Suite struct ScannerTests {
  private func code(_ text: String) -> [String] {
    SourceFile(path: "A.swift", text: text).code.map {
      $0.split(separator: " ").joined(separator: " ")
    }
  }

  @Test(arguments: [
    ("a // b { \"c\n d", ["a", "d"]),
    ("a /* b /* c */ { */ d", ["a d"]),
    (#"a "b // { \" c" d"#, ["a d"]),
    (##"a #"b " \" { "# d"##, ["a d"]),
    ("a \"\"\"\n { \" \\\"\"\" }\n  \"\"\" d", ["a", "", "d"]),
    (#"a "\(b("}") + ")}") {" d"#, ["a d"]),
    (##"a #"\(b) \#(c("{")) {"# d"##, ["a d"]),
    ("func `it's { and \" (`() { a }", ["func () { a }"]),
    ("case '\"': {", ["case : {"]),
    ("a \"unended {\n b }", ["a", "b }"]),
    ("/* unended", [""]),
    ("é \"é\" é", ["é é"]),
  ])
  func `comments and texts are blank in code`(text: String, expected: [String]) {
    #expect(code(text) == expected)
  }

  @Test func `the views have the lines of the file`() {
    let file = SourceFile(path: "A.swift", text: "a // b\n\"\"\"\nc\n\"\"\"\n/* d\ne */ f\n")
    #expect(file.lines.count == 6)
    #expect(file.code.count == 6 && file.comments.count == 6 && file.uncommented.count == 6)
    #expect(file.comments.map { $0.filter { $0 != " " } } == ["//b", "", "", "", "/*d", "e*/"])
    #expect(file.uncommented[2] == "c")
  }

  private func functions(_ text: String) -> [Function] {
    SourceFile(path: "A.swift", text: text).functions
  }

  @Test func `functions are counted from name to closing brace`() {
    let found = functions(
      """
      struct A {
        func one() { two() }
        func `two words {`(
          a: [Int] = [], b: () -> Void = { print("}") }
        ) throws(Wrong)
          -> Int
        {
          if a { b }
          func inner() {
          }
        }
        init?(a: Int) {
          self.init(b: a)
        }
        subscript(place: Int) -> Int {
          get { 1 }
        }
        deinit {
        }
      }
      """)
    #expect(found.map(\.line) == [2, 3, 9, 12, 15, 18])
    #expect(found.map(\.lineCount) == [1, 9, 2, 3, 3, 2])
    #expect(found[0].name == "func one")
    #expect(found[3].name == "init")
  }

  @Test func `what has no body is no function`() {
    let found = functions(
      """
      protocol A {
        func one(a: Int)
        func two(
          a: Int
        ) async throws -> Int
        init(a: Int)
        func three() -> Int where A: B }
      var a: Int { A.init(b).init(c) }
      let b = { subscript in
      }
      func four<A>(a: A) -> Int
      where A: B {
      }
      """)
    #expect(found.map(\.name) == ["func four"])
    #expect(found.map(\.lineCount) == [3])
  }
}
