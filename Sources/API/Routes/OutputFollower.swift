import Automation
import Connectors
import HTTPServer
import JSON
import Streams

/// Sends the output of one execution as events: first what the view has, then what the log brings,
/// each piece once; at the end `end` with the status.
struct OutputFollower {
  private static let wait = Duration.seconds(1)
  /// Empty reads between two signs of life.
  private static let heartbeatEvery = 15

  let id: Identifier
  let log: any EventLog
  let view: View
  let stopping: Stopping

  func run(to body: BodyWriter) async throws {
    let output = partition(.output)
    let facts = partition(.executions)
    // The positions first: what the tables show beyond them comes again and is told by its number.
    var positions = try await start(output, facts)
    let last = try await sendRows(to: body)
    let shown = try await log.bounds(output).durable
    var status = try await endStatus()
    var quiet = 0
    while true {
      let batch = try await log.read(
        from: positions, to: .durable, bytesMax: 1 << 20,
        wait: status == nil ? Self.wait : .zero)
      positions = batch.positions
      for record in batch.records {
        guard let event = try? record.event(), let data = event["data"],
          data["execution"]?.isEqual(to: id.description) ?? false
        else { continue }
        let type = event["type"]?.stringValue ?? ""
        if record.position.partition == output {
          let piece = try OutputWritten(type: type, data: data)
          if record.position.offset < shown, piece.number <= last { continue }
          try await send(piece.stream, piece.text, piece.number, to: body)
        } else if case .ended(let end) = try ExecutionFact(type: type, data: data) {
          status = end.status.rawValue
        }
      }
      if !batch.records.isEmpty { quiet = 0 } else if status != nil { break } else { quiet += 1 }
      if stopping.hasBegun { return }
      if quiet > 0, quiet.isMultiple(of: Self.heartbeatEvery) {
        try await body.write(Array(":\n\n".utf8))
      }
      if body.hasGone { return }
    }
    try await send("end", to: body) { writer in
      writer.beginObject()
      writer.key("status")
      writer.value(status ?? "")
      writer.endObject()
    }
  }

  private func partition(_ topic: Topic) -> Partition {
    Partition(topic, id.lane.partition(of: log.partitionCount(of: topic)))
  }

  private func start(_ output: Partition, _ facts: Partition) async throws -> Positions {
    var positions = try await ViewProgress.positions(
      of: OutputProjection().name, in: [output], view)
    positions.merge(
      try await ViewProgress.positions(of: ExecutionProjection().name, in: [facts], view)
    ) { $1 }
    for (partition, offset) in positions {
      positions[partition] = max(offset, try await log.bounds(partition).first)
    }
    return positions
  }

  /// Sends what the view has; gives the last number, -1 for none.
  private func sendRows(to body: BodyWriter) async throws -> Int {
    var number = -1
    while true {
      let rows = try await OutputProjection.list(id.description, after: number, in: view)
      guard let last = rows.last else { return number }
      for row in rows { try await send(row.stream, row.text, row.number, to: body) }
      number = last.number
    }
  }

  /// Nil while the execution has not ended, as far as the view knows.
  private func endStatus() async throws -> String? {
    let row = try await ExecutionProjection.row(id.description, resultBytesMax: -1, in: view)
    guard let row, ExecutionStatus(rawValue: row.status)?.isCompleted ?? false else { return nil }
    return row.status
  }

  private func send(
    _ stream: String, _ text: String, _ number: Int, to body: BodyWriter
  ) async throws {
    try await send("output", to: body) { writer in
      writer.beginObject()
      writer.key("stream")
      writer.value(stream)
      writer.key("text")
      writer.value(text)
      writer.key("number")
      writer.value(number)
      writer.endObject()
    }
  }

  /// JSON text has no line ends, so an event's data is one line.
  private func send(
    _ event: String, to body: BodyWriter, _ write: (inout JSONWriter) -> Void
  ) async throws {
    var writer = JSONWriter()
    write(&writer)
    let text = Array("event: \(event)\ndata: ".utf8) + writer.bytes + Array("\n\n".utf8)
    try await body.write(text)
  }
}
