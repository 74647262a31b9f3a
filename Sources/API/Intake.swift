import Automation
import Calendar
import Crypto
import JSON
import Streams

/// Takes events in: checks each, gives it a name, and appends. It answers when the log has synced.
struct Intake: Sendable {
  let log: any EventLog
  let content: ContentFollower
  let eventBytesMax: Int
  let meter: IntakeMeter

  struct Rejected: Sendable, Equatable {
    let line: Int
    let reason: String
  }

  /// Events read and not yet appended.
  struct Gathered {
    var outgoing = Outgoing()
    /// For each event in `outgoing` its line.
    var lines: [Int] = []
    var rejected: [Rejected] = []
  }

  /// Reads one event's text.
  func gather(
    _ text: UnsafeRawBufferPointer, line: Int, into gathered: inout Gathered
  ) {
    var reason = IntakeMeter.Reason.invalid
    do throws(EventDraft.Refusal) {
      let event: JSONView
      do throws(JSONError) {
        event = try JSONDocument(
          parsing: text,
          limits: JSONLimits(depthMax: Limits.nestingMax, bytesMax: eventBytesMax)
        ).root
      } catch {
        reason = error.reason == .tooLong ? .tooLong : .notJSON
        throw EventDraft.Refusal(error.refusal(ofDocumentAt: line))
      }
      let current = content.content
      var draft = try EventDraft(event, current)
      add(&draft, body: text, current, into: &gathered.outgoing)
      gathered.lines.append(line)
    } catch {
      meter.noteRejected(reason)
      gathered.rejected.append(Rejected(line: line, reason: "\(error)"))
    }
  }

  /// Adds a checked event; where its sender named it, with the body's digest.
  func add(
    _ draft: inout EventDraft, body: UnsafeRawBufferPointer, _ content: Content,
    into outgoing: inout Outgoing
  ) {
    if draft.head.senderID != nil {
      draft.head.digest = String(Hex.encode(Hash.sha256.digest(of: body)).prefix(16))
    }
    draft.add(
      to: &outgoing, id: Hex.encode(randomBytes(12)), takenAt: Instant.now(),
      contentEnd: content.end, body: body)
  }

  func append(
    _ gathered: Gathered, _ durability: Durability
  ) async throws(LogError) -> [Appended] {
    let outgoing = gathered.outgoing
    if outgoing.isEmpty { return [] }
    let began = ContinuousClock.now
    let appended = try await log.append(outgoing, durability)
    let isSynced = if case .synced = durability { true } else { false }
    meter.noteTaken(
      appended.count, bytes: outgoing.byteCount,
      synced: isSynced ? ContinuousClock.now - began : nil)
    return appended
  }
}

extension JSONError {
  /// Why a document is refused; its line is said elsewhere, unless it has several.
  func refusal(ofDocumentAt documentLine: Int) -> String {
    let place = line == 1 ? "column \(column)" : "line \(documentLine + line - 1), column \(column)"
    return "not JSON at \(place): \(message)"
  }
}
