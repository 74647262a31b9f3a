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
  /// Bytes that all bodies together may hold until they are appended.
  static let heldBytesMax = 256 << 20

  let intake: Intake
  let space: any SpaceWatch
  let decided: DecidedWait
  let wholeBodyBytesMax: Int
  private let held = Allowance(heldBytesMax)

  func register(on server: HTTPServer) {
    server.onUpload(.post, "/api/v2/events", bodyBytesMax: .max) { request, body in
      await self.post(request, body)
    }
  }

  private enum Mode: String { case valid, all }

  private func post(_ request: Request, _ body: RequestBody) async -> Response {
    guard !space.isLow else {
      intake.meter.noteRejected(.noSpace)
      return .refusal(space.refusal)
    }
    guard let mode = Mode(rawValue: request.query["mode"] ?? "valid") else {
      return .fault(400, "mode must be valid or all")
    }
    let wait = request.query["wait"]
    guard wait == nil || wait == "decided" else { return .fault(400, "wait must be decided") }
    guard let share = held.take(bytesHeldMax(request, mode)) else {
      intake.meter.noteRejected(.busy)
      return .fault(429, "too many bodies of events are being received")
    }
    defer { withExtendedLifetime(share) {} }
    var taker = BatchTaker(intake: intake, isWhole: mode == .all)
    do {
      let ends = wait == nil ? nil : try await decided.begin()
      try await read(request, body, &taker)
      var report = try await taker.finish()
      if let ends {
        report.outcomes = await decided.outcomes(of: taker.taken, since: ends)
        report.outcomesOmitted = report.accepted - taker.taken.count
      }
      return report.response()
    } catch {
      return await taker.response(to: error)
    }
  }

  /// What a body may have in memory at once: all of it, or a batch and an event.
  private func bytesHeldMax(_ request: Request, _ mode: Mode) -> Int {
    let bytesMax = mode == .all ? wholeBodyBytesMax : Self.batchBytesMax + intake.eventBytesMax
    // The length, where it is told, is the one that the server holds the client to.
    guard request.header("content-encoding") == nil,
      let length = request.header("content-length").flatMap({ Int($0) })
    else { return bytesMax }
    return min(length, bytesMax)
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
      if taker.isFull {
        // A long body may fill the room that was there when it began.
        guard !space.isLow else { throw LogError.full }
        try await taker.flush()
      }
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
    do { _ = try JSONDocument(parsing: data, limits: Limits.json) } catch {
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
