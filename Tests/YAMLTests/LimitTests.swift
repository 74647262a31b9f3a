import Testing
import YAML

/// Each limit: at it, and one past it.
@Suite struct LimitTests {
  private func limits(_ set: (inout YAMLLimits) -> Void) -> YAMLLimits {
    var limits = YAMLLimits()
    set(&limits)
    return limits
  }

  @Test func bytes() throws {
    let limits = limits { $0.bytesMax = 4 }
    #expect(try YAMLNode(parsing: "abcd", limits: limits).value == .string("abcd"))
    #expect(
      throwing { _ = try YAMLNode(parsing: "abcde", limits: limits) }
        == "1:1: expected at most 4 bytes of YAML, found 5")
  }

  @Test func depth() throws {
    let limits = limits { $0.depthMax = 3 }
    _ = try YAMLNode(parsing: "[[{a: 1}]]", limits: limits)
    #expect(
      throwing { _ = try YAMLNode(parsing: "[[{a: []}]]", limits: limits) }
        == "1:7: expected at most 3 collections in one another, found 4")
  }

  @Test func depthCountsWhatAliasesStandFor() throws {
    let limits = limits { $0.depthMax = 3 }
    _ = try YAMLNode(parsing: "a: &a [1]\nb: [*a]", limits: limits)
    #expect(
      throwing { _ = try YAMLNode(parsing: "a: &a [[1]]\nb: [*a]", limits: limits) }
        == "2:5: expected at most 3 collections in one another, found 4")
  }

  @Test func deepTextStopsEarly() {
    let text = String(repeating: "[", count: 1 << 20)
    #expect(throwing { _ = try YAMLNode(parsing: text) }.hasPrefix("1:65: expected at most 64"))
  }

  @Test func nodes() throws {
    let limits = limits { $0.nodesMax = 5 }
    // a mapping, two keys, two values
    _ = try YAMLNode(parsing: "{a: 1, b: 2}", limits: limits)
    #expect(
      throwing { _ = try YAMLNode(parsing: "{a: 1, b: 2, c: 3}", limits: limits) }
        == "1:14: expected at most 5 values, aliases expanded, found more")
  }

  @Test func nodesOfAllDocumentsTogether() throws {
    let limits = limits { $0.nodesMax = 2 }
    _ = try YAMLStream(parsing: "--- 1\n--- 2\n", limits: limits)
    #expect(
      throwing { _ = try YAMLStream(parsing: "--- 1\n--- 2\n--- 3\n", limits: limits) }
        == "3:5: expected at most 2 values, aliases expanded, found more")
  }

  @Test func mergesCount() {
    let limits = limits { $0.nodesMax = 12 }
    // {a, {x, 1}} is 5 with the anchor's key; each merge is a key, a mapping, a '<<' and 3 more
    #expect(
      throwing {
        _ = try YAMLStream(parsing: "a: &a {x: 1}\nb: {<<: *a}\nc: {<<: *a}", limits: limits)
      }
        == "3:4: expected at most 12 values, aliases expanded, found more")
  }

  @Test func anAliasBombStopsWithItsPlace() {
    var lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in 1...9 {
      let parts = Array(repeating: "*l\(level - 1)", count: 10).joined(separator: ", ")
      lines.append("l\(level): &l\(level) [\(parts)]")
    }
    #expect(
      throwing { _ = try YAMLStream(parsing: lines.joined(separator: "\n")) }
        .hasSuffix("expected at most 1000000 values, aliases expanded, found more"))
  }
}
