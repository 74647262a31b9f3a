import Automation
import JSON
import Testing

@Suite struct DiagnosticTests {
  @Test func oneLine() {
    let place = (line: 3, column: 5)
    #expect(
      Diagnostic(.error, in: "rules/a.yaml", at: place, "wrong", hint: "mend it").description
        == "rules/a.yaml:3:5: error: wrong (mend it)")
    #expect(
      Diagnostic(.warning, in: "pack.yaml", "odd").description == "pack.yaml:1:1: warning: odd")
  }

  @Test func contentCannotWriteToTheTerminal() {
    let diagnostic = Diagnostic(.error, in: "a\u{1B}[2J.yaml", "found 'x\ny'\u{9B}", hint: "\u{7F}")
    #expect(
      diagnostic.description == "a\\u{1B}[2J.yaml:1:1: error: found 'x\\ny'\\u{009B} (\\u{7F})")
  }

  @Test func asJSON() {
    let place = (line: 3, column: 5)
    #expect(
      Diagnostic(.warning, in: "a.yaml", at: place, "odd", hint: "mend it").json
        == [
          "severity": "warning", "file": "a.yaml", "line": 3, "column": 5, "message": "odd",
          "hint": "mend it",
        ])
    #expect(Diagnostic(.error, in: "a.yaml", "wrong").json["hint"] == nil)
  }
}
