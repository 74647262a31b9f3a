public import Automation
import Crypto
import Glibc

/// A pack's files as bytes, from a folder or from the API.
public struct PackBundle: Sendable {
  public static let bytesMax = 256 << 20
  public static let filesMax = 50_000

  public struct File: Sendable {
    /// Below the pack's folder, with `/` between its parts.
    public let path: String
    public let isExecutable: Bool
    public let bytes: [UInt8]

    public init(path: String, isExecutable: Bool, bytes: [UInt8]) {
      self.path = path
      self.isExecutable = isExecutable
      self.bytes = bytes
    }
  }

  public struct BundleError: Error, CustomStringConvertible {
    public let description: String
  }

  /// The folder's name.
  public let name: String
  public let files: [File]
  /// Of all paths, modes and bytes: 16 hexadecimal digits.
  public let digest: String

  /// Refuses paths that leave the folder, and more than the limits.
  public init(name: String, files: [File]) throws(BundleError) {
    guard files.count <= Self.filesMax else {
      throw BundleError(description: "\(name): a pack may have \(Self.filesMax) files")
    }
    guard files.reduce(0, { $0 + $1.bytes.count }) <= Self.bytesMax else {
      throw BundleError(description: "\(name): a pack may have \(Self.bytesMax) bytes")
    }
    for file in files {
      let parts = file.path.split(separator: "/", omittingEmptySubsequences: false)
      guard !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }),
        !file.path.utf8.contains(0)
      else {
        throw BundleError(description: "\(name): '\(file.path)' is no path below the folder")
      }
    }
    self.name = name
    self.files = files.sorted { $0.path < $1.path }
    for (one, other) in zip(self.files, self.files.dropFirst()) where one.path == other.path {
      throw BundleError(description: "\(name): the file '\(one.path)' is given twice")
    }
    var hash = IncrementalHash(.sha256)
    for file in self.files {
      hash.update(Array("\(file.path)\u{0}\(file.isExecutable)\u{0}\(file.bytes.count)\u{0}".utf8))
      hash.update(file.bytes)
    }
    digest = String(Hex.encode(hash.digest()).prefix(16))
  }

  public var packFiles: PackFiles {
    PackFiles(folder: name, files: files.map { ($0.path, $0.bytes) })
  }
}

extension PackBundle {
  /// Reads a folder. Hidden files, links and what is no file are left out.
  public init(readingFolder path: String) throws(BundleError) {
    guard let resolved = realpath(path, nil) else {
      throw BundleError(description: "\(path): \(String(cString: strerror(errno)))")
    }
    defer { free(resolved) }
    let root = String(cString: resolved)
    var files: [File] = []
    var bytes = 0
    try Self.walk(root, below: "", &files, &bytes)
    try self.init(name: String(root.split(separator: "/").last ?? ""), files: files)
  }

  private static func walk(
    _ root: String, below: String, _ files: inout [File], _ bytes: inout Int
  ) throws(BundleError) {
    let folder = below.isEmpty ? root : "\(root)/\(below)"
    guard let handle = opendir(folder) else {
      throw BundleError(description: "\(folder): \(String(cString: strerror(errno)))")
    }
    defer { closedir(handle) }
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard !name.hasPrefix("."), name != "__pycache__" else { continue }
      let path = below.isEmpty ? name : "\(below)/\(name)"
      var status = stat()
      guard lstat("\(root)/\(path)", &status) == 0 else { continue }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: try walk(root, below: path, &files, &bytes)
      case S_IFREG:
        bytes += Int(status.st_size)
        guard files.count < filesMax, bytes <= bytesMax else {
          throw BundleError(
            description: "\(root): a pack may have \(filesMax) files and \(bytesMax) bytes")
        }
        files.append(
          File(
            path: path, isExecutable: status.st_mode & S_IXUSR != 0,
            bytes: try contents("\(root)/\(path)")))
      default: continue
      }
    }
  }

  private static func contents(_ path: String) throws(BundleError) -> [UInt8] {
    guard let bytes = readFile(path) else {
      throw BundleError(description: "\(path): \(String(cString: strerror(errno)))")
    }
    return bytes
  }
}

/// The bytes of a file; nil with `errno` set.
func readFile(_ path: String) -> [UInt8]? {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 64 << 10)
  while true {
    let count = read(descriptor, &buffer, buffer.count)
    if count == 0 { return bytes }
    if count < 0 {
      if errno == EINTR { continue }
      return nil
    }
    bytes += buffer[..<count]
  }
}
