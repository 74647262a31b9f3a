import Calendar
import JSON
import Testing
import Threads

@testable import petrel

@Suite struct OutputTests {
  private func output(columns: Int?, isColoured: Bool = false, isUTC: Bool = false) -> Output {
    Output(
      channel: Channel(columnsMax: columns, isColoured: isColoured) { _ in }, isJSON: false,
      isUTC: isUTC, now: CommandRun.now)
  }

  static let widths: [(text: String, columns: Int)] = [
    ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("👍🏽", 2), ("✓", 1), ("❤️", 2),
    ("\u{200D}", 0),
  ]

  @Test(arguments: widths)
  func textHasTheWidthThatATerminalGivesIt(_ row: (text: String, columns: Int)) {
    #expect(TextWidth.columns(row.text) == row.columns)
  }

  static let cuts: [(text: String, max: Int, cut: String)] = [
    ("abcd", 4, "abcd"), ("abcde", 4, "abc…"), ("日本語", 6, "日本語"), ("日本語", 5, "日本…"),
    ("日本語", 4, "日…"), ("abc", 1, "…"), ("abc", 0, ""),
  ]

  @Test(arguments: cuts)
  func longTextIsCutWithAMark(_ row: (text: String, max: Int, cut: String)) {
    #expect(TextWidth.truncated(row.text, columnsMax: row.max) == row.cut)
  }

  @Test func whatMovesATerminalIsShownInstead() {
    #expect(SafeText.line("a\u{1B}[31mb\nc\td") == #"a\u{1b}[31mb\nc\td"#)
    #expect(SafeText.line("a\u{202E}b\u{9B}2J") == #"a\u{202e}b\u{9b}2J"#)
    #expect(SafeText.lines("a\r\nb\tc\u{7}\rd") == "a\nb\tc\\u{7}\\rd")
    #expect(SafeText.line("é 日 👍") == "é 日 👍")
    #expect(SafeText.json("{\"a\":\"\u{9B}\u{202E}\"}\n") == "{\"a\":\"\\u009b\\u202e\"}\n")
  }

  @Test func tablesFitTheTerminal() {
    let rows = [
      ("one", String(repeating: "x", count: 60), "end"), ("two", "short", "finish"),
    ]
    let columns: [Column<(String, String, String)>] = [
      Column("ID") { row, _ in row.0 }, Column("LONG", isFlexible: true) { row, _ in row.1 },
      Column("LAST") { row, _ in row.2 },
    ]
    for width in [80, 40, 24, 10] {
      let layout = TableLayout(columns, for: rows, output(columns: width))
      for line in [layout.header] + rows.map({ layout.line($0) }) {
        #expect(TextWidth.columns(line) <= width)
      }
    }
    let layout = TableLayout(columns, for: rows, output(columns: 30))
    #expect(layout.line(rows[0]) == "one  " + String(repeating: "x", count: 16) + "…  end")
    // Elsewhere nothing is cut.
    let free = TableLayout(columns, for: rows, output(columns: nil))
    #expect(free.line(rows[0]).contains(rows[0].1))
    #expect(free.header == "ID   LONG" + String(repeating: " ", count: 58) + "LAST")
  }

  @Test func theWidestColumnShrinksFirstAndNoneBelowItsLeast() {
    typealias Layout = TableLayout<String>
    let flexible = [false, true, true]
    #expect(Layout.fitted([10, 30, 20], flexible: flexible, columnsMax: 64) == [10, 30, 20])
    #expect(Layout.fitted([10, 30, 20], flexible: flexible, columnsMax: 54) == [10, 20, 20])
    #expect(Layout.fitted([10, 30, 20], flexible: flexible, columnsMax: 20) == [10, 8, 8])
  }

  @Test func coloursAreForTerminalsOnly() {
    let columns: [Column<String>] = [Column("S", style: .status) { row, _ in row }]
    let rows = ["failed"]
    let plain = TableLayout(columns, for: rows, output(columns: 80))
    #expect(plain.line("failed") == "failed")
    let coloured = TableLayout(columns, for: rows, output(columns: 80, isColoured: true))
    #expect(coloured.line("failed") == "\u{1B}[31mfailed\u{1B}[0m")
  }

  @Test func noColorIsHonoured() {
    // A file is no terminal, whatever the variables say.
    #expect(!Channel(descriptor: -1, variables: ["COLUMNS": "40"]).isTerminal)
    #expect(!Channel(descriptor: -1, variables: [:]).isColoured)
  }

  @Test func timesAreAgesOrExact() {
    let time = JSONValue.string("2026-11-25T11:57:00.000000Z")
    #expect(output(columns: nil).time(time) == "3 min ago")
    #expect(output(columns: nil, isUTC: true).time(time) == "2026-11-25T11:57:00.000000Z")
    #expect(output(columns: nil).time("someday") == "someday")
    #expect(output(columns: nil).time(nil) == "")
  }

  @Test func valuesReadLikeText() {
    let value: JSONValue = [
      "code": 0, "stdout": "one\r\ntwo\u{1B}\n", "list": ["a", ["b": true]], "none": nil, "e": [:],
    ]
    #expect(
      ValueText.lines(value) == [
        "  code: 0", "  stdout:", "    one", #"    two\u{1b}"#, "  list:", "    - a", "    -",
        "      b: true", "  none: null", "  e: {}",
      ])
  }

  @Test func progressFitsItsLine() {
    let half = ProgressBar.text(
      title: "sending", done: 512 << 10, total: 1 << 20, elapsed: .seconds(1), columnsMax: 79)
    #expect(half.hasPrefix("sending [##"))
    #expect(half.hasSuffix("512.0 KiB of 1.0 MiB (50 %), 512.0 KiB/s"))
    #expect(half.count <= 79)
    let unknown = ProgressBar.text(
      title: "sending", done: 2_048, total: nil, elapsed: .zero, columnsMax: 79)
    #expect(unknown == "sending 2.0 KiB")
    let narrow = ProgressBar.text(
      title: "sending", done: 1, total: 2, elapsed: .seconds(1), columnsMax: 12)
    #expect(TextWidth.columns(narrow) <= 12)
  }

  @Test func progressIsShownOnATerminalOnly() {
    let shown = Locked<[UInt8]>([])
    let terminal = Channel(columnsMax: 80) { bytes in shown.withLock { $0 += bytes } }
    let start = ContinuousClock.now
    let bar = ProgressBar(terminal, title: "sending", total: 10, start: start)
    bar.add(5, now: start)
    // Too soon after the one before.
    bar.add(1, now: start + .milliseconds(99))
    let once = shown.withLock { $0.count }
    bar.add(1, now: start + .milliseconds(100))
    #expect(shown.withLock { $0.count } > once)
    bar.clear()
    #expect(shown.withLock { String(decoding: $0, as: UTF8.self) }.hasSuffix("\r\u{1B}[K"))
    let file = Channel { _ in Issue.record("a file gets no progress") }
    ProgressBar(file, title: "sending", total: 10).add(10)
  }
}
