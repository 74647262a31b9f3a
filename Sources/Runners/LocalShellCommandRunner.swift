public import Automation
import JSON

/// Runs a command line in the shell of this machine, as the user of this process.
/// The text never stands in the list of processes (see `ShellCommand`); what the command line
/// itself starts is its own affair.
public struct LocalShellCommandRunner: Runner {
  public static let name = "local-shell-cmd"
  public static let hasSideEffects = true

  public init() {}

  public func run(_ job: Job, output: any OutputSink) async -> WorkerReport.Outcome {
    guard job.entryPoint.isEmpty else {
      return .failed("entry_point is only valid for the local-shell-script runner.")
    }
    guard let text = job.runnerParameters["cmd"]?.stringValue else {
      return .failed("Parameter cmd must be a text with the command line, but there is none.")
    }
    let run: ShellRun
    do throws(ParameterError) {
      run = try ShellRun(job)
    } catch {
      return .failed(error.text)
    }
    return await run(.line(text, shell: run.shell, sudo: run.sudo), output)
  }
}
