/// How much a log line matters, from least to most.
public enum Level: String, Sendable, CaseIterable, Comparable {
  /// For whoever looks for a fault in the program.
  case debug
  /// What happened, in the ordinary course.
  case info
  /// Something that heals by itself or that a person may want to look at.
  case warning
  /// Something that a person must look at.
  case error

  var rank: UInt8 {
    switch self {
    case .debug: 0
    case .info: 1
    case .warning: 2
    case .error: 3
    }
  }

  public static func < (one: Level, other: Level) -> Bool { one.rank < other.rank }
}
