import Arguments
import JSON

/// `petrel status`: what runs, what lies behind, how large it is.
struct StatusCommand {
  let program: Program

  var command: Command {
    Command(
      "status", "Show what runs, what lies behind and how large it is",
      details: "  petrel status --data ./data"
    ) { c in
      let format = OutputOptions(in: &c)
      let connection = ConnectionOptions(in: &c)
      return { [program] values in
        try await program.withClient(values, connection) { client in
          let reply = try await client.get("/api/v2/status")
          let output = program.output(values, format)
          if output.isJSON {
            try output.json(reply.body)
          } else {
            try Self.show(reply.json(), output)
          }
        }
      }
    }
  }

  private static func show(_ status: JSONValue, _ output: Output) throws {
    try output.fields([
      ("version", status.shown("version")), ("started", output.time(status["started_at"])),
      ("data", place(status)), ("log", log(status)),
      ("engine", lag(status.member(["engine", "lag"]))),
      ("worker", worker(status)), ("postgres", postgres(status)), ("content", content(status)),
      ("dead letters", status.shown("dead_letters")), ("incarnation", status.shown("incarnation")),
    ])
    if case .object(let topics)? = status.member(["log", "topics"]), !topics.isEmpty {
      try output.line("")
      try output.table(topicColumns, topics.map { ($0.key, $0.value) })
    }
    if let projections = status["projections"]?.arrayValue, !projections.isEmpty {
      try output.line("")
      try output.table(projectionColumns, projections)
    }
  }

  private static let topicColumns: [Column<(String, JSONValue)>] = [
    Column("TOPIC") { row, _ in row.0 }, Column("FIRST") { row, _ in row.1.shown("first") },
    Column("DURABLE") { row, _ in row.1.shown("durable") },
    Column("END") { row, _ in row.1.shown("end") },
  ]

  private static let projectionColumns: [Column<JSONValue>] = [
    Column("PROJECTION", member: "name"), Column("BEHIND", member: "lag"),
    Column("ERRORS", member: "errors"), Column("PROBLEM", member: "problem", isFlexible: true),
  ]

  private static func place(_ status: JSONValue) -> String {
    let free = status.member(["data", "free_bytes"])?.intValue
    return status.shown("data", "path") + (free.map { ", \(ByteCount.rounded($0)) free" } ?? "")
  }

  private static func log(_ status: JSONValue) -> String {
    guard let bytes = status.member(["log", "bytes"])?.intValue else { return "" }
    return "\(ByteCount.rounded(bytes)) in \(status.shown("log", "segments")) segments"
  }

  /// Inputs that are not taken yet, by topic.
  private static func lag(_ value: JSONValue?) -> String {
    guard case .object(let topics)? = value else { return "" }
    let behind = topics.filter { $0.value.intValue != 0 }
    if behind.isEmpty { return "has taken all inputs" }
    return "behind by "
      + behind.map { "\(ValueText.short($0.value)) \($0.key)" }.joined(separator: ", ")
  }

  private static func worker(_ status: JSONValue) -> String {
    guard status["worker"] != nil else { return "" }
    return "\(status.shown("worker", "running")) of \(status.shown("worker", "slots")) slots busy, "
      + "\(status.shown("worker", "lag")) executions waiting"
  }

  private static func postgres(_ status: JSONValue) -> String {
    guard status["postgres"] != nil else { return "" }
    let isReady = status.member(["postgres", "ready"])?.boolValue == true
    return status.shown("postgres", "mode") + (isReady ? ", ready" : ", not ready")
  }

  private static func content(_ status: JSONValue) -> String {
    guard status["content"] != nil else { return "" }
    return
      "\(status.shown("content", "packs")) packs, \(status.shown("content", "actions")) actions, "
      + "\(status.shown("content", "rules")) rules"
  }
}
