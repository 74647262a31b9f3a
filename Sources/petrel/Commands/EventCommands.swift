import Arguments
import JSON

/// `petrel events`: what arrived, as it arrived.
struct EventCommands {
  let program: Program

  var group: Command {
    Command(
      "events", "What arrived from outside, as it arrived",
      [list, get, tail, EventImport(program: program).command])
  }

  /// Events are a log: newest first, and further back from an offset on.
  private var list: Command {
    Command(
      "list", "List events, newest first",
      details: """
          petrel events list --limit 5
          petrel events list --before 1200 --json
        """
    ) { c in
      let limit = c.option("limit", "n", default: 50, "How many to show")
      let before = c.optional("before", nil, String.self, "Only those before this offset")
      let all = c.flag("all", nil, "Show all of them")
      let format = OutputOptions(in: &c)
      let connection = ConnectionOptions(in: &c)
      return { [program] values in
        guard (1...PagingOptions.limitMax).contains(values[limit]) else {
          throw ArgumentsError.usage(
            "--limit: expected a number from 1 to \(PagingOptions.limitMax), found "
              + "'\(values[limit])'")
        }
        let pages = EventPages(
          limit: values[all] ? nil : values[limit], errors: program.surroundings.errors)
        try await program.withClient(values, connection) { client in
          try await pages.show(client, before: values[before], program.output(values, format))
        }
      }
    }
  }

  private var tail: Command {
    program.tailCommand(
      "Show events as they arrive",
      details: """
        From now on, or behind the offset that --after names, until ^C.
          petrel events tail
          petrel events tail --after 1207 --json
        """
    ) { _ in
      { _ in Listing(path: "/api/v2/events", columns: EventPages.columns) }
    }
  }

  private var get: Command {
    program.getCommand(
      "Show an event with its body", details: "  petrel events get 1207",
      argument: ("offset", "The event's offset, as the list shows it"), path: "/api/v2/events"
    ) { event, output in
      try output.fields([
        ("offset", event.shown("offset")), ("id", event.shown("id")),
        ("time", output.time(event["time"])), ("source", event.shown("source")),
        ("trigger", event.shown("trigger")), ("form", event.shown("form")),
        ("lane", event.shown("lane")),
      ])
      try output.block("body", event["body"])
    }
  }
}

/// Walks from the newest event back.
private struct EventPages {
  /// Events to show; nil: all.
  let limit: Int?
  let errors: Channel

  static let columns: [Column<JSONValue>] = [
    Column("OFFSET", member: "offset"), Column("TIME", time: "time"),
    Column("SOURCE", member: "source", isFlexible: true),
    Column("TRIGGER", member: "trigger", isFlexible: true),
    Column("ID", member: "id", isFlexible: true), Column("BODY", member: "body", isFlexible: true),
  ]

  func show(_ client: Client, before: String?, _ output: Output) async throws {
    var (bytes, events, next) = try await fetch(client, before, shown: 0)
    if output.isJSON, let limit, limit <= Page.rowsMax { return try output.json(bytes) }
    let layout = TableLayout(Self.columns, for: events, output)
    if output.isJSON {
      try output.line("{\"events\":[")
    } else if events.isEmpty {
      try errors.line("nothing found")
    } else {
      try output.line(layout.header)
    }
    var shown = 0
    while true {
      for event in events {
        shown += 1
        try output.line(
          output.isJSON
            ? (shown == 1 ? "" : ",") + output.jsonText(event.text()) : layout.line(event))
      }
      guard shown < limit ?? .max, let before = next else { break }
      (bytes, events, next) = try await fetch(client, before, shown: shown)
    }
    if output.isJSON {
      try output.line("],\"next\":\(next ?? "null")}")
    } else if let next {
      try errors.line("there are more; --before \(next) shows them, --all shows all")
    }
  }

  private func fetch(
    _ client: Client, _ before: String?, shown: Int
  ) async throws -> (bytes: [UInt8], events: [JSONValue], next: String?) {
    let rows = min(Page.rowsMax, (limit ?? .max) - shown)
    var query = [QueryItem("limit", "\(rows)")]
    if let before { query.append(QueryItem("before", before)) }
    let reply = try await client.get("/api/v2/events", query)
    let document = try reply.json()
    guard let events = document["events"]?.arrayValue else {
      throw ClientError.garbled("the server's answer is no list of events")
    }
    let next = document.shown("next")
    return (reply.body, events, next.isEmpty ? nil : next)
  }
}
