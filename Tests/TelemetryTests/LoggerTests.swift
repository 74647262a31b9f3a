import Calendar
import Glibc
import Testing
import Threads

@testable import Telemetry

/// Collects what is written to a descriptor.
private final class Paper {
  let descriptor: Int32

  init() throws {
    var path = Array("/tmp/petrel-log-XXXXXX".utf8CString)
    descriptor = mkstemp(&path)
    try #require(descriptor >= 0)
    unlink(path)
  }

  deinit { close(descriptor) }

  /// What was written so far.
  func text() -> String {
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }
}

@Suite struct LoggerTests {
  /// The line without its time, which must be one.
  private func written(
    _ form: LogOutput.Form, level: Level = .debug, isColoured: Bool = false,
    _ body: (Logger) -> Void
  ) throws -> String {
    let paper = try Paper()
    body(
      Logger(
        LogOutput(descriptor: paper.descriptor, form: form, level: level, isColoured: isColoured)))
    let text = paper.text()
    if text.isEmpty { return "" }
    let start = form == .json ? 9 : 0
    let time = String(text.dropFirst(start).prefix(27))
    #expect(Instant(iso8601: time)?.iso8601 == time)
    return String(text.dropFirst(start + 27))
  }

  @Test func writesOneJSONObjectALine() throws {
    let line = try written(.json) { log in
      log.with(["lane": 7, "name": "a \"b\""]).with(["ratio": 0.5]).warning(
        "slow \\ disk", ["late": true, "wait": "\(3) s", "bad": .double(.nan)])
    }
    #expect(
      line
        == #"","level":"warning","message":"slow \\ disk","lane":7,"name":"a \"b\"","ratio":0.5,"#
        + #""late":true,"wait":"3 s","bad":"nan"}"# + "\n")
  }

  @Test func writesTextForPeople() throws {
    let line = try written(.text) { log in
      log.with(["lane": 7]).info(
        "say \"hi\"", ["path": "/a/b", "note": "two words", "empty": "", "sum": "a=b"])
    }
    #expect(
      line == #" info    say "hi" lane=7 path=/a/b note="two words" empty="" sum="a=b""# + "\n")
  }

  @Test func coloursTheLevel() throws {
    let line = try written(.text, isColoured: true) { $0.error("no") }
    #expect(line == " \u{1B}[31merror\u{1B}[0m   no\n")
  }

  @Test(
    arguments: [
      ("a\nb\rc\td", #"a\nb\rc\td"#), ("\u{1B}[31m", #"\u001b[31m"#),
      ("\u{0}\u{7F}", #"\u0000\u007f"#),
      ("\u{80}\u{9F}\u{A0}é", "\\u0080\\u009f\u{A0}é"), ("日本 🦤", "日本 🦤"),
    ])
  func controlCharactersAreEscaped(given text: String, then escaped: String) throws {
    let json = try written(.json) { $0.info(text, ["k": .text(text)]) }
    #expect(json == #"","level":"info","message":"\#(escaped)","k":"\#(escaped)"}"# + "\n")
    let plain = try written(.text) { $0.info(text) }
    #expect(plain == " info    \(escaped)\n")
  }

  @Test(
    arguments: [
      ("", "x", 4096, 4096, ""), ("", "x", 4097, 4096, "…"), ("", "é", 2048, 2048, ""),
      ("x", "é", 2048, 2047, "…"),
    ])
  func textsAreCutBetweenCharacters(
    given start: String, _ repeated: String, _ count: Int, thenLeft left: Int, _ end: String
  ) throws {
    let line = try written(.text) { log in
      log.info(start + String(repeating: repeated, count: count))
    }
    let cut = start + String(repeating: repeated, count: left) + end
    #expect(line == " info    \(cut)\n")
  }

  @Test func aLineTakesNoMoreFieldsOnceItIsLong() throws {
    let text = String(repeating: "x", count: 4096)
    let line = try written(.json) { log in
      var log = log
      for _ in 0..<20 { log = log.with(["k": .text(text)]) }
      log.info("m", ["late": 1])
    }
    #expect(line.utf8.count < LogLine.lineBytesMax + 4096 + 100)
    #expect(line.hasSuffix("x\"}\n"))
    #expect(!line.contains("late"))
  }

  @Test(arguments: Level.allCases)
  func onlyLevelsFromTheMinimumAreWritten(given minimum: Level) throws {
    let paper = try Paper()
    let output = LogOutput(descriptor: paper.descriptor, form: .text, level: .error)
    let log = Logger(output)
    output.level = minimum
    #expect(output.level == minimum)
    log.debug("m")
    log.info("m")
    log.warning("m")
    log.error("m")
    let lines = paper.text().split(separator: "\n")
    let levels = lines.map { $0.split(separator: " ")[1] }
    #expect(levels.map(String.init) == Level.allCases.filter { $0 >= minimum }.map(\.rawValue))
  }

  @Test func belowTheMinimumNothingIsEvaluated() throws {
    var evaluated = 0
    func message() -> String {
      evaluated += 1
      return "m"
    }
    #expect(try written(.json, level: .info) { $0.debug(message(), ["k": .text(message())]) } == "")
    #expect(evaluated == 0)
  }

  @Test func linesOfManyThreadsStayWhole() throws {
    let paper = try Paper()
    let log = Logger(LogOutput(descriptor: paper.descriptor, form: .text))
    let threads = try (0..<4).map { number in
      try Thread.start(named: "log-\(number)") {
        for _ in 0..<500 { log.with(["thread": .int(number)]).info("message") }
      }
    }
    for thread in threads { thread.join() }
    let lines = paper.text().split(separator: "\n")
    #expect(lines.count == 2_000)
    for number in 0..<4 {
      #expect(lines.count { $0.hasSuffix("Z info    message thread=\(number)") } == 500)
    }
    #expect(log.output.droppedLines == 0)
  }

  @Test func aLineThatCannotBeWrittenIsCounted() {
    let log = Logger(LogOutput(descriptor: -1))
    log.error("nobody reads this")
    #expect(log.output.droppedLines == 1)
  }
}
