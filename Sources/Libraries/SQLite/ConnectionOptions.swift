/// How a database is opened.
public struct ConnectionOptions: Sendable {
  public enum Access: Sendable {
    /// Reads only; the file must exist.
    case readOnly
    /// Reads only a file that nobody changes while it is open: no locks are taken, nothing is
    /// written beside it and no write-ahead log is looked at. The file may be renamed or unlinked.
    case immutable
    /// Reads and writes; the file must exist.
    case readWrite
    /// Reads and writes; makes the file where there is none (not its folder).
    case create
  }

  public var access: Access
  /// A power of two from 512 to 65,536; counts only while the database is still empty.
  public var pageSizeBytes: Int?
  /// Puts the database into write-ahead mode, which stays with the file.
  public var usesWAL = false
  /// WAL pages after which a commit checkpoints; 0 leaves that to `checkpoint`.
  public var autocheckpointPages: Int?
  public var synchronous = Synchronous.full
  /// How long a statement waits for another connection's lock before it is `busy`.
  public var busyTimeoutMs = 5_000

  public init(_ access: Access) { self.access = access }
}

/// How much a commit waits for the disk. In WAL mode: `off` and `normal` return before the commit
/// is on the disk (a crash of the machine may lose the last commits, never their order; `off` also
/// leaves out the syncs around a checkpoint, so it may corrupt), `full` syncs the WAL at each
/// commit.
public enum Synchronous: Int, Sendable {
  case off = 0
  case normal = 1
  case full = 2
}
