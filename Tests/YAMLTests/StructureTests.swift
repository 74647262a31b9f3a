import Testing
import YAML

@Suite struct StructureTests {
  @Test func everyNodeHasItsPlace() throws {
    let root = try YAMLNode(
      parsing: """
        name: gärten # umlaut
        list:
          - 1
          - {a: b}
        """)
    #expect(root.place == YAMLPlace(line: 1, column: 1))
    guard case .mapping(let pairs) = root.value else {
      Issue.record("no mapping")
      return
    }
    #expect(pairs.map { $0.key.place.description } == ["1:1", "2:1"])
    #expect(pairs.map { $0.value.place.description } == ["1:7", "3:3"])
    #expect(root["list"]?[0]?.place == YAMLPlace(line: 3, column: 5))
    #expect(root["list"]?[1]?["a"]?.place == YAMLPlace(line: 4, column: 9))
    #expect(root["nothing"] == nil && root["name"]?[0] == nil && root["list"]?[2] == nil)
  }

  @Test func aByteOrderMarkMovesNothing() throws {
    let root = try YAMLNode(parsing: "\u{FEFF}a: b")
    #expect(root["a"]?.place == YAMLPlace(line: 1, column: 4))
  }

  @Test func anAliasHasItsOwnPlaceAndTheAnchorsValue() throws {
    let root = try YAMLNode(parsing: "a: &x {k: 1}\nb: *x\n")
    #expect(root["b"] == root["a"])
    #expect(root["b"]?.place == YAMLPlace(line: 2, column: 4))
    #expect(root["b"]?["k"]?.place == YAMLPlace(line: 1, column: 11))
  }

  @Test(arguments: [
    // given keys win over merged ones, wherever they stand
    ("base: &b {x: 1, y: 2}\nr: {y: 3, <<: *b, z: 4}", ["x": 1, "y": 3, "z": 4]),
    // the first of a list wins
    ("a: &a {x: 1}\nb: &b {x: 2, y: 2}\nr: {<<: [*a, *b]}", ["x": 1, "y": 2]),
    // of two merges the later wins
    ("r: {<<: {x: 1, y: 1}, <<: {x: 2}}", ["x": 2, "y": 1]),
    // nested merging
    ("a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nr: {<<: *b}", ["x": 1, "y": 2]),
    // a quoted one is an ordinary key
    ("r: {\"<<\": 1}", ["<<": 1]),
    ("r: {!!merge any: {x: 1}}", ["x": 1]),
  ]) func mergeKeys(text: String, wanted: [String: Int]) throws {
    let merged = try YAMLNode(parsing: text)["r"]
    guard case .mapping(let pairs) = merged?.value else {
      Issue.record("no mapping")
      return
    }
    #expect(pairs.count == wanted.count)
    for (key, number) in wanted { #expect(merged?[key]?.value == .int(number), "\(key)") }
  }

  @Test func mergedKeysComeFirst() throws {
    let root = try YAMLNode(parsing: "a: &a {m: 1, n: 2}\nr: {k: 0, n: 3, <<: *a}")
    guard case .mapping(let pairs) = root["r"]?.value else {
      Issue.record("no mapping")
      return
    }
    #expect(pairs.map(\.key.value) == [.string("m"), .string("n"), .string("k")])
    #expect(pairs[1].value.value == .int(3))
  }

  @Test func keysOfAnyScalarKind() throws {
    let root = try YAMLNode(parsing: "1: a\n1.0: b\ntrue: c\n~: d\n2001-01-01: e\n'1': f\n")
    guard case .mapping(let pairs) = root.value else {
      Issue.record("no mapping")
      return
    }
    #expect(
      pairs.map(\.key.value) == [
        .int(1), .double(1), .bool(true), .null,
        .timestamp(YAMLTimestamp(year: 2001, month: 1, day: 1)), .string("1"),
      ])
  }

  @Test func aKeyGivenTwiceIsReportedAndTheLastCounts() throws {
    // given
    let text = "a: 1\nb: 2\na: 3\nc: {x: 1, x: 2}\na: 4\n"
    // when
    let stream = try YAMLStream(parsing: text)
    // then
    #expect(
      stream.duplicateKeys.map(\.description)
        == [
          "3:1: the key 'a' was given at 1:1 before; this one counts",
          "4:11: the key 'x' was given at 4:5 before; this one counts",
          "5:1: the key 'a' was given at 1:1 before; this one counts",
        ])
    guard case .mapping(let pairs) = stream.documents[0].value else { return }
    #expect(pairs.map(\.key.value) == [.string("a"), .string("b"), .string("c")])
    #expect(pairs[0].value.value == .int(4))
    #expect(pairs[0].key.place == YAMLPlace(line: 5, column: 1))
  }

  @Test func overridingAMergedKeyIsNoDuplicate() throws {
    let stream = try YAMLStream(parsing: "a: &a {x: 1}\nb: {<<: *a, x: 2}")
    #expect(stream.duplicateKeys.isEmpty)
  }

  @Test func manyKeysAreComparedByHash() throws {
    let lines = (0..<100).map { "k\($0): \($0)" } + ["k7: last"]
    let stream = try YAMLStream(parsing: lines.joined(separator: "\n"))
    #expect(stream.duplicateKeys.map(\.place.line) == [101])
    #expect(stream.documents[0]["k7"]?.value == .string("last"))
  }

  @Test(arguments: [
    ("", 0), ("# nothing\n", 0), ("a", 1), ("--- a\n--- b\n...\n", 2), ("---\n---\n", 2),
    ("---", 1),
  ]) func documents(text: String, count: Int) throws {
    #expect(try YAMLStream(parsing: text).documents.count == count)
  }

  @Test func oneDocumentWhereOneIsWanted() throws {
    #expect(try YAMLNode(parsing: "").value == .null)
    #expect(
      throwing { _ = try YAMLNode(parsing: "a: 1\n---\nb: 2\n") }
        == "3:1: expected one document, found 2")
  }

  @Test func anchorsEndWithTheirDocument() {
    #expect(
      throwing { _ = try YAMLStream(parsing: "&a 1\n---\n*a\n") }
        == "3:1: expected an alias of an anchor that stands before it, found *a, but no &a")
  }
}
