import Automation
import Connectors
import JSON
import Streams

/// Events, as the list has them.
struct FollowedEvents: FollowedRows {
  static var topic: Topic { .events }
  static var name: String { "event" }

  func documents(of records: [Record]) -> [Document?] {
    records.map { LogRoutes.document(of: $0) }
  }
}

/// Trigger instances. What the engine has recorded and nobody can read is left out, here and below:
/// the view has it among its errors.
struct FollowedTriggers: FollowedRows {
  static var topic: Topic { .triggers }
  static var name: String { "trigger" }

  let filter: TriggerInstanceProjection.Filter
  let lookup: RecordLookup

  func documents(of records: [Record]) async throws -> [Document?] {
    var documents: [Document?] = []
    for record in records {
      guard let recorded = try? Recorded<TriggerFact>(record.event()),
        case .recorded(let instance) = recorded.fact
      else {
        documents.append(nil)
        continue
      }
      var row = TriggerInstanceProjection.Row(instance, recorded)
      let isWanted = filter.matches(row)
      if isWanted {
        let events = Partition(.events, record.position.partition.index)
        row.payload = try await TriggerInstanceProjection.payload(of: instance, events, lookup)
      }
      documents.append(isWanted ? row.document : nil)
    }
    return documents
  }
}

/// Decisions, without the execution that one has asked for.
struct FollowedDecisions: FollowedRows {
  static var topic: Topic { .decisions }
  static var name: String { "decision" }

  let filter: DecisionProjection.Filter

  func documents(of records: [Record]) -> [Document?] {
    records.map { record in
      guard let recorded = try? Recorded<DecisionFact>(record.event()) else { return nil }
      let row = DecisionProjection.Row(recorded)
      return filter.matches(row) ? row.document : nil
    }
  }
}

/// Executions, one row for each of their transitions. What was asked for before the stream began is
/// looked up in the view.
struct FollowedExecutions: FollowedRows {
  static var topic: Topic { .executions }
  static var name: String { "execution" }
  /// Open executions that are remembered.
  private static let openMax = 10_000

  let filter: ExecutionProjection.Filter
  let routes: ExecutionRoutes
  private var open: [String: ExecutionProjection.Row] = [:]

  init(filter: ExecutionProjection.Filter, routes: ExecutionRoutes) {
    self.filter = filter
    self.routes = routes
  }

  mutating func documents(of records: [Record]) async throws -> [Document?] {
    let json = ExecutionJSON(content: routes.content.content, webURL: routes.webURL)
    var documents: [Document?] = []
    for record in records {
      let row = try await row(record)
      let isWanted = row.map { filter.matches($0) } ?? false
      documents.append(isWanted ? row.map { json.document($0, nil) } : nil)
    }
    return documents
  }

  private mutating func row(_ record: Record) async throws -> ExecutionProjection.Row? {
    guard let recorded = try? Recorded<ExecutionFact>(record.event()) else { return nil }
    let id = (recorded.fact.execution ?? recorded.id).description
    var found = ExecutionProjection.Row(recorded) ?? open[id]
    if found == nil, recorded.fact.execution != nil {
      let view = routes.view
      found = try await routes.freshness.row(id, of: ExecutionProjection()) {
        try await ExecutionProjection.row(id, resultBytesMax: -1, in: view)
      }
    }
    guard var row = found, row.apply(recorded) else { return nil }
    if open.count >= Self.openMax { open.removeAll() }
    open[id] = ExecutionStatus(rawValue: row.status)?.isCompleted ?? false ? nil : row
    return row
  }
}

/// Dead letters, as they were when they were written: what was sent again since is no new letter.
struct FollowedDeadLetters: FollowedRows {
  static var topic: Topic { .deadLetters }
  static var name: String { "dead_letter" }

  func documents(of records: [Record]) -> [Document?] {
    records.map { record in
      guard let event = try? record.event(), let envelope = try? Envelope(event),
        let data = event["data"],
        case .letter(let letter)? = try? DeadLetterFact(type: envelope.type, data: data)
      else { return nil }
      return DeadLetterProjection.Row(letter, at: envelope.time, record.position).document
    }
  }
}
