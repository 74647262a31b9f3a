import Glibc

/// The files that come with the program: `packs`, `migrations` and `topics`. They stand in the
/// source tree when it is run there, and in `PREFIX/share/petrel` when it was installed.
struct Assets {
  let folder: String

  struct NotFound: Error, CustomStringConvertible {
    let looked: [String]
    var description: String {
      "the files that come with petrel (packs, migrations) were found in none of "
        + looked.joined(separator: ", ") + "; run 'make install' or start it in its source tree"
    }
  }

  static func find() throws(NotFound) -> Assets {
    var looked: [String] = []
    if let program = program() {
      var parts = program.split(separator: "/").map(String.init)
      parts.removeLast()
      if parts.last == "bin" {
        looked.append("/" + (parts.dropLast() + ["share", "petrel"]).joined(separator: "/"))
      }
      // A build folder lies in the source tree, some levels down.
      while !parts.isEmpty, looked.count < 6 {
        looked.append("/" + parts.joined(separator: "/"))
        parts.removeLast()
      }
    }
    for folder in looked where isFolder(folder + "/migrations") && isFolder(folder + "/packs") {
      return Assets(folder: folder)
    }
    throw NotFound(looked: looked)
  }

  var migrations: String { folder + "/migrations" }
  func pack(_ name: String) -> String { "\(folder)/packs/\(name)" }

  private static func program() -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = readlink("/proc/self/exe", &buffer, Int(PATH_MAX))
    guard count > 0 else { return nil }
    return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
