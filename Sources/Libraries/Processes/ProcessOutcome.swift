import Glibc

/// What became of a child.
public struct ProcessOutcome: Sendable, Equatable {
  public var ending: Ending
  /// Why it was stopped from here; nil when it ended by itself.
  public var stopped: StopReason?
  public var stdout = CapturedOutput()
  public var stderr = CapturedOutput()
  public var usage = ProcessUsage()
  /// Processes of the tree that could not be killed: not ours to kill, or stuck in the kernel.
  public var survivors: [Int32] = []

  public enum Ending: Sendable, Equatable {
    case exited(Int32)
    case signalled(Int32)
    /// Even SIGKILL did not end it; it is no longer waited for.
    case lost
  }

  public enum StopReason: Sendable, Equatable {
    case timeLimit, outputLimit
    /// The task that ran it was cancelled.
    case cancelled
    /// `Child.stop` was called.
    case requested
  }

  /// The exit code, or the negative number of the signal that ended it; nil when it was lost.
  public var code: Int? {
    switch ending {
    case .exited(let code): Int(code)
    case .signalled(let signal): -Int(signal)
    case .lost: nil
    }
  }
}

/// What a child wrote to one stream: the first bytes, and how many more there were.
public struct CapturedOutput: Sendable, Equatable {
  public var bytes: [UInt8] = []
  public var droppedBytes = 0

  /// Bytes that are no UTF-8 become U+FFFD.
  public var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// What a child and those of its children that it waited for have used.
public struct ProcessUsage: Sendable, Equatable {
  public var userUs: Int64 = 0
  public var systemUs: Int64 = 0
  /// The largest resident memory. It starts at that of this process, so a small value means at
  /// most.
  public var memoryBytesMax: Int64 = 0
}

/// Signal numbers, so that callers need no C library for them.
public enum ProcessSignal {
  public static let hangUp = SIGHUP
  public static let interrupt = SIGINT
  public static let quit = SIGQUIT
  public static let kill = SIGKILL
  public static let terminate = SIGTERM
  public static let user1 = SIGUSR1
  public static let user2 = SIGUSR2
}
