public import Postgres
public import Streams

/// Why a view was not rebuilt; the old one serves on, except where the error is of the very end.
public enum ViewRebuildError: Error, Sendable, Equatable {
  /// Another rebuild runs: wait for it.
  case busy
  case migration(MigrationError)
  case projection(ProjectorError)
  case database(PostgresError)
  case log(LogError)
}

extension ViewRebuildError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .busy: "another rebuild of the view is running"
    case .migration(let error): "\(error)"
    case .projection(let error): "\(error)"
    case .database(let error): "\(error)"
    case .log(let error): "\(error)"
    }
  }
}
