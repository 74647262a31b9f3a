import Arguments
import Calendar
import Connectors
import JSON
import Streams
import Threads

/// `petrel log stats`: what the log holds, by topic and by segment.
struct LogStatsCommand {
  let program: Program

  var command: Command {
    Command(
      "stats", "Show what the log holds: records, bytes and times by topic and segment",
      details: """
        Reads the files of the data folder, beside a running server or without one. A record here \
        is a stored one: small facts of one step stand together in one, a large value stands in \
        several.
          petrel log stats
        """
    ) { c in
      let format = OutputOptions(in: &c)
      return { [program] values in
        let log = try program.logFolder(program.configuration(values).configuration.data)
        let bar = ProgressBar(program.surroundings.errors, title: "counting", total: nil)
        let thread = try ThreadExecutor(named: "count")
        let found = try await thread.run { () throws(LogError) in
          try LogStatistics(of: log) { bar.add($0, of: $1) }
        }
        bar.clear()
        let output = program.output(values, format)
        if output.isJSON { try output.json(Self.json(found)) } else { try Self.show(found, output) }
      }
    }
  }

  private static func show(_ found: LogStatistics, _ output: Output) throws {
    try output.table(topicColumns, found.topics)
    try output.line("")
    try output.table(segmentColumns, found.segments)
    guard let biggest = found.biggest else { return }
    try output.line("")
    try output.line(
      "biggest record: \(biggest.topic)@\(biggest.offset), \(ByteCount.rounded(biggest.bytes))")
  }

  private static let topicColumns: [Column<LogStatistics.TopicCount>] = [
    Column("TOPIC") { row, _ in row.name },
    Column("RECORDS") { row, _ in "\(row.records)" },
    Column("SIZE") { row, _ in ByteCount.rounded(row.bytes) },
    Column("FIRST") { row, output in output.time(json(row.firstTime)) },
    Column("LAST") { row, output in output.time(json(row.lastTime)) },
    Column("END") { row, _ in "\(row.end)" },
    Column("TRIMMED BEFORE") { row, _ in row.firstOffset == 0 ? "" : "\(row.firstOffset)" },
  ]

  private static let segmentColumns: [Column<LogStatistics.SegmentCount>] = [
    Column("SEGMENT") { row, _ in row.file },
    Column("SIZE") { row, _ in ByteCount.rounded(row.bytes) },
    Column("ROWS") { row, _ in "\(row.rows)" },
    Column("FROM") { row, output in output.time(json(row.firstTime)) },
    Column("TO") { row, output in output.time(json(row.lastTime)) },
    Column("TAKEN OUT") { row, _ in
      row.trimmedBytes == 0 ? "" : ByteCount.rounded(row.trimmedBytes)
    },
  ]

  private static func json(_ time: Instant?) -> JSONValue {
    time.map { .string($0.iso8601) } ?? .null
  }

  private static func json(_ found: LogStatistics) -> JSONValue {
    [
      "incarnation": .string(found.incarnation),
      "topics": .array(
        found.topics.map { topic in
          [
            "name": .string(topic.name), "records": .int(topic.records),
            "bytes": .int(topic.bytes), "first_time": json(topic.firstTime),
            "last_time": json(topic.lastTime), "first_offset": .int(Int(topic.firstOffset)),
            "end": .int(Int(topic.end)),
          ]
        }),
      "segments": .array(
        found.segments.map { segment in
          [
            "file": .string(segment.file), "bytes": .int(segment.bytes),
            "first_row": .int(Int(segment.firstRow)), "rows": .int(segment.rows),
            "first_time": json(segment.firstTime), "last_time": json(segment.lastTime),
            "trimmed_bytes": .int(segment.trimmedBytes),
          ]
        }),
      "biggest": found.biggest.map { record in
        [
          "topic": .string(record.topic), "offset": .int(Int(record.offset)),
          "bytes": .int(record.bytes),
        ]
      } ?? .null,
    ]
  }
}
