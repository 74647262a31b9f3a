public import Glibc

/// A folder of its own for one test, removed with all that is in it when the test ends. Only this
/// user may enter it.
public final class TemporaryFolder: Sendable {
  public let path: String

  public init() {
    var template = Array("/tmp/petrel-tests-XXXXXX".utf8CString)
    precondition(mkdtemp(&template) != nil, "no temporary folder")
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { Self.remove(path) }

  /// The names in a folder inside this one, or in itself.
  public func names(in folder: String = "") -> [String] { Self.names(path + "/" + folder) }

  /// Copies the files of a folder as they are at this moment, one after another in the order given.
  public func copy(_ folder: String, to other: String, names: [String]) {
    make(other)
    for name in names {
      guard let bytes = Self.bytes("\(path)/\(folder)/\(name)") else { continue }
      write(bytes, to: "\(other)/\(name)")
    }
  }

  /// Makes a folder inside this one, and those above it.
  public func make(_ folder: String) {
    var made = path
    for name in folder.split(separator: "/") {
      made += "/\(name)"
      mkdir(made, 0o755)
    }
  }

  /// The file has these bytes and no others.
  public func write(_ bytes: [UInt8], to name: String, mode: mode_t = 0o600) {
    put(bytes, to: name, at: 0, O_TRUNC, mode)
  }

  /// The folders above the file are made.
  public func write(_ text: String, to name: String, mode: mode_t = 0o600) {
    if let slash = name.lastIndex(of: "/") { make(String(name[..<slash])) }
    write(Array(text.utf8), to: name, mode: mode)
  }

  /// Writes over what stands at the offset.
  public func overwrite(_ name: String, at offset: Int = 0, _ bytes: [UInt8]) {
    put(bytes, to: name, at: offset, 0, 0o600)
  }

  private func put(
    _ bytes: [UInt8], to name: String, at offset: Int, _ flag: Int32, _ mode: mode_t
  ) {
    let file = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_CLOEXEC | flag, mode)
    precondition(file >= 0, "no file \(name)")
    defer { close(file) }
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes {
        pwrite(file, $0.baseAddress, $0.count, off_t(offset + written))
      }
      precondition(count > 0, "cannot write \(name)")
      written += count
    }
  }

  /// Bytes of a file; -1 where there is none.
  public func size(_ name: String) -> Int {
    var facts = stat()
    return stat("\(path)/\(name)", &facts) == 0 ? Int(facts.st_size) : -1
  }

  public static func bytes(_ path: String) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(file, &buffer, buffer.count)
      if count <= 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  public static func names(_ path: String) -> [String] {
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

  private static func remove(_ path: String) {
    // A link to a folder is no folder.
    if unlink(path) == 0 { return }
    for name in names(path) { remove("\(path)/\(name)") }
    rmdir(path)
  }
}
