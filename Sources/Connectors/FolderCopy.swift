import Glibc

/// Copies files and folders so that what is copied is durable. Modes stay; what is neither a file
/// nor a folder is left out. All of it blocks.
public struct FolderCopy {
  public struct Failure: Error, CustomStringConvertible {
    public let description: String

    init(_ path: String) {
      description = "\(path): \(String(cString: strerror(errno)))"
    }
  }

  private static let pieceBytes = 1 << 20

  /// Is told bytes that were copied, again and again.
  private let note: (Int) -> Void

  public init(note: @escaping (Int) -> Void) { self.note = note }

  /// Copies a file to where none is; false: there is none to copy.
  @discardableResult
  public func file(_ path: String, to target: String) throws(Failure) -> Bool {
    let source = open(path, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else {
      if errno == ENOENT { return false }
      throw Failure(path)
    }
    defer { close(source) }
    var status = stat()
    guard fstat(source, &status) == 0 else { throw Failure(path) }
    let copy = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard copy >= 0 else { throw Failure(target) }
    defer { close(copy) }
    try move(source, path, to: copy, target)
    guard fchmod(copy, status.st_mode & 0o777) == 0, fsync(copy) == 0 else {
      throw Failure(target)
    }
    return true
  }

  private func move(
    _ source: Int32, _ path: String, to copy: Int32, _ target: String
  ) throws(Failure) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.pieceBytes, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = read(source, buffer.baseAddress, buffer.count)
      if count == 0 { return }
      if count < 0 {
        if errno == EINTR { continue }
        throw Failure(path)
      }
      var start = 0
      while start < count {
        let written = Glibc.write(copy, buffer.baseAddress! + start, count - start)
        if written < 0, errno == EINTR { continue }
        guard written > 0 else { throw Failure(target) }
        start += written
      }
      note(count)
    }
  }

  /// Copies a folder with all that is in it, into one that is made where there is none.
  /// - Parameter wants: by the names in the folder itself.
  public func folder(
    _ path: String, to target: String, where wants: (String) -> Bool = { _ in true }
  ) throws(Failure) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw Failure(path) }
    guard mkdir(target, 0o700) == 0 || errno == EEXIST else { throw Failure(target) }
    for name in try Self.names(in: path) where wants(name) {
      var entry = stat()
      guard lstat("\(path)/\(name)", &entry) == 0 else { throw Failure("\(path)/\(name)") }
      switch entry.st_mode & S_IFMT {
      case S_IFDIR: try folder("\(path)/\(name)", to: "\(target)/\(name)")
      case S_IFREG: try file("\(path)/\(name)", to: "\(target)/\(name)")
      default: continue
      }
    }
    guard chmod(target, status.st_mode & 0o777) == 0 else { throw Failure(target) }
    try Self.sync(target)
  }

  /// Writes a file that was not there.
  public static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Failure(path) }
    defer { close(file) }
    guard Glibc.write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0 else {
      throw Failure(path)
    }
  }

  /// Makes the names in a folder durable.
  public static func sync(_ path: String) throws(Failure) {
    guard syncFolder(path) else { throw Failure(path) }
  }

  /// What is in a folder.
  public static func names(in path: String) throws(Failure) -> [String] {
    guard let handle = opendir(path) else { throw Failure(path) }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}
