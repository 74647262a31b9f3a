public import Postgres

/// Why the database's schema is not as the program needs it, named by what a person does about it.
public enum MigrationError: Error, Sendable, Equatable {
  /// The folder of migrations is not sound: mend the installation.
  case folder(String, [String])
  /// A file that the database has applied was changed since: put the old one back.
  case changed(file: String)
  /// The database is of a newer program: use that.
  case newer(found: Int, known: Int)
  /// A statement of a file fails: a bug in the file, or somebody has changed the schema by hand.
  case failed(file: String, line: Int, PostgresFault)
  /// The database is away or busy: try again later.
  case unavailable(PostgresError)
  /// The database refuses, for want of a permission or by a bug: a person has to look.
  case refused(PostgresError)
  case cancelled
}

extension MigrationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .folder(let folder, let faults):
      "the migrations in \(folder) cannot be used: \(faults.joined(separator: "; "))"
    case .changed(let file):
      "the migration \(file) is not what was applied to this database: an applied file must not be "
        + "changed, put the old one back"
    case .newer(let found, let known):
      "the database has version \(found), this program knows up to \(known): use the newer program"
    case .failed(let file, let line, let fault): "\(file):\(line): \(fault)"
    case .unavailable(let error), .refused(let error): "\(error)"
    case .cancelled: "cancelled"
    }
  }
}

extension MigrationError {
  init(_ error: PostgresError) {
    switch error {
    case .unavailable, .inDoubt, .retry, .full, .timedOut: self = .unavailable(error)
    case .cancelled: self = .cancelled
    case .constraint, .rejected, .denied, .invalid: self = .refused(error)
    }
  }
}
