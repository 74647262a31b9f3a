import Glibc

/// The files of a private cluster: `data`, `socket`, `password` (of the superuser, for TCP only),
/// `postgres.log`. Paths are absolute and free of symbolic links.
struct ClusterFolder: Sendable, Equatable {
  /// A socket's path has at most 107 bytes.
  private static let socketBytesMax = 107
  private static let socketName = "/.s.PGSQL.5432"
  private static let logBytesMax = 10 << 20
  private static let wordsBytesMax = 2 << 10

  let path: String

  /// Makes the folder where there is none. Others may enter it, not look into it.
  init(_ given: String) throws(PrivatePostgresError) {
    try Self.make(given, mode: 0o711)
    guard let resolved = realpath(given, nil) else { throw Self.fault(given) }
    defer { free(resolved) }
    path = String(cString: resolved)
  }

  var data: String { "\(path)/data" }
  /// What `initdb` fills; it becomes `data` when it is whole.
  var unfinishedData: String { "\(path)/data.unfinished" }
  var password: String { "\(path)/password" }
  var log: String { "\(path)/postgres.log" }
  var lock: String { "\(data)/postmaster.pid" }

  /// Below the folder, or where that is too long for a socket below /tmp, named after the folder.
  var socket: String {
    let near = "\(path)/socket"
    if (near + Self.socketName).utf8.count <= Self.socketBytesMax { return near }
    var sum: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in path.utf8 { sum = (sum ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    return "/tmp/petrel-\(String(sum, radix: 16))"
  }

  /// The version that made the data; nil where there are none.
  var dataVersion: Int? {
    Self.text(of: "\(data)/PG_VERSION", bytesMax: 16).flatMap { text in
      Int(text.prefix { $0.isNumber })
    }
  }

  /// Makes a folder that only `owner` may enter; one that is there must be such a folder.
  func makePrivate(_ folder: String, owner: UInt32, group: UInt32) throws(PrivatePostgresError) {
    if mkdir(folder, 0o700) == 0 {
      guard chown(folder, owner, group) == 0 else { throw Self.fault(folder) }
      return
    }
    guard errno == EEXIST else { throw Self.fault(folder) }
    var status = stat()
    guard lstat(folder, &status) == 0 else { throw Self.fault(folder) }
    let isFolder = status.st_mode & S_IFMT == S_IFDIR
    guard isFolder, status.st_uid == owner, status.st_mode & 0o077 == 0 else {
      throw .folder(
        folder, why: "it must be a folder of user \(owner) that nobody else may enter: remove it")
    }
  }

  /// Opens the server's log for its output; an old large one is put aside.
  func openLog() throws(PrivatePostgresError) -> Int32 {
    var status = stat()
    if stat(log, &status) == 0, status.st_size > Self.logBytesMax { rename(log, log + ".1") }
    let descriptor = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.fault(log) }
    return descriptor
  }

  /// The last lines of the log, for an error message.
  var lastWords: String {
    let descriptor = open(log, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "see \(log)" }
    defer { close(descriptor) }
    let end = lseek(descriptor, 0, SEEK_END)
    lseek(descriptor, max(0, end - Self.wordsBytesMax), SEEK_SET)
    return Self.lines(Self.content(of: descriptor, bytesMax: Self.wordsBytesMax))
  }

  /// The last three lines as one.
  static func lines(_ text: String) -> String {
    text.split(separator: "\n").suffix(3).joined(separator: "; ")
  }

  // MARK: - Files

  static func fault(_ path: String) -> PrivatePostgresError {
    .folder(path, why: String(cString: strerror(errno)))
  }

  /// Makes a folder and those above it.
  private static func make(_ path: String, mode: mode_t) throws(PrivatePostgresError) {
    var made = path.hasPrefix("/") ? "" : "."
    for name in path.split(separator: "/") {
      made += "/\(name)"
      guard mkdir(made, mode) == 0 || errno == EEXIST else { throw fault(made) }
    }
  }

  /// The beginning of a file's text; nil if it cannot be read.
  static func text(of path: String, bytesMax: Int) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return content(of: descriptor, bytesMax: bytesMax)
  }

  private static func content(of descriptor: Int32, bytesMax: Int) -> String {
    withUnsafeTemporaryAllocation(byteCount: bytesMax, alignment: 1) { buffer in
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
  }

  static func write(
    _ text: String, to path: String, flags: Int32
  ) throws(PrivatePostgresError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0o600)
    guard descriptor >= 0 else { throw fault(path) }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
      throw fault(path)
    }
  }
}
