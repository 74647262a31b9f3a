/// A pack folder's content, already read: paths relative to the folder with `/` between their
/// parts. Only metadata needs its bytes here; other files count by their names.
public struct PackFiles: Sendable {
  /// The folder's name: the pack's reference where its metadata gives none.
  public let folder: String
  public let paths: Set<String>
  private let bytesByPath: [String: [UInt8]]

  public init(folder: String, files: some Sequence<(path: String, bytes: [UInt8])>) {
    self.folder = folder
    bytesByPath = Dictionary(files.map { ($0.path, $0.bytes) }) { _, last in last }
    paths = Set(bytesByPath.keys)
  }

  /// The same from texts.
  public init(folder: String, texts: [String: String]) {
    self.init(folder: folder, files: texts.map { (path: $0.key, bytes: Array($0.value.utf8)) })
  }

  public func bytes(of path: String) -> [UInt8]? { bytesByPath[path] }

  /// The metadata files directly in a folder, in the order of their names.
  func metadata(in folder: String) -> [String] {
    paths.filter { path in
      let parts = path.split(separator: "/", omittingEmptySubsequences: false)
      return parts.count == 2 && parts[0] == folder
        && (parts[1].hasSuffix(".yaml") || parts[1].hasSuffix(".yml"))
    }.sorted()
  }
}

/// How much of a pack is read; more is a mistake that is reported.
public struct PackLimits: Sendable {
  /// Of all kinds.
  public var filesMax = 50_000
  /// Of one metadata file or workflow.
  public var metadataBytesMax = 1 << 20
  /// What is found after them is only counted.
  public var diagnosticsMax = 1_000

  public init() {}
}
