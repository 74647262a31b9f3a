import Glibc

/// The files of the source tree that this test was compiled in, found from the place of this file.
/// Links are left out: what they lead to is read where it stands. Only the folders that people
/// write in are read, never what a build leaves behind.
struct SourceTree {
  static let folders = ["Sources", "Tests", "bench"]
  static let endings = ["swift", "c", "h", "cpp"]

  /// In the order of their paths.
  let files: [SourceFile]
  let manifest: SourceFile

  /// The tree, read once for all tests.
  static let here = SourceTree(root: root)

  /// Two folders above the one that holds this file.
  static let root = String(
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
      .joined(separator: "/"))

  private init(root: String) {
    var files: [SourceFile] = []
    for folder in Self.folders {
      for path in Self.paths(below: folder, of: root) {
        if let file = Self.file(path, of: root) { files.append(file) }
      }
    }
    self.files = files
    manifest =
      Self.file("Package.swift", of: root) ?? SourceFile(path: "Package.swift", text: "")
  }

  private static func file(_ path: String, of root: String) -> SourceFile? {
    guard let stream = fopen(root + "/" + path, "r") else { return nil }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    while case let count = fread(&piece, 1, piece.count, stream), count > 0 {
      bytes.append(contentsOf: piece[..<count])
    }
    return SourceFile(path: path, text: String(decoding: bytes, as: UTF8.self))
  }

  /// What is directly in a folder of the tree, but hidden things; empty if there is no such folder.
  static func names(in folder: String, of root: String = root) -> [String] {
    guard let directory = opendir(root + "/" + folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names
  }

  private static func paths(below folder: String, of root: String) -> [String] {
    var paths: [String] = []
    for name in names(in: folder, of: root) {
      let path = folder + "/" + name
      var status = stat()
      guard lstat(root + "/" + path, &status) == 0 else { continue }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: paths += Self.paths(below: path, of: root)
      case S_IFREG where endings.contains { name.hasSuffix("." + $0) }: paths.append(path)
      default: break
      }
    }
    return paths.sorted()
  }
}

/// A mistake in a file, said so that the reader knows what to do instead.
struct Violation: CustomStringConvertible, Equatable {
  let path: String
  /// Counted from 1; 0 for the file as a whole.
  let line: Int
  let text: String

  var description: String { line == 0 ? "\(path): \(text)" : "\(path):\(line): \(text)" }
}
