import Arguments
import Calendar
import JSON

/// `petrel log`: the log's records themselves.
struct LogCommands {
  let program: Program

  var group: Command {
    Command(
      "log", "The records behind everything",
      [
        export, LogVerifyCommand(program: program).command,
        LogStatsCommand(program: program).command,
      ])
  }

  private var export: Command {
    Command(
      "export", "Print all records of a topic, one JSON document a line",
      details: """
        In the order of the log, each with its position and the time at which the log took it.
          petrel log export decisions --from 2026-11-25 --to 2026-11-26 > decisions.ndjson
          petrel log export events --from 1h
        """
    ) { c in
      let topic = c.argument(
        "topic", String.self, "Such as events, triggers, decisions, executions")
      let from = c.optional(
        "from", nil, Instant.self, "Not before: 2026-11-25, or 2h for so long ago")
      let to = c.optional("to", nil, Instant.self, "Before this time")
      let connection = ConnectionOptions(in: &c)
      return { [program] values in
        var query: [QueryItem] = []
        if let from = values[from] { query.append(QueryItem("from", from.iso8601)) }
        if let to = values[to] { query.append(QueryItem("to", to.iso8601)) }
        let channel = program.surroundings.output
        try await program.withClient(values, connection) { client in
          let stream = try await client.stream(
            "/api/v2/log/" + percentEncoded(values[topic]), query)
          var line: [UInt8] = []
          while let piece = try await Client.next(of: stream) {
            guard channel.isTerminal else {
              try channel.put(piece)
              continue
            }
            line += piece
            guard let end = line.lastIndex(of: UInt8(ascii: "\n")) else { continue }
            try channel.put(SafeText.json(String(decoding: line[...end], as: UTF8.self)))
            line.removeSubrange(...end)
          }
          try channel.put(SafeText.json(String(decoding: line, as: UTF8.self)))
        }
      }
    }
  }
}

/// `petrel dead-letters`: what could not be understood or delivered.
struct DeadLetterCommands {
  let program: Program

  var group: Command {
    Command(
      "dead-letters", "What could not be understood or delivered, and why",
      [list, show, tail, DeadLetterRedrive(program: program).command])
  }

  private var list: Command {
    program.listCommand(
      "List dead letters, newest first",
      details: """
          petrel dead-letters list
          petrel dead-letters list --redriven false
        """
    ) { c in
      var filters = QueryFilters()
      filters.add(
        "redriven", as: "redriven", in: &c, "true: only what was sent again; false: only the rest")
      return { [filters] values in
        Listing(
          path: Self.path, query: filters.items(values),
          columns: Self.columns + [Column("REDRIVEN", time: "redriven_at")])
      }
    }
  }

  private static let path = "/api/v2/dead-letters"

  private static let columns: [Column<JSONValue>] = [
    Column("TOPIC", member: "topic"), Column("OFFSET", member: "offset"),
    Column("TIME", time: "happened_at"), Column("BY", member: "by", isFlexible: true),
    Column("REASON", member: "reason", isFlexible: true),
  ]

  private var tail: Command {
    program.tailCommand(
      "Show dead letters as they are written",
      details: """
        From now on, until ^C.
          petrel dead-letters tail
        """
    ) { _ in
      { _ in Listing(path: Self.path, columns: Self.columns) }
    }
  }

  private var show: Command {
    Command(
      "show", "Show a dead letter with what it is about",
      details: "  petrel dead-letters show events 1207"
    ) { c in
      let topic = c.argument("topic", String.self, "The topic, as the list shows it")
      let offset = c.argument("offset", Int.self, "The offset, as the list shows it")
      let format = OutputOptions(in: &c)
      let connection = ConnectionOptions(in: &c)
      return { [program] values in
        try await program.withClient(values, connection) { client in
          let reply = try await client.get(
            "/api/v2/dead-letters/\(percentEncoded(values[topic]))/\(values[offset])")
          let output = program.output(values, format)
          if output.isJSON { return try output.json(reply.body) }
          let letter = try reply.json()
          try output.fields([
            ("topic", letter.shown("topic")), ("offset", letter.shown("offset")),
            ("time", output.time(letter["happened_at"])), ("by", letter.shown("by")),
            ("input", letter.shown("input")), ("redriven", output.time(letter["redriven_at"])),
            ("because", letter.shown("redrive_reason")),
          ])
          try output.block("reason", letter["reason"])
          try output.block("record", letter["record"])
        }
      }
    }
  }
}
