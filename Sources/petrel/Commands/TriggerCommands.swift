import Arguments
import JSON

/// `petrel triggers`: trigger instances, the occurrences that rules decide about.
struct TriggerCommands {
  let program: Program

  var group: Command {
    Command("triggers", "Occurrences that rules decide about", [list, get, tail])
  }

  private var list: Command {
    program.listCommand(
      "List trigger instances, newest first",
      details: "  petrel triggers list --trigger demo.alert --since 1d"
    ) { Self.listing(in: &$0, path: "/api/v1/triggerinstances") }
  }

  private var tail: Command {
    program.tailCommand(
      "Show trigger instances as they come",
      details: """
        From now on, or from the time that --since names, until ^C.
          petrel triggers tail --trigger demo.alert
          petrel triggers tail --since 1h --json
        """
    ) { Self.listing(in: &$0, path: "/api/v2/triggers") }
  }

  private static func listing(
    in signature: inout Signature, path: String
  ) -> @Sendable (Values) -> Listing {
    var filters = QueryFilters()
    filters.add(
      "trigger", as: "trigger", in: &signature, "Only of this trigger, such as demo.alert")
    let bounds = TimeBounds(in: &signature)
    return { [filters] values in
      Listing(
        path: path, query: filters.items(values) + bounds.items(values),
        columns: [
          Column("ID", member: "id"), Column("STATUS", member: "status", style: .status),
          Column("TRIGGER", member: "trigger", isFlexible: true),
          Column("TIME", time: "occurrence_time"),
          Column("PAYLOAD", member: "payload", isFlexible: true),
        ])
    }
  }

  private var get: Command {
    program.getCommand(
      "Show a trigger instance with its payload",
      details: """
        'petrel explain' tells what the rules made of it.
          petrel triggers get 6561f2b4a0c81d0000000001
        """,
      argument: ("id", "The trigger instance's id"), path: "/api/v1/triggerinstances"
    ) { trigger, output in
      try output.fields([
        ("id", trigger.shown("id")), ("trigger", trigger.shown("trigger")),
        ("status", trigger.shown("status")), ("time", output.time(trigger["occurrence_time"])),
      ])
      try output.block("payload", trigger["payload"])
    }
  }
}

/// `petrel decisions`: what each rule made of each trigger instance.
struct DecisionCommands {
  let program: Program

  var group: Command {
    Command("decisions", "What each rule made of each trigger, and why", [list, get, tail])
  }

  private var list: Command {
    program.listCommand(
      "List decisions, newest first",
      details: """
          petrel decisions list --outcome error
          petrel decisions list --rule demo.page_on_call --limit 5
        """
    ) { Self.listing(in: &$0) }
  }

  private var tail: Command {
    program.tailCommand(
      "Show decisions as they are made",
      details: """
        From now on, until ^C.
          petrel decisions tail --outcome fired
          petrel decisions tail --rule demo.page_on_call --json
        """
    ) { Self.listing(in: &$0) }
  }

  private static func listing(
    in signature: inout Signature
  ) -> @Sendable (Values) -> Listing {
    var filters = QueryFilters()
    filters.add("trigger", as: "trigger_instance", in: &signature, "Only about this trigger's id")
    filters.add("rule", as: "rule", in: &signature, "Only of this rule")
    filters.add(
      "outcome", as: "outcome", in: &signature, "Only of this outcome, such as fired, no_match")
    return { [filters] values in
      Listing(
        path: "/api/v2/decisions", query: filters.items(values),
        columns: [
          Column("ID", member: "id"), Column("OUTCOME", member: "outcome", style: .status),
          Column("RULE", member: "rule", isFlexible: true),
          Column("TRIGGER", member: "trigger_instance"), Column("TIME", time: "decided_at"),
          Column("REASON", member: "reason", isFlexible: true),
        ])
    }
  }

  private var get: Command {
    program.getCommand(
      "Show a decision with the criterion that it came down to",
      details: "  petrel decisions get 6561f2b4a0c81d0000000002",
      argument: ("id", "The decision's id"), path: "/api/v2/decisions"
    ) { decision, output in
      try output.fields([
        ("id", decision.shown("id")), ("outcome", decision.shown("outcome")),
        ("rule", decision.shown("rule")), ("revision", decision.shown("revision")),
        ("trigger", decision.shown("trigger_instance")), ("reason", decision.shown("reason")),
        ("execution", decision.shown("execution_id")),
        ("time", output.time(decision["decided_at"])),
      ])
      try output.block("criterion", decision["criterion"])
    }
  }
}
