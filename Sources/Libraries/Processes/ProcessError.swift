import Glibc

/// Why a child was not started, named by what the caller does about it.
public enum ProcessError: Error, Sendable, Equatable {
  /// The settings can never work. Mend what the text names.
  case invalid(String)
  /// The system refused a step of the start. `subject` is the path or value that the step had.
  case refused(step: String, subject: String, code: Int32)
  /// So many children run already. Start it when one has ended.
  case tooMany(max: Int)
  /// The task was cancelled before the start. Unwind.
  case cancelled
}

extension ProcessError: CustomStringConvertible {
  /// One line, such as `chdir /no/where: No such file or directory`.
  public var description: String {
    switch self {
    case .invalid(let text): text
    case .refused(let step, let subject, let code):
      "\(step)\(subject.isEmpty ? "" : " " + subject): \(Self.text(of: code))"
        + Self.remark(step, subject, code)
    case .tooMany(let max): "\(max) child processes run already, which is the maximum"
    case .cancelled: "cancelled before the start"
    }
  }

  private static func text(of code: Int32) -> String {
    strerror(code).map { String(cString: $0) } ?? "error \(code)"
  }

  /// For a script whose interpreter is missing the system's text names the wrong file.
  private static func remark(_ step: String, _ subject: String, _ code: Int32) -> String {
    guard step == "execve", code == ENOENT, access(subject, F_OK) == 0 else { return "" }
    return " (the file exists, but not the interpreter that its first line names)"
  }
}
