import Glibc

/// A folder of its own for one test, removed with the files in it when the test ends.
final class TemporaryFolder {
  let path: String

  init() {
    var template = Array("/tmp/sqlite-tests-XXXXXX".utf8CString)
    precondition(mkdtemp(&template) != nil, "no temporary folder")
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    for name in names { unlink("\(path)/\(name)") }
    rmdir(path)
  }

  var names: [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Bytes of a file; -1 where there is none.
  func size(_ name: String) -> Int {
    var facts = stat()
    return stat("\(path)/\(name)", &facts) == 0 ? Int(facts.st_size) : -1
  }

  func write(_ name: String, at offset: Int = 0, _ bytes: [UInt8]) {
    let file = open("\(path)/\(name)", O_WRONLY | O_CREAT, 0o600)
    precondition(pwrite(file, bytes, bytes.count, off_t(offset)) == bytes.count)
    close(file)
  }
}
