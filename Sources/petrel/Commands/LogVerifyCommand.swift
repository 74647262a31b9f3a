import Arguments
import Connectors
import Streams
import Threads

/// `petrel log verify`: whether the log is what was written, and whether the decisions in it are
/// what the rules make of the events.
struct LogVerifyCommand {
  let program: Program

  var command: Command {
    Command(
      "verify", "Check the whole log: checksums, chain, offsets, ids, decisions",
      details: """
        Reads the files of the data folder, beside a running server or without one, and changes \
        nothing. Every row must follow the one before by its hash, every part must have its \
        digest, offsets and positions must go on without a gap. Then a second, independent \
        implementation works out what the rules must have decided. Ends with 1 when something is \
        wrong. What is damaged is named by file, row, topic and offset.
          petrel log verify
          petrel log verify --data /backups/monday --json
        """
    ) { c in
      let format = OutputOptions(in: &c)
      return { [program] values in
        let configuration = program.configuration(values).configuration
        let log = try program.logFolder(configuration.data)
        let bar = ProgressBar(program.surroundings.errors, title: "verifying", total: nil)
        let thread = try ThreadExecutor(named: "verify")
        let report = try await thread.run { () throws(LogError) in
          try LogReport(of: log, configuration, bar)
        }
        bar.clear()
        let output = program.output(values, format)
        if output.isJSON { try output.json(report.json) } else { try report.show(output) }
        if !report.isSound { throw ExitCode(ExitCode.failure) }
      }
    }
  }
}

extension Program {
  /// The folder of the log in a data folder, which must be there.
  func logFolder(_ data: String) throws(ClientError) -> String {
    let log = DataFolder(path: data).log
    guard LocalFile.isThere(log) else {
      throw .notRunning("there are no data in \(data); name their folder with --data")
    }
    return log
  }
}
