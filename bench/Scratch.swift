import Glibc

/// A folder for one case, removed with all that is in it. It lies where `TMPDIR` says; what is
/// measured is that disk.
final class Scratch: Sendable {
  let path: String

  init() throws {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
    var template = Array("\(parent)/petrel-bench-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw BenchFailure("no folder can be made in \(parent): \(String(cString: strerror(errno)))")
    }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    // The database's user passes through it.
    chmod(path, 0o711)
  }

  deinit { Self.remove(path) }

  private static func remove(_ path: String) {
    if unlink(path) == 0 { return }
    if let folder = opendir(path) {
      while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
        }
        if name != ".", name != ".." { remove("\(path)/\(name)") }
      }
      closedir(folder)
    }
    rmdir(path)
  }
}

/// The files that come with the program, for a bench that stands in a build folder of the tree.
enum Tree {
  static let migrations = root + "/migrations"

  /// One folder above the one that holds this file.
  private static let root =
    "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
}
