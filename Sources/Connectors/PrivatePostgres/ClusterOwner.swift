import Glibc
import Processes

/// As whom the cluster's programs run. PostgreSQL refuses root, so root steps down: to the user
/// `postgres` where it can reach the folder; else into a user namespace in which root's files
/// belong to an ordinary user, which needs neither that user nor another owner. What the data once
/// belonged to decides for ever.
enum ClusterOwner: Sendable, Equatable {
  /// This process is not root.
  case own
  case user(ProcessUser, name: String)
  case namespace

  static let preferredUser = "postgres"

  /// Looks up users, so it may block.
  /// - Parameter hasNamespaces: whether a user namespace can be made here.
  init(_ folder: ClusterFolder, hasNamespaces: Bool) throws(PrivatePostgresError) {
    var status = stat()
    let hasData = stat(folder.data, &status) == 0
    if geteuid() != 0 {
      if hasData, status.st_uid != geteuid() {
        throw .foreignOwner(data: folder.data, userID: status.st_uid)
      }
      self = .own
      return
    }
    if hasData, status.st_uid != 0 {
      let user = ProcessUser(userID: status.st_uid, groupID: status.st_gid)
      if let closed = Self.closedFolder(on: folder.path, to: user) {
        throw .notEnterable(folder: closed, user: "\(user.userID)")
      }
      self = .user(user, name: "\(user.userID)")
      return
    }
    if !hasData, let user = ProcessUser(named: Self.preferredUser) {
      let closed = Self.closedFolder(on: folder.path, to: user)
      if closed == nil {
        self = .user(user, name: Self.preferredUser)
        return
      }
      if let closed, !hasNamespaces {
        throw .notEnterable(folder: closed, user: Self.preferredUser)
      }
    }
    guard hasNamespaces else { throw .noUser(Self.preferredUser) }
    self = .namespace
  }

  /// The owner of the cluster's files.
  var ids: (user: UInt32, group: UInt32) {
    switch self {
    case .own, .namespace: (geteuid(), getegid())
    case .user(let user, _): (user.userID, user.groupID)
    }
  }

  /// How to start a program of the cluster.
  func settings(_ program: String, _ arguments: [String]) -> ProcessSettings {
    let environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"]
    var settings: ProcessSettings
    switch self {
    case .own: settings = ProcessSettings(program, arguments, environment: environment)
    case .user(let user, _):
      settings = ProcessSettings(program, arguments, environment: environment)
      settings.user = user
      settings.noNewPrivileges = true
    case .namespace:
      settings = ProcessSettings(
        "unshare", Self.namespaceOptions + [program] + arguments, environment: environment)
    }
    settings.directory = "/"
    return settings
  }

  static let namespaceOptions = ["--user", "--map-user=1000", "--map-group=1000"]

  /// The first folder on the way that the user may not enter; nil if it can reach the end.
  private static func closedFolder(on path: String, to user: ProcessUser) -> String? {
    var folder = ""
    for name in [""] + path.split(separator: "/").map(String.init) {
      folder = name.isEmpty ? "/" : (folder == "/" ? "/\(name)" : "\(folder)/\(name)")
      var status = stat()
      guard stat(folder, &status) == 0 else { return folder }
      let bit: mode_t =
        if status.st_uid == user.userID {
          0o100
        } else if status.st_gid == user.groupID
          || user.groups.contains(status.st_gid)
        { 0o010 } else { 0o001 }
      if status.st_mode & bit == 0 { return folder }
    }
    return nil
  }
}
