import Automation
import Calendar
import HTTPServer
import JSON
import Streams

/// `POST /api/v2/events`: one event, an array or NDJSON; structured CloudEvents, the short form,
/// and one CloudEvent in binary mode.
struct EventRoutes: Sendable {
  /// Events that are appended at a time while a body streams in.
  static let batchBytesMax = 1 << 20
  static let rejectedMax = 1_000

  let intake: Intake
  let space: any SpaceWatch
  let decided: DecidedWait
  let wholeBodyBytesMax: Int

  func register(on server: HTTPServer) {
    server.onUpload(.post, "/api/v2/events", bodyBytesMax: .max) { request, body in
      await self.post(request, body)
    }
  }

  private enum Mode: String { case valid, all }

  private func post(_ request: Request, _ body: RequestBody) async -> Response {
    guard !space.isLow else { return .refusal(space.refusal) }
    guard let mode = Mode(rawValue: request.query["mode"] ?? "valid") else {
      return .fault(400, "mode must be valid or all")
    }
    let wait = request.query["wait"]
    guard wait == nil || wait == "decided" else { return .fault(400, "wait must be decided") }
    do {
      let ends = wait == nil ? nil : try await decided.begin()
      var taker = BatchTaker(intake: intake, isWhole: mode == .all)
      try await read(request, body, &taker)
      let report = try await taker.finish()
      guard let ends else { return report.response(mode == .all) }
      let outcomes = try await decided.outcomes(of: taker.taken, since: ends)
      return report.response(mode == .all, outcomes: outcomes)
    } catch let error as LogError {
      return .of(error)
    } catch let error as HTTPServerError {
      return .fault(400, "\(error)")
    } catch let fault as Fault {
      return .fault(fault.status, fault.text)
    } catch {
      return .fault(500, "\(error)")
    }
  }

  /// Feeds the body to the taker, in the form that its content type says.
  private func read(
    _ request: Request, _ body: RequestBody, _ taker: inout BatchTaker
  ) async throws {
    if request.header("ce-specversion") != nil {
      let event = try Self.binaryEvent(request, try await whole(body, taker.isWhole))
      event.withUnsafeBytes { taker.take(.document($0, line: 1)) }
      return
    }
    let type = request.header("content-type")?.lowercased() ?? ""
    let isLines = type.contains("ndjson") || type.contains("jsonl")
    var splitter = JSONSplitter(
      isLines ? .lines : .detected,
      limits: JSONLimits(depthMax: Limits.nestingMax, bytesMax: intake.eventBytesMax))
    var count = 0
    while let piece = try await body.next() {
      count += piece.count
      guard !taker.isWhole || count <= wholeBodyBytesMax else {
        throw Fault(413, "with mode=all a body may have \(wholeBodyBytesMax) bytes")
      }
      do {
        try splitter.feed(piece) { taker.take($0) }
      } catch {
        taker.reject(error)
        break
      }
      if taker.isFull { try await taker.flush() }
    }
    do { try splitter.finish { taker.take($0) } } catch { taker.reject(error) }
  }

  private func whole(_ body: RequestBody, _ isWhole: Bool) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    while let piece = try await body.next() {
      bytes += piece
      guard bytes.count <= intake.eventBytesMax else {
        throw Fault(413, "an event may have \(intake.eventBytesMax) bytes")
      }
    }
    return bytes
  }

  /// A CloudEvent whose attributes stand in `ce-` headers, written in its structured form.
  private static func binaryEvent(_ request: Request, _ data: [UInt8]) throws -> [UInt8] {
    do { _ = try JSONDocument(parsing: data) } catch {
      throw Fault(400, "the data of the CloudEvent is not JSON: \(error)")
    }
    var writer = JSONWriter(capacity: data.count + 512)
    writer.beginObject()
    var seen: Set<String> = []
    for (name, value) in request.headers where name.lowercased().hasPrefix("ce-") {
      let attribute = String(name.lowercased().dropFirst(3))
      guard attribute != "data", seen.insert(attribute).inserted else {
        throw Fault(400, "header ce-\(attribute) must not be given, or not twice")
      }
      writer.key(attribute)
      writer.value(value)
    }
    writer.key("data")
    writer.raw(data)
    writer.endObject()
    return writer.bytes
  }
}

/// Takes events out of a body and appends them batch by batch, or all at the end.
struct BatchTaker {
  let intake: Intake
  /// All or none, in one append.
  let isWhole: Bool
  private(set) var taken: [(line: Int, Appended)] = []
  private var gathered = Intake.Gathered()
  private var rejectedCount = 0
  private var acceptedCount = 0

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
      let before = gathered.rejected.count
      intake.gather(bytes, line: line, into: &gathered)
      rejectedCount += gathered.rejected.count - before
    case .tooLong(let line, let bytes):
      refuse(
        line, "an event may have \(intake.eventBytesMax) bytes, this one has \(bytes)")
    }
    if gathered.rejected.count > EventRoutes.rejectedMax {
      gathered.rejected.removeLast(gathered.rejected.count - EventRoutes.rejectedMax)
    }
  }

  /// What the body's form itself breaks.
  mutating func reject(_ error: JSONError) { refuse(error.line, "not JSON: \(error)") }

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
    // Lines are only asked for when somebody waits for a decision; a long stream keeps the first.
    let room = max(0, DecidedWait.eventsMax - taken.count)
    taken += zip(gathered.lines, appended).prefix(room).map { (line: $0, $1) }
  }

  /// Appends the rest, waits until all is durable, and says what became of the body.
  mutating func finish() async throws(LogError) -> IntakeReport {
    if isWhole, rejectedCount > 0 {
      return IntakeReport(accepted: 0, rejected: gathered.rejected, rejectedCount: rejectedCount)
    }
    note(try await intake.append(gathered, .synced))
    if gathered.outgoing.isEmpty, acceptedCount > 0 { try await intake.log.sync() }
    return IntakeReport(
      accepted: acceptedCount, rejected: gathered.rejected, rejectedCount: rejectedCount)
  }
}

/// The answer to a body of events.
struct IntakeReport {
  let accepted: Int
  let rejected: [Intake.Rejected]
  let rejectedCount: Int

  /// 202 when anything was taken or nothing refused; 400 when all was refused.
  func response(_ isWhole: Bool, outcomes: [EventOutcome]? = nil) -> Response {
    var writer = JSONWriter()
    writer.beginObject()
    if accepted == 0, rejectedCount > 0 {
      writer.key("faultstring")
      writer.value(rejected.first.map { "line \($0.line): \($0.reason)" } ?? "nothing was taken")
    }
    writer.key("accepted")
    writer.value(accepted)
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
    if let outcomes {
      writer.key("outcomes")
      writer.beginArray()
      for outcome in outcomes { outcome.write(into: &writer) }
      writer.endArray()
    }
    writer.endObject()
    return .json(writer.bytes, status: accepted == 0 && rejectedCount > 0 ? 400 : 202)
  }
}
