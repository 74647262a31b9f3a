import Crypto
import Glibc

/// The folder of all packs' files: `NAME@DIGEST`, each of which is whole or not there, also after a
/// loss of power. What is being written is called `.NAME@RANDOM`. All of it blocks.
struct PackDrawer: Sendable {
  let folder: String

  /// Removes drafts.
  func sweep() throws(PackStore.StoreError) {
    for name in try names(in: folder) where name.hasPrefix(".") && name.contains("@") {
      try remove("\(folder)/\(name)")
    }
  }

  /// Nothing to do where the digest is there already. When it throws, no draft is left.
  func layDown(_ bundle: PackBundle, as ref: String) throws(PackStore.StoreError) {
    let target = "\(folder)/\(ref)@\(bundle.digest)"
    var status = stat()
    if stat(target, &status) == 0 { return }
    let draft = "\(folder)/.\(ref)@\(Hex.encode(randomBytes(6)))"
    try makeFolder(folder)
    do throws(PackStore.StoreError) {
      try write(bundle, to: draft)
      guard rename(draft, target) == 0 else { throw failure(target) }
    } catch {
      try? remove(draft)
      // Another registration was faster.
      guard stat(target, &status) == 0 else { throw error }
    }
    try sync(folder)
  }

  private func write(_ bundle: PackBundle, to draft: String) throws(PackStore.StoreError) {
    try makeFolder(draft)
    // Those above come before those below.
    var folders: [String] = [draft]
    for file in bundle.files {
      for slash in file.path.indices where file.path[slash] == "/" {
        let path = "\(draft)/\(file.path[..<slash])"
        if try makeFolder(path) { folders.append(path) }
      }
      try write(file, to: "\(draft)/\(file.path)")
    }
    for path in folders.reversed() { try sync(path) }
  }

  /// Whether there was none.
  @discardableResult
  private func makeFolder(_ path: String) throws(PackStore.StoreError) -> Bool {
    if mkdir(path, 0o755) == 0 { return true }
    guard errno == EEXIST else { throw failure(path) }
    return false
  }

  private func write(_ file: PackBundle.File, to path: String) throws(PackStore.StoreError) {
    let descriptor = open(
      path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file.isExecutable ? 0o755 : 0o644)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    var start = 0
    while start < file.bytes.count {
      let count = file.bytes[start...].withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure(path) }
      start += count
    }
    guard fsync(descriptor) == 0 else { throw failure(path) }
  }

  private func sync(_ path: String) throws(PackStore.StoreError) {
    guard syncFolder(path) else { throw failure(path) }
  }

  private func remove(_ path: String) throws(PackStore.StoreError) {
    // A folder is not unlinked, and a link to one is.
    if unlink(path) == 0 || errno == ENOENT { return }
    for name in try names(in: path) { try remove("\(path)/\(name)") }
    guard rmdir(path) == 0 else { throw failure(path) }
  }

  private func names(in path: String) throws(PackStore.StoreError) -> [String] {
    guard let handle = opendir(path) else { throw failure(path) }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  private func failure(_ path: String) -> PackStore.StoreError {
    .unavailable("\(path): \(String(cString: strerror(errno)))")
  }
}
