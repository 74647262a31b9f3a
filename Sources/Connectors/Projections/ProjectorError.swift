public import Postgres
public import Streams

/// Why a projection does not go on, named by what its owner does.
public enum ProjectorError: Error, Sendable, Equatable {
  /// The database does not answer or has no room: try again later, nothing is lost.
  case unavailable(PostgresError)
  /// The offsets are not where the batch begins: ask for the positions and read from there.
  case moved
  /// The rows were made from another log, as after a restore: stop until the view is rebuilt.
  case otherLog(projection: String, held: String, found: String)
  /// The rows are ahead of the log, which has lost its end: stop until the view is rebuilt.
  case ahead(projection: String, partition: String, offset: Int64, end: Int64)
  /// The projection's own statements fail, or a permission is missing: stop, a person has to look.
  case broken(projection: String, PostgresError)
  /// The log cannot be read: stop.
  case log(LogError)
  /// The task was cancelled; nothing of the batch happened or all of it.
  case cancelled
}

extension ProjectorError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unavailable(let error): "\(error)"
    case .moved: "another process has moved the projection's offsets"
    case .otherLog(let projection, let held, let found):
      "the view's table of \(projection) was made from the log \(held), this is the log \(found): "
        + "rebuild it with 'petrel view rebuild'"
    case .ahead(let projection, let partition, let offset, let end):
      "the view's table of \(projection) stands at \(offset) of \(partition), the log ends at "
        + "\(end): rebuild it with 'petrel view rebuild'"
    case .broken(let projection, let error): "the projection \(projection) fails: \(error)"
    case .log(let error): "\(error)"
    case .cancelled: "cancelled"
    }
  }
}

extension ProjectorError {
  init(_ error: PostgresError, projection: String) {
    switch error {
    case .unavailable, .inDoubt, .retry, .full, .timedOut: self = .unavailable(error)
    case .cancelled: self = .cancelled
    case .constraint, .rejected, .denied, .invalid:
      self = .broken(projection: projection, error)
    }
  }
}
