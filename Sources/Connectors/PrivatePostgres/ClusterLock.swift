import Glibc

/// What the server writes into `data/postmaster.pid` while it runs; after a kill it is left behind.
struct ClusterLock: Sendable, Equatable {
  let processID: Int32
  /// Where its socket is.
  let socket: String

  /// Nil where there is no file or it is not whole.
  init?(_ folder: ClusterFolder) {
    guard let text = ClusterFolder.text(of: folder.lock, bytesMax: 4_096) else { return nil }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count >= 5, let processID = Int32(lines[0]), processID > 1 else { return nil }
    self.processID = processID
    socket = String(lines[4])
  }

  /// Whether the process is the server of these data, or about to become it: by its command, which
  /// all may read. A process that has ended but was not taken note of has none, though `kill` finds
  /// it.
  static func isServer(_ processID: Int32, of folder: ClusterFolder) -> Bool {
    guard let text = ClusterFolder.text(of: "/proc/\(processID)/cmdline", bytesMax: 8_192) else {
      return false
    }
    let words = text.split(separator: "\0")
    return words.contains { $0.hasSuffix("/postgres") } && words.contains { $0 == folder.data }
  }

  /// Whether any process of the server still runs: the backends of one that was killed end by
  /// themselves, but not at once. Where the system does not show another user's folders, its user
  /// has to do.
  static func hasProcesses(_ folder: ClusterFolder, owner: UInt32) -> Bool {
    guard let directory = opendir("/proc") else { return false }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let processID = withUnsafePointer(to: &entry.pointee.d_name.0) { Int32(atoi($0)) }
      guard processID > 0,
        ClusterFolder.text(of: "/proc/\(processID)/comm", bytesMax: 32) == "postgres\n"
      else { continue }
      var path = [CChar](repeating: 0, count: Int(PATH_MAX))
      if readlink("/proc/\(processID)/cwd", &path, path.count - 1) > 0 {
        if String(decoding: path.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
          == folder.data
        {
          return true
        }
      } else if errno == EACCES {
        var status = stat()
        if stat("/proc/\(processID)", &status) == 0, status.st_uid == owner { return true }
      }
    }
    return false
  }
}
