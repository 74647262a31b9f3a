import Automation
import Calendar
import Connectors
import JSON
import Streams
import Verifier

/// What `petrel log verify` has found.
struct LogReport: Sendable {
  let segments: [LogVerification.Segment]
  let findings: [LogVerification.Finding]
  let findingCount: Int
  let incarnation: String?
  let lastRow: Int64
  let opinion: LogOpinion.Result
  /// The row up to which decisions were worked out again.
  let judgedTo: Int64

  var isSound: Bool { findingCount == 0 && opinion.violationCount == 0 }

  /// Behind a row that is not there nobody can say what must have been decided, so the second
  /// opinion ends at the first damage.
  init(of log: String, _ configuration: Configuration, _ bar: ProgressBar) throws(LogError) {
    let verification = try LogVerification(log)
    let window = Int64(configuration.dedupWindow / .seconds(1))
    var opinion = LogOpinion(
      windowSeconds: max(0, window - 600), idsMax: configuration.dedupIDsMax / 2)
    var judgedTo: Int64 = 0
    let total = verification.byteCount
    let isWhole = verification.firstRow == 1
    let everything = Set(Topic.all.map(\.name))
    verification.run {
      bar.add($0, of: total)
    } _: { row in
      guard verification.findingCount == 0 else { return }
      let isCutOff = !isWhole && judgedTo == 0
      opinion.take(
        Written(records: row.records, consumed: row.positions[Product.engineGroup] ?? [:]),
        trimmed: isCutOff ? everything : row.trimmed, ends: row.ends, at: row.time)
      judgedTo = row.number
    }
    segments = verification.segments
    findings = verification.findings
    findingCount = verification.findingCount
    incarnation = verification.incarnation
    lastRow = verification.lastRow
    self.opinion = opinion.result
    self.judgedTo = judgedTo
  }

  // MARK: - Shown

  func show(_ output: Output) throws {
    try output.table(Self.columns, segments)
    try output.line("")
    for finding in findings { try output.line("damaged: \(Self.text(finding))") }
    try more(findingCount - findings.count, output)
    for violation in opinion.violations { try output.line("wrong: \(violation)") }
    try more(opinion.violationCount - opinion.violations.count, output)
    try output.line(
      "worked out again: \(opinion.decisionCount) decisions, \(opinion.executionCount) executions; "
        + "\(opinion.unjudgedCount) outcomes of rules that only the engine knows are not judged")
    if judgedTo < lastRow {
      try output.line("decisions behind row \(judgedTo) are not judged: the log is damaged there")
    }
    try output.line(
      isSound
        ? "the log is sound up to row \(lastRow)"
        : "the log is not sound: \(findingCount) places are damaged, "
          + "\(opinion.violationCount) facts are not what they must be")
  }

  private func more(_ count: Int, _ output: Output) throws {
    if count > 0 { try output.line("and \(count) more") }
  }

  private static let columns: [Column<LogVerification.Segment>] = [
    Column("SEGMENT") { row, _ in row.file },
    Column("SIZE") { row, _ in ByteCount.rounded(row.bytes) },
    Column("ROWS") { row, _ in "\(row.rowCount)" },
    Column("SOUND") { row, _ in "\(row.soundParts)" },
    Column("TRIMMED") { row, _ in "\(row.trimmedParts)" },
    Column("CORRUPT") { row, _ in "\(row.corruptParts)" },
  ]

  private static func text(_ finding: LogVerification.Finding) -> String {
    var place = "\(finding.file) row \(finding.row)"
    if let topic = finding.topic, let offset = finding.offset { place += " \(topic)@\(offset)" }
    return SafeText.line("\(place): \(finding.found)")
  }

  var json: JSONValue {
    [
      "sound": .bool(isSound), "last_row": .int(Int(lastRow)),
      "incarnation": incarnation.map { .string($0) } ?? .null,
      "segments": .array(
        segments.map { segment in
          [
            "file": .string(segment.file), "bytes": .int(segment.bytes),
            "first_row": .int(Int(segment.firstRow)), "rows": .int(segment.rowCount),
            "sound": .int(segment.soundParts), "trimmed": .int(segment.trimmedParts),
            "corrupt": .int(segment.corruptParts),
          ]
        }),
      "damage_count": .int(findingCount), "damage": .array(findings.map(Self.json)),
      "judged_to_row": .int(Int(judgedTo)), "decisions": .int(opinion.decisionCount),
      "executions": .int(opinion.executionCount), "unjudged": .int(opinion.unjudgedCount),
      "violation_count": .int(opinion.violationCount),
      "violations": .array(
        opinion.violations.map { violation in
          [
            "invariant": .string(violation.invariant.rawValue),
            "place": .string(violation.place), "found": .string(violation.found),
          ]
        }),
    ]
  }

  private static func json(_ finding: LogVerification.Finding) -> JSONValue {
    [
      "file": .string(finding.file), "row": .int(Int(finding.row)),
      "topic": finding.topic.map { .string($0) } ?? .null,
      "offset": finding.offset.map { .int(Int($0)) } ?? .null, "found": .string(finding.found),
    ]
  }
}
