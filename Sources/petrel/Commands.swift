import Arguments

/// The tree of commands. One line for each, in the order in which help shows them.
extension Program {
  static let version = "petrel 0.1.0"

  /// - Parameter server: the commands that hold the engine itself: `up`, `conform`.
  func command(server: [Command] = []) -> Command {
    Command(
      "petrel", "An event-driven automation engine: events in, rules decide, actions run",
      details: """
        Start it, send it an event, see what became of it:
          petrel up --data ./data
          petrel events import alerts.ndjson
          petrel executions list
        Teach a shell to complete its words, here bash:
          source <(petrel completion bash)
        """,
      sharing: shared, version: Self.version,
      server + [
        StatusCommand(program: self).command,
        EventCommands(program: self).group,
        TriggerCommands(program: self).group,
        DecisionCommands(program: self).group,
        ExplainCommand(program: self).command,
        ExecutionCommands(program: self).group,
        RunCommand(program: self).command,
        RuleCommands(program: self).group,
        ActionCommands(program: self).group,
        PackCommands(program: self).group,
        CheckCommand(program: self).command,
        LogCommands(program: self).group,
        DeadLetterCommands(program: self).group,
        ViewCommands(program: self).group,
        BackupCommands(program: self).backup,
        BackupCommands(program: self).restore,
        ConfigCommands(program: self).group,
      ])
  }

  /// The commands that hold the engine itself.
  func serverCommands(_ signals: StopSignals) -> [Command] {
    [
      UpCommand(program: self, signals: signals).command, ConformCommand(program: self).command,
    ]
  }
}
