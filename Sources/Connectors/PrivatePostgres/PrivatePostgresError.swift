/// Why there is no private PostgreSQL, each with what a person does about it.
public enum PrivatePostgresError: Error, Sendable, Equatable {
  case notInstalled
  /// The data are of a version whose programs are not there.
  case versionMissing(data: String, version: Int, installed: [Int])
  /// The data belong to somebody as whom this process cannot run the server.
  case foreignOwner(data: String, userID: UInt32)
  /// PostgreSQL refuses root, and the user it runs as cannot reach the folder.
  case notEnterable(folder: String, user: String)
  /// This process is root, and there is nobody else as whom the server could run.
  case noUser(String)
  /// A step with a file of the folder failed.
  case folder(String, why: String)
  /// `initdb` or the server ended at once; its last words.
  case failed(program: String, words: String)
  /// A process that is not the server, or does not stop, holds the data.
  case stuck(data: String, processID: Int32)
  /// The task was cancelled before the server was there.
  case cancelled
}

extension PrivatePostgresError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notInstalled:
      "PostgreSQL is not installed: 'apt-get install postgresql', or configure a database"
    case .versionMissing(let data, let version, let installed):
      "\(data) was made by PostgreSQL \(version), installed is "
        + "\(installed.map(String.init).joined(separator: ", ")): "
        + "'apt-get install postgresql-\(version)', or move the folder away: the next start "
        + "makes the view anew from the log"
    case .foreignOwner(let data, let userID):
      "\(data) belongs to user \(userID): start petrel as that user or as root"
    case .notEnterable(let folder, let user):
      "PostgreSQL does not run as root, and its user \(user) cannot enter \(folder): "
        + "'chmod o+x \(folder)', or choose another data folder"
    case .noUser(let user):
      "PostgreSQL does not run as root, there is no user \(user) and no user namespace can be "
        + "made: start petrel as an ordinary user"
    case .folder(let path, let why): "\(path): \(why)"
    case .failed(let program, let words): "\(program) failed: \(words)"
    case .stuck(let data, let processID):
      "process \(processID) holds \(data) and does not answer: end it and start again"
    case .cancelled: "cancelled"
    }
  }

  /// Whether another attempt may succeed without anybody's having looked: a disk that was full, a
  /// process that was in the way.
  var mayPass: Bool {
    switch self {
    case .folder, .failed, .stuck: true
    case .notInstalled, .versionMissing, .foreignOwner, .notEnterable, .noUser, .cancelled: false
    }
  }
}
