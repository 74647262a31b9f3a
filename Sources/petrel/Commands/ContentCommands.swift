import Arguments
import JSON

/// `petrel rule`.
struct RuleCommands {
  let program: Program

  var group: Command { Command("rule", "Rules: which trigger leads to which action", [list, get]) }

  private var list: Command {
    program.listCommand("List rules", details: "  petrel rule list --pack demo") { c in
      var filters = QueryFilters()
      filters.add("pack", as: "pack", in: &c, "Only of this pack")
      filters.add("trigger", as: "trigger", in: &c, "Only those that listen to this trigger")
      filters.add("action", as: "action", in: &c, "Only those that run this action")
      filters.add("enabled", as: "enabled", in: &c, "true or false")
      return { [filters] values in
        Listing(
          path: "/api/v1/rules", query: filters.items(values),
          columns: [
            Column("REF", member: "ref"),
            Column("STATUS", style: .status) { row, _ in ContentText.enabled(row) },
            Column("TRIGGER", isFlexible: true) { row, _ in ContentText.trigger(of: row) },
            Column("ACTION", member: "action.ref", isFlexible: true),
            Column("DESCRIPTION", member: "description", isFlexible: true),
          ])
      }
    }
  }

  private var get: Command {
    program.getCommand(
      "Show a rule with its criteria", details: "  petrel rule get demo.page_on_call",
      argument: ("ref", "pack.name, or an id"), path: "/api/v1/rules"
    ) { rule, output in
      try output.fields([
        ("ref", rule.shown("ref")), ("status", ContentText.enabled(rule)),
        ("description", rule.shown("description")), ("trigger", ContentText.trigger(of: rule)),
        ("action", rule.shown("action", "ref")), ("type", rule.shown("type", "ref")),
        ("id", rule.shown("id")),
      ])
      try output.block("trigger parameters", rule.member(["trigger", "parameters"]))
      try output.block("criteria", rule["criteria"])
      try output.block("action parameters", rule.member(["action", "parameters"]))
    }
  }
}

/// `petrel action`.
struct ActionCommands {
  let program: Program

  var group: Command { Command("action", "Actions: what can be run", [list, get]) }

  private var list: Command {
    program.listCommand("List actions", details: "  petrel action list --pack core") { c in
      var filters = QueryFilters()
      filters.add("pack", as: "pack", in: &c, "Only of this pack")
      return { [filters] values in
        Listing(
          path: "/api/v1/actions", query: filters.items(values),
          columns: [
            Column("REF", member: "ref"), Column("RUNNER", member: "runner_type"),
            Column("STATUS", style: .status) { row, _ in ContentText.enabled(row) },
            Column("DESCRIPTION", member: "description", isFlexible: true),
          ])
      }
    }
  }

  private var get: Command {
    program.getCommand(
      "Show an action with its parameters", details: "  petrel action get core.local",
      argument: ("ref", "pack.name, or an id"), path: "/api/v1/actions"
    ) { action, output in
      try output.fields([
        ("ref", action.shown("ref")), ("status", ContentText.enabled(action)),
        ("description", action.shown("description")), ("runner", action.shown("runner_type")),
        ("entry point", action.shown("entry_point")), ("id", action.shown("id")),
      ])
      guard case .object(let parameters)? = action["parameters"], !parameters.isEmpty else {
        return
      }
      try output.line(output.paint("parameters", .strong))
      try output.table(Self.parameterColumns, parameters.map { ($0.key, $0.value) })
    }
  }

  private static let parameterColumns: [Column<(String, JSONValue)>] = [
    Column("  NAME") { row, _ in "  " + row.0 },
    Column("TYPE") { row, _ in row.1.shown("type") },
    Column("REQUIRED") { row, _ in row.1["required"]?.boolValue == true ? "yes" : "" },
    Column("DEFAULT", isFlexible: true) { row, _ in row.1["default"].map(ValueText.exact) ?? "" },
    Column("DESCRIPTION", isFlexible: true) { row, _ in row.1.shown("description") },
  ]
}

enum ContentText {
  static func enabled(_ content: JSONValue) -> String {
    content["enabled"]?.boolValue == false ? "disabled" : "enabled"
  }

  /// A rule names its trigger's type; a reference is all that some lists have.
  static func trigger(of rule: JSONValue) -> String {
    let type = rule.shown("trigger", "type")
    return type.isEmpty ? rule.shown("trigger", "ref") : type
  }
}
