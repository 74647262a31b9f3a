/// Everything about a child process before it is started. What is not set here is not inherited:
/// no variable of the environment and no descriptor but the three standard ones; ignored and
/// blocked signals are reset.
///
/// Limits: `argumentsMax` arguments; texts hold no NUL byte. What is wrong with the settings is
/// found at the start, as `ProcessError`.
public struct ProcessSettings: Sendable {
  public static let argumentsMax = 65_536

  /// A path, or a name that is looked for in the `PATH` of `environment`. A file without a `#!`
  /// line that is no program is run by `/bin/sh`.
  public var program: String
  public var arguments: [String]
  public var environment: [String: String]
  /// nil: the one of this process.
  public var directory: String?

  public var input = ProcessInput.nothing
  public var stdout = OutputTarget.captured
  public var stderr = OutputTarget.captured
  /// For each of the two streams. What is over it is read, dropped and counted.
  public var outputBytesMax = 10 << 20
  /// Whether output over its limit ends the child.
  public var stopsOnOutputLimit = false
  /// Gets every piece of captured and streamed output, up to the limit, in order. It is called on
  /// the thread that serves all children: it must return at once.
  public var onOutput: (@Sendable (OutputStream, [UInt8]) -> Void)?

  /// A session and process group of its own: signals of the terminal do not reach it.
  public var ownSession = true
  /// Permission bits that files made by the child do not get, such as 0o077; nil: as here.
  public var fileMask: UInt32?
  public var limits: [ResourceLimit] = []
  /// nil: as this process. Another user needs root.
  public var user: ProcessUser?
  /// Set-user-id programs, sudo among them, then give the child nothing.
  public var noNewPrivileges = false
  /// Sent to the child (not to its children) when this process ends in whatever way; nil: it lives
  /// on.
  public var deathSignal: Int32? = ProcessSignal.kill

  /// After this long the whole tree is stopped; nil: never.
  public var timeLimitMs: Int?
  /// Between SIGTERM and SIGKILL when the tree is stopped; 0: SIGKILL at once.
  public var graceMs = 2000
  /// How long to wait, after the child has ended, for the end of output that its own children hold
  /// open. They then run on without a reader.
  public var drainMs = 2000
  /// Names the tree for `ProcessTree`: the same text finds it again, also from another process.
  /// nil: a random one.
  public var mark: String?
  /// Called when the system refuses to let this user signal a process of the tree. nil: such
  /// processes are survivors.
  public var killCommand: KillCommand?

  public init(_ program: String, _ arguments: [String] = [], environment: [String: String] = [:]) {
    self.program = program
    self.arguments = arguments
    self.environment = environment
  }
}

/// A program that may signal what this user may not, such as `sudo -n kill`: it gets `-TERM` or
/// `-KILL`, `--` and process ids as further arguments.
public struct KillCommand: Sendable {
  public var program: String
  public var arguments: [String]
  /// What it reads.
  public var input: [UInt8]

  public init(_ program: String, _ arguments: [String], input: [UInt8] = []) {
    self.program = program
    self.arguments = arguments
    self.input = input
  }
}

/// Where a child reads from.
public enum ProcessInput: Sendable {
  /// The end of file, at once.
  case nothing
  /// Written as the child reads; then the end of file. A child that stops reading is no error.
  case bytes([UInt8])
  /// Stays open here and is the caller's to close, once the start has returned.
  case descriptor(Int32)
}

/// Where a stream of a child goes.
public enum OutputTarget: Sendable {
  /// Kept for the outcome, and given to `onOutput`.
  case captured
  /// Only given to `onOutput`.
  case streamed
  case nothing
  /// Stays open here and is the caller's to close, once the start has returned.
  case descriptor(Int32)
}

/// Which of a child's two streams a piece of output came from.
public enum OutputStream: Int, Sendable, CaseIterable { case stdout, stderr }

/// A limit that the kernel holds a process to, and each of its children on its own.
public struct ResourceLimit: Sendable, Equatable {
  public enum Kind: Int32, Sendable {
    case cpuSeconds, addressSpaceBytes, fileBytes, userProcesses, openFiles, coreBytes
  }
  public var kind: Kind
  public var value: UInt64

  public init(_ kind: Kind, _ value: UInt64) {
    self.kind = kind
    self.value = value
  }
}
