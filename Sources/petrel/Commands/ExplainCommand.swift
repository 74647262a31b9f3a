import Arguments
import JSON

/// `petrel explain`: why rules fired, or did not.
struct ExplainCommand {
  let program: Program

  var command: Command {
    Command(
      "explain", "Say what each rule made of a trigger, criterion by criterion",
      details: """
        Shows each criterion with its pattern, the value that was seen, and the outcome.
          petrel explain 6561f2b4a0c81d0000000001
          petrel explain 6561f2b4a0c81d0000000001 --rule demo.page_on_call
        """
    ) { c in
      let trigger = c.argument("trigger", String.self, "The trigger instance's id")
      let rule = c.optional("rule", nil, String.self, "Only this rule: pack.name")
      let format = OutputOptions(in: &c)
      let connection = ConnectionOptions(in: &c)
      return { [program] values in
        let query = values[rule].map { [QueryItem("rule", $0)] } ?? []
        try await program.withClient(values, connection) { client in
          let reply = try await client.get(
            "/api/v2/explain/" + percentEncoded(values[trigger]), query)
          let output = program.output(values, format)
          if output.isJSON { return try output.json(reply.body) }
          try Self.show(reply.json(), output)
        }
      }
    }
  }

  private static func show(_ explanation: JSONValue, _ output: Output) throws {
    let trigger = explanation["trigger_instance"] ?? .null
    try output.fields([
      ("trigger", trigger.shown("trigger")), ("id", trigger.shown("id")),
      ("status", trigger.shown("status")), ("time", output.time(trigger["occurrence_time"])),
    ])
    try output.block("payload", trigger["payload"])
    let rules = explanation["rules"]?.arrayValue ?? []
    if rules.isEmpty { try output.line("no rule listens to this trigger") }
    for rule in rules { try show(rule: rule, output) }
  }

  private static func show(rule: JSONValue, _ output: Output) throws {
    let outcome = rule.shown("outcome")
    var line = "\(mark(outcome)) \(rule.shown("rule"))  \(outcome)"
    if rule["enabled"]?.boolValue == false { line += " (the rule is disabled)" }
    if rule["recorded"]?.boolValue == false { line += " (worked out again, not recorded)" }
    try output.line("")
    try output.line(output.paint(SafeText.line(line), .of(status: outcome)))
    if !rule.shown("reason").isEmpty {
      try output.line("    " + SafeText.line(rule.shown("reason")))
    }
    for criterion in rule["criteria"]?.arrayValue ?? [] { try show(criterion: criterion, output) }
    if let execution = rule["execution"], !execution.isNull {
      let status = execution.shown("status")
      let text = "    execution \(execution.shown("id")) \(status)"
      try output.line(output.paint(SafeText.line(text), .of(status: status)))
    }
  }

  private static func show(criterion: JSONValue, _ output: Output) throws {
    let outcome = criterion.shown("outcome")
    var text = "    \(mark(outcome)) \(criterion.shown("key")) \(criterion.shown("operator"))"
    if let pattern = criterion["pattern"], !pattern.isNull {
      text += " " + ValueText.exact(pattern)
    }
    switch outcome {
    case "not_reached": text += ", not looked at: an earlier one failed"
    default: text += ", saw " + ValueText.exact(criterion["value"])
    }
    if !criterion.shown("reason").isEmpty { text += ": " + criterion.shown("reason") }
    try output.line(output.paint(SafeText.line(text), .of(status: outcome)))
  }

  private static func mark(_ outcome: String) -> String {
    switch outcome {
    case "fired", "passed": "✓"
    case "not_reached": "·"
    case "error": "!"
    default: "✗"
    }
  }
}
