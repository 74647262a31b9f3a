import Automation
import HTTPServer
import JSON
import Streams

/// Takes events out of a body and appends them batch by batch, or all at the end. What a batch has
/// brought stays taken when the body breaks later; the answer says how much that is.
struct BatchTaker {
  let intake: Intake
  /// All or none, in one append.
  let isWhole: Bool
  /// Whose decisions can be waited for: the first ones of a long body.
  private(set) var taken: [(line: Int, Appended)] = []
  private var gathered = Intake.Gathered()
  private var rejectedCount = 0
  private var acceptedCount = 0
  /// The line of the last event that was read, and of the last one that was appended.
  private var lineRead = 0
  private var lineAppended = 0

  init(intake: Intake, isWhole: Bool) {
    self.intake = intake
    self.isWhole = isWhole
  }

  var isFull: Bool {
    !isWhole && gathered.outgoing.byteCount >= EventRoutes.batchBytesMax
  }

  mutating func take(_ piece: JSONSplitter.Piece) {
    switch piece {
    case .document(let bytes, let line):
      lineRead = line
      let before = gathered.rejected.count
      intake.gather(bytes, line: line, into: &gathered)
      rejectedCount += gathered.rejected.count - before
    case .tooLong(let line, let bytes):
      lineRead = line
      intake.meter.noteRejected(.tooLong)
      refuse(
        line, "an event may have \(intake.eventBytesMax) bytes, this one has \(bytes)")
    }
    if gathered.rejected.count > EventRoutes.rejectedMax {
      gathered.rejected.removeLast(gathered.rejected.count - EventRoutes.rejectedMax)
    }
  }

  /// What the body's form itself breaks.
  mutating func reject(_ error: JSONError) {
    intake.meter.noteRejected(.notJSON)
    refuse(error.line, error.refusal(ofDocumentAt: 1))
  }

  private mutating func refuse(_ line: Int, _ reason: String) {
    rejectedCount += 1
    gathered.rejected.append(Intake.Rejected(line: line, reason: reason))
  }

  /// Appends what is gathered; it becomes durable with the last batch.
  mutating func flush() async throws(LogError) {
    let appended = try await intake.append(gathered, .recorded)
    note(appended)
    let rejected = gathered.rejected
    gathered = Intake.Gathered()
    gathered.rejected = rejected
  }

  private mutating func note(_ appended: [Appended]) {
    acceptedCount += appended.count
    lineAppended = lineRead
    // Lines are only asked for when somebody waits for a decision; a long stream keeps the first.
    let room = max(0, DecidedWait.eventsMax - taken.count)
    taken += zip(gathered.lines, appended).prefix(room).map { (line: $0, $1) }
  }

  /// Appends the rest, waits until all is durable, and says what became of the body.
  mutating func finish() async throws(LogError) -> IntakeReport {
    if isWhole, rejectedCount > 0 { return report(accepted: 0) }
    let isLast = gathered.outgoing.isEmpty
    note(try await intake.append(gathered, .synced))
    if isLast, acceptedCount > 0 { try await intake.log.sync() }
    return report(accepted: acceptedCount)
  }

  private func report(accepted: Int) -> IntakeReport {
    IntakeReport(
      accepted: accepted, rejected: gathered.rejected, rejectedCount: rejectedCount)
  }

  /// The answer to a body that broke. What was appended before is made durable and told, so that
  /// its sender need not send it twice.
  mutating func response(to error: any Error) async -> Response {
    let response = Response.of(error)
    guard acceptedCount > 0, let bytes = response.bytes else { return response }
    let reason = (try? JSONValue(parsing: bytes))?["faultstring"]?.stringValue ?? "\(error)"
    var report = self.report(accepted: acceptedCount)
    do {
      try await intake.log.sync()
      report.fault = "\(reason); what came up to line \(lineAppended) is taken"
    } catch {
      report.fault =
        "\(reason); what came up to line \(lineAppended) is recorded, but may not be durable"
    }
    report.lineAppended = lineAppended
    var answer = report.response(status: response.status)
    answer.headers += response.headers.filter { $0.name == "Retry-After" }
    return answer
  }
}

/// The answer to a body of events.
struct IntakeReport {
  let accepted: Int
  let rejected: [Intake.Rejected]
  let rejectedCount: Int
  /// What the rules made of them, where the sender waits for it, and of how many that is not told.
  var outcomes: [EventOutcome]?
  var outcomesOmitted = 0
  /// Why the body was not read to its end, and which line was reached.
  var fault: String?
  var lineAppended: Int?

  init(accepted: Int, rejected: [Intake.Rejected], rejectedCount: Int) {
    self.accepted = accepted
    self.rejected = rejected
    self.rejectedCount = rejectedCount
  }

  /// 202 when anything was taken or nothing refused; 400 when all was refused.
  func response() -> Response {
    response(status: accepted == 0 && rejectedCount > 0 ? 400 : 202)
  }

  func response(status: Int) -> Response {
    .json(status: status) { writer in
      writer.beginObject()
      if status >= 400 {
        writer.key("faultstring")
        writer.value(
          fault ?? rejected.first.map { "line \($0.line): \($0.reason)" } ?? "nothing was taken")
      }
      writer.key("accepted")
      writer.value(accepted)
      if let lineAppended {
        writer.key("accepted_to_line")
        writer.value(lineAppended)
      }
      writeRejected(into: &writer)
      writeOutcomes(into: &writer)
      writer.endObject()
    }
  }

  private func writeRejected(into writer: inout JSONWriter) {
    writer.key("rejected")
    writer.beginArray()
    for item in rejected {
      writer.beginObject()
      writer.key("line")
      writer.value(item.line)
      writer.key("reason")
      writer.value(item.reason)
      writer.endObject()
    }
    writer.endArray()
    if rejectedCount > rejected.count {
      writer.key("rejected_count")
      writer.value(rejectedCount)
    }
  }

  private func writeOutcomes(into writer: inout JSONWriter) {
    guard let outcomes else { return }
    writer.key("outcomes")
    writer.beginArray()
    for outcome in outcomes { outcome.write(into: &writer) }
    writer.endArray()
    if outcomesOmitted > 0 {
      writer.key("outcomes_omitted")
      writer.value(outcomesOmitted)
    }
  }
}
