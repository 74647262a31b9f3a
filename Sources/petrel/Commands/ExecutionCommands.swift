import Arguments
import Calendar
import JSON

/// `petrel executions`: runs of actions.
struct ExecutionCommands {
  let program: Program

  var group: Command {
    Command("executions", "Runs of actions: what ran, how it ended", [list, get, cancel, tail])
  }

  private var list: Command {
    program.listCommand(
      "List executions, newest first",
      details: """
          petrel executions list --status failed --since 2h
          petrel executions list --action core.local --limit 10 --json
        """
    ) { Self.listing(in: &$0, path: "/api/v1/executions") }
  }

  private var tail: Command {
    program.tailCommand(
      "Show executions as they go on: a line for each change of status",
      details: """
        From now on, or from the time that --since names, until ^C.
          petrel executions tail --status failed
          petrel executions tail --action core.local --json
        """
    ) { Self.listing(in: &$0, path: "/api/v2/executions") }
  }

  private static func listing(
    in signature: inout Signature, path: String
  ) -> @Sendable (Values) -> Listing {
    var filters = QueryFilters()
    for (option, name, help) in [
      ("status", "status", "Only of this status, such as failed"),
      ("action", "action", "Only of this action, such as core.local"),
      ("rule", "rule", "Only those that this rule asked for"),
      ("trigger", "trigger_instance", "Only those of this trigger's id"),
      ("user", "user", "Only those of this user"),
    ] {
      filters.add(option, as: name, in: &signature, help)
    }
    let bounds = TimeBounds(in: &signature)
    return { [filters] values in
      Listing(
        path: path, query: filters.items(values) + bounds.items(values), leftOut: ["result"],
        columns: columns)
    }
  }

  private static let columns: [Column<JSONValue>] = [
    Column("ID", member: "id"), Column("STATUS", member: "status", style: .status),
    Column("ACTION", member: "action.ref", isFlexible: true),
    Column("BY", isFlexible: true) { row, _ in asker(of: row) },
    Column("STARTED", time: "start_timestamp"),
    Column("TOOK") { row, _ in took(row) },
  ]

  /// The rule that asked for it, else the user.
  private static func asker(of execution: JSONValue) -> String {
    let rule = execution.shown("rule", "ref")
    return rule.isEmpty ? execution.shown("context", "user") : rule
  }

  static func took(_ execution: JSONValue) -> String {
    guard let seconds = execution["elapsed_seconds"]?.doubleValue, seconds < 1e9 else { return "" }
    return Duration.milliseconds(Int((seconds * 1000).rounded())).text
  }

  private var get: Command {
    program.getCommand(
      "Show an execution with its parameters, timeline and result",
      details: "  petrel executions get 6561f2b4a0c81d0000000003",
      argument: ("id", "The execution's id, or 'last'"), path: "/api/v1/executions", Self.show)
  }

  @Sendable static func show(_ execution: JSONValue, _ output: Output) throws {
    try output.fields([
      ("id", execution.shown("id")), ("status", execution.shown("status")),
      ("action", execution.shown("action", "ref")), ("rule", execution.shown("rule", "ref")),
      ("trigger", execution.shown("trigger_instance", "id")),
      ("user", execution.shown("context", "user")),
      ("worker", execution.shown("liveaction", "runner_info", "hostname")),
      ("started", output.time(execution["start_timestamp"])),
      ("ended", output.time(execution["end_timestamp"])), ("took", took(execution)),
    ])
    try output.block("parameters", execution["parameters"])
    try showTimeline(execution["log"]?.arrayValue ?? [], output)
    try output.block("result", execution["result"])
  }

  private static func showTimeline(_ entries: [JSONValue], _ output: Output) throws {
    guard let first = entries.first else { return }
    try output.line(output.paint("timeline", .strong))
    let start = first["timestamp"]?.stringValue.flatMap { Instant(iso8601: $0) }
    for entry in entries {
      let status = SafeText.line(entry.shown("status"))
      let padding = String(repeating: " ", count: max(1, 12 - status.count))
      var time = output.time(entry["timestamp"])
      let at = entry["timestamp"]?.stringValue.flatMap { Instant(iso8601: $0) }
      if !output.isUTC, let start, let at { time = "+" + (at - start).text }
      try output.line(
        "  " + output.paint(status, .of(status: status)) + padding + SafeText.line(time))
    }
  }

  private var cancel: Command {
    Command(
      "cancel", "Ask an execution to stop",
      details: """
        What already runs is ended with all its processes. Prints the execution as it is \
        then; exit code 1 if it has ended already.
          petrel executions cancel 6561f2b4a0c81d0000000003
        """
    ) { c in
      let id = c.argument("id", String.self, "The execution's id")
      let format = OutputOptions(in: &c)
      let connection = ConnectionOptions(in: &c)
      return { [program] values in
        try await program.withClient(values, connection, .changing) { client in
          let reply = try await client.send(
            "DELETE", "/api/v1/executions/" + percentEncoded(values[id]))
          let output = program.output(values, format)
          let execution = try reply.json()
          if output.isJSON { try output.json(reply.body) }
          // An execution that has ended is refused with 200, as StackStorm does.
          if let reason = execution["faultstring"]?.stringValue {
            throw ExitCode(ExitCode.failure, output.isJSON ? nil : SafeText.line(reason))
          }
          if output.isJSON { return }
          try output.fields([
            ("id", execution.shown("id")), ("status", execution.shown("status")),
            ("action", execution.shown("action", "ref")),
          ])
        }
      }
    }
  }
}
