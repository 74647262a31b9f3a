/// What a command line or a command can be refused for.
public enum ArgumentsError: Error, Equatable {
  /// The words of the command line make no sense. A command may throw it for what only it can
  /// check. The text goes to the standard error with a pointer to the help; exit code 64.
  case usage(String)
  /// Thrown by `ArgumentValue.init(argument:)`; says what was expected: "a whole number".
  case invalidValue(expected: String)
}

/// Thrown by a command to end the program with this code, and `error: message` where there is one.
public struct ExitCode: Error, Equatable {
  public static let success: Int32 = 0
  public static let failure: Int32 = 1
  /// Wrong usage, as in BSD's sysexits.h.
  public static let usage: Int32 = 64

  public var code: Int32
  public var message: String?

  public init(_ code: Int32, _ message: String? = nil) {
    self.code = code
    self.message = message
  }
}
