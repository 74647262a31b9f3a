import Glibc

/// A file system in memory of a few megabytes, unmounted when it is let go of.
public final class SmallDisk {
  private let folder = TemporaryFolder()
  public var path: String { folder.path }

  /// Whether this process may mount.
  public static let isPossible = SmallDisk(bytes: 1 << 20) != nil

  public init?(bytes: Int) {
    guard mount("tmpfs", folder.path, "tmpfs", 0, "size=\(bytes)") == 0 else { return nil }
  }

  deinit { umount2(folder.path, Int32(MNT_DETACH)) }

  /// Takes the room away with a file, but for so many bytes.
  public func fill(leaving bytes: Int) {
    var facts = statvfs()
    statvfs(path, &facts)
    let free = Int(facts.f_bavail) * Int(facts.f_frsize)
    folder.write([UInt8](repeating: 1, count: max(0, free - bytes)), to: "ballast")
  }

  public func empty() { unlink("\(path)/ballast") }
}
