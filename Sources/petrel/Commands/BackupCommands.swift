import Arguments
import Calendar
import Connectors
import JSON
import Runners
import Threads

/// `petrel backup` and `petrel restore`: the whole data folder, while its server runs.
struct BackupCommands {
  let program: Program

  var backup: Command {
    Command(
      "backup", "Copy the data folder into another one while the server runs",
      details: """
        Reads the files themselves, so run it where the data are, as the server's user. The copy \
        holds everything that was acknowledged before it began: the log, the packs, the keys, \
        petrel.yaml. The database of the view is not in it, since it is made from the log. Who \
        has the keys can read the secrets: keep the copy as you keep the data, or leave them out \
        and keep them elsewhere.
          petrel backup /backups/monday
          petrel log verify --data /backups/monday
        """
    ) { c in
      let target = c.argument("target", String.self, "A folder that is empty or not there yet")
      let withoutKeys = c.flag("without-keys", nil, "Leave the key of the secrets out")
      let format = OutputOptions(in: &c)
      return { [program] values in
        let data = program.configuration(values).configuration.data
        let log = try program.logFolder(data)
        let (target, withKeys) = (values[target], !values[withoutKeys])
        let now = program.surroundings.now()
        let total = try LogBackup.byteCount(log)
        let bar = ProgressBar(program.surroundings.errors, title: "copying", total: total)
        let backup = try await Self.onThread {
          try DataBackup.make(of: data, into: target, withKeys: withKeys, at: now) { bar.add($0) }
        }
        bar.clear()
        let output = program.output(values, format)
        if output.isJSON { return try output.json(backup.json) }
        for line in Self.words(backup, data, target) { try output.line(SafeText.line(line)) }
      }
    }
  }

  private static func words(_ backup: DataBackup, _ data: String, _ target: String) -> [String] {
    [
      "\(data) is copied into \(target), the log up to row \(backup.end.row) of "
        + backup.end.time.iso8601,
      "The view's database is not in it: it is made anew from the log.",
      backup.hasKeys
        ? "The key of the secrets is in it: keep it as you keep the data."
        : "The key of the secrets is not in it: without it no secret of this log can be opened.",
      "To use it: petrel restore \(shellQuoted(target)) --data NEW",
    ]
  }

  var restore: Command {
    Command(
      "restore", "Make a data folder of a backup",
      details: """
        The folder of --data must be empty or not there. The whole log is verified, and gets an \
        incarnation of its own, so that nobody takes it for the one that it is a copy of.
          petrel restore /backups/monday --data ./restored
        """
    ) { c in
      let source = c.argument("source", String.self, "What 'petrel backup' has made")
      let format = OutputOptions(in: &c)
      return { [program] values in
        let data = program.configuration(values).configuration.data
        let source = values[source]
        let log = try program.logFolder(source)
        let now = program.surroundings.now()
        // Copied, then verified.
        let total = 2 * (try LogBackup.byteCount(log))
        let bar = ProgressBar(program.surroundings.errors, title: "restoring", total: total)
        let (backup, incarnation) = try await Self.onThread {
          try DataBackup.restore(source, into: data, at: now) { bar.add($0) }
        }
        bar.clear()
        let output = program.output(values, format)
        if output.isJSON {
          return try output.json([
            "data": .string(data), "incarnation": .string(incarnation), "backup": backup.json,
          ])
        }
        for line in Self.next(backup, incarnation, data) {
          try output.line(SafeText.line(line))
        }
      }
    }
  }

  /// What to do with restored data.
  private static func next(
    _ backup: DataBackup, _ incarnation: String, _ data: String
  ) -> [String] {
    let keys =
      backup.hasKeys
      ? [] : ["  - put the key of the secrets to \(DataFolder(path: data).secretsKey), mode 600"]
    return [
      "\(data) holds the log up to row \(backup.end.row) of \(backup.end.time.iso8601), verified; "
        + "its incarnation is \(incarnation)",
      "Next:",
      "  - stop the server that the backup is of, if it still runs: both would act on what waits",
    ] + keys + [
      "  - petrel up --data \(shellQuoted(data)); the private database of the view fills by itself",
      "  - with a database of your own ('database' in petrel.yaml): petrel view rebuild",
      "Know:",
      "  - work that waited at \(backup.end.time.iso8601) is done now, also if it was done after "
        + "the backup; what ran then is abandoned, or repeated if its action is idempotent",
      "  - events that came later are not in it: send them again; ids given later are given anew",
    ]
  }

  private static func onThread<Result: Sendable>(
    _ work: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await ThreadExecutor(named: "backup").run(work)
  }
}
