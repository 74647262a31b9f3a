/// What went wrong, named by what the caller does about it.
public enum PostgresError: Error, Sendable, Equatable {
  /// There is no connection, or it was lost, or the server goes down: connect anew, later. What was
  /// in flight has not happened, except for a commit: see `inDoubt`.
  case unavailable(String)
  /// The connection was lost between a commit and its answer: look whether it happened.
  case inDoubt(String)
  /// A deadlock, a serialization conflict, a stale prepared statement: run the transaction again.
  case retry(PostgresFault)
  /// A rule of the table forbids the row: the data is at fault, not the query.
  case constraint(PostgresFault)
  /// The server does not take the value (text that is no JSON, a number out of range, a row too
  /// large for an index): the data is at fault, not the query.
  case rejected(PostgresFault)
  /// The password, the role, the database or a permission: a person has to change something.
  case denied(String)
  /// The server has no disk, memory or connection left, or the pool no place to wait: try later.
  case full(String)
  /// A statement or a lock took longer than it may.
  case timedOut(String)
  /// The caller's task was cancelled; the statement was stopped.
  case cancelled
  /// The query, or how it is used, is wrong: a bug.
  case invalid(PostgresFault)
}

/// What the server said of an error; empty where it said nothing.
public struct PostgresFault: Sendable, Equatable {
  /// Five characters, Appendix A of PostgreSQL's manual; empty when this library found the fault.
  public var sqlState: String
  public var message: String
  public var detail: String
  public var constraint: String
  /// The character of the query, from 1, at which the fault was found; 0 for none.
  public var position: Int

  public init(
    _ message: String, sqlState: String = "", detail: String = "", constraint: String = "",
    position: Int = 0
  ) {
    self.message = message
    self.sqlState = sqlState
    self.detail = detail
    self.constraint = constraint
    self.position = position
  }
}

extension PostgresFault: CustomStringConvertible {
  public var description: String {
    let code = sqlState.isEmpty ? "" : " (\(sqlState))"
    return message + code + (detail.isEmpty ? "" : ": \(detail)")
  }
}

extension PostgresError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unavailable(let why): "PostgreSQL is not available: \(why)"
    case .inDoubt(let why): "it is not known whether the commit happened: \(why)"
    case .retry(let fault): "the transaction has to be run again: \(fault)"
    case .constraint(let fault): "a rule of the table forbids the row: \(fault)"
    case .rejected(let fault): "PostgreSQL does not take the value: \(fault)"
    case .denied(let why): "PostgreSQL refuses: \(why)"
    case .full(let why): "PostgreSQL has no room: \(why)"
    case .timedOut(let why): "PostgreSQL took too long: \(why)"
    case .cancelled: "cancelled"
    case .invalid(let fault): "the query is wrong: \(fault)"
    }
  }
}

extension PostgresError {
  /// Sorts the server's error by its code.
  init(_ fault: PostgresFault, isStopped: Bool) {
    switch fault.sqlState {
    case "57014": self = isStopped ? .cancelled : .timedOut(fault.message)
    case "55P03", "25P03": self = .timedOut(fault.message)
    case "40001", "40P01", "26000": self = .retry(fault)
    case "0A000" where fault.message.contains("cached plan"): self = .retry(fault)
    case "42501", "25006", "3D000": self = .denied(fault.message)
    default:
      switch fault.sqlState.prefix(2) {
      case "08", "57", "58": self = .unavailable(fault.message)
      case "22", "54": self = .rejected(fault)
      case "23": self = .constraint(fault)
      case "28": self = .denied(fault.message)
      case "53": self = .full(fault.message)
      default: self = .invalid(fault)
      }
    }
  }
}
