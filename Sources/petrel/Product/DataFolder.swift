import Glibc

/// What lies where in the folder of a server.
struct DataFolder {
  let path: String

  var log: String { path + "/log" }
  var packs: String { path + "/packs" }
  var postgres: String { path + "/postgres" }
  var keys: String { path + "/keys" }
  var secretsKey: String { keys + "/secrets.key" }
  var trapPage: String { path + "/trap" }
  var socket: String { path + "/petrel.sock" }

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Makes the folder and those in it, for this user only. PostgreSQL's user must be able to pass
  /// through, so the folder itself may be entered but not read.
  static func layOut(_ path: String) throws(Failure) -> DataFolder {
    try make(path, 0o711)
    guard let resolved = realpath(path, nil) else { throw failure(path) }
    defer { free(resolved) }
    let folder = DataFolder(path: String(cString: resolved))
    try make(folder.keys, 0o700)
    try shut(folder.keys)
    try make(folder.packs, 0o755)
    return folder
  }

  private static func make(_ path: String, _ mode: mode_t) throws(Failure) {
    if mkdir(path, mode) == 0 {
      // The umask may have taken more than it should.
      guard chmod(path, mode) == 0 else { throw failure(path) }
      return
    }
    guard errno == EEXIST else { throw failure(path) }
    guard access(path, W_OK | X_OK) == 0 else { throw failure(path) }
  }

  /// A folder that was there may be open to others: by a copy, or by a umask of long ago.
  private static func shut(_ path: String) throws(Failure) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(path) }
    if status.st_mode & 0o077 == 0 { return }
    guard fchmod(descriptor, 0o700) == 0 else { throw failure(path) }
  }

  private static func failure(_ path: String) -> Failure {
    let hint =
      switch errno {
      case ENOENT: "make the folder above it first"
      case EACCES, EPERM: "choose another with --data, or make it writable for this user"
      case ENOSPC, EDQUOT: "free some space"
      case ENOTDIR: "a file is in the way"
      case EROFS: "the file system is mounted read-only; choose another with --data"
      default: "choose another with --data"
      }
    return Failure(description: "\(path): \(String(cString: strerror(errno))); \(hint)")
  }
}
