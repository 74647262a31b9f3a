import Automation
import Testing

/// Each limit: at it, and one past it.
@Suite struct PackLimitTests {
  private func limits(_ set: (inout PackLimits) -> Void) -> PackLimits {
    var limits = PackLimits()
    set(&limits)
    return limits
  }

  @Test func files() {
    let limits = limits { $0.filesMax = 2 }
    #expect(PackTexts.complaints(["a": ""], limits: limits).isEmpty)
    #expect(
      PackTexts.complaints(["a": "", "b": ""], limits: limits) == [
        "shop:1:1: error: expected at most 2 files in a pack, found 3"
      ])
  }

  @Test func bytesOfAMetadataFile() {
    let text = "name: a\nrunner_type: noop\n#"
    let limits = limits { $0.metadataBytesMax = PackTexts.metadata.utf8.count }
    let fill = String(repeating: "x", count: PackTexts.metadata.utf8.count - text.utf8.count)
    #expect(PackTexts.complaints(["actions/a.yaml": text + fill], limits: limits).isEmpty)
    #expect(
      PackTexts.complaints(["actions/a.yaml": text + fill + "x"], limits: limits).map {
        $0.hasPrefix("actions/a.yaml:1:1: error: expected at most")
      } == [true])
  }

  @Test func diagnostics() {
    let limits = limits { $0.diagnosticsMax = 3 }
    let text = { (keys: Int) in
      "name: a\nrunner_type: noop\n" + (0..<keys).map { "odd\($0): 1\n" }.joined()
    }
    #expect(PackTexts.complaints(["actions/a.yaml": text(3)], limits: limits).count == 3)
    let complaints = PackTexts.complaints(["actions/a.yaml": text(5)], limits: limits)
    #expect(complaints.count == 4)
    #expect(complaints.last == "shop:1:1: warning: 2 more mistakes are not shown")
  }

  @Test func longWordsAreNotCompared() {
    let word = String(repeating: "x", count: 100)
    let complaints = PackTexts.complaints([
      "actions/a.yaml": "name: a\nrunner_type: noop\n\(word): 1"
    ])
    #expect(
      complaints == ["actions/a.yaml:3:1: warning: an action has no key '\(word)'; it is ignored"])
  }
}
