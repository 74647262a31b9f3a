public import Automation
import JSON
import Glibc

/// Runs a script of a pack on this machine, as the user of this process. Its arguments are
/// StackStorm's (see `ScriptArgument`); secret ones do not stand in the list of processes where
/// that can be avoided (see `ShellCommand`).
public struct LocalShellScriptRunner: Runner {
  public static let name = "local-shell-script"
  public static let hasSideEffects = true

  public init() {}

  public func run(_ job: Job, output: any OutputSink) async -> WorkerReport.Outcome {
    do throws(ParameterError) {
      let path = try path(of: job)
      let run = try ShellRun(job)
      if let version = job.runnerParameters["content_version"]?.stringValue, !version.isEmpty {
        throw ParameterError(
          "Parameter content_version must be empty, found '\(version)': only the pack's registered"
            + " version can be run.")
      }
      guard let interpreter = Interpreter(ofFile: path) else {
        throw ParameterError("The script \(path) cannot be read (errno \(errno)).")
      }
      makeExecutable(path)
      let arguments = ScriptArgument.all(job, operator: run.keywordOperator)
      if let place = arguments.firstIndex(where: { $0.text.utf8.contains(0) }) {
        throw ParameterError("Argument \(place + 1) of the script holds a NUL byte.")
      }
      return await run(
        .script(path, arguments, by: interpreter, sudo: run.sudo), output)
    } catch {
      return .failed(error.text)
    }
  }

  private func path(of job: Job) throws(ParameterError) -> String {
    guard !job.entryPoint.isEmpty else {
      throw ParameterError("The action's metadata has no entry_point.")
    }
    guard let folder = job.packFolder else {
      throw ParameterError("The files of pack \(job.pack) are not on this machine.")
    }
    let isInside =
      !job.entryPoint.hasPrefix("/") && !job.entryPoint.split(separator: "/").contains("..")
    guard isInside else {
      throw ParameterError("entry_point must lie below the pack, found '\(job.entryPoint)'.")
    }
    return "\(folder)/actions/\(job.entryPoint)"
  }

  /// As StackStorm does; where it is not allowed the start tells.
  private func makeExecutable(_ path: String) {
    var status = stat()
    guard access(path, X_OK) != 0, stat(path, &status) == 0 else { return }
    chmod(path, (status.st_mode & 0o7777) | 0o111)
  }
}
