import Glibc

/// The user and groups that a child runs as.
public struct ProcessUser: Sendable, Equatable {
  static let groupsMax = 1024

  public var userID: UInt32
  public var groupID: UInt32
  /// Supplementary groups.
  public var groups: [UInt32]
  /// The home folder in the user database; empty when made from numbers.
  public var home = ""

  public init(userID: UInt32, groupID: UInt32, groups: [UInt32] = []) {
    self.userID = userID
    self.groupID = groupID
    self.groups = groups
  }

  /// Looks the user up; nil when there is none of that name. It may read files or ask a directory
  /// service, so keep it off the pool.
  public init?(named name: String) {
    var buffer = [CChar](repeating: 0, count: 16_384)
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    guard getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else {
      return nil
    }
    var groups = [gid_t](repeating: 0, count: Self.groupsMax)
    var count = Int32(groups.count)
    guard getgrouplist(name, entry.pw_gid, &groups, &count) >= 0 else { return nil }
    self.init(
      userID: entry.pw_uid, groupID: entry.pw_gid, groups: Array(groups.prefix(Int(count))))
    home = entry.pw_dir.map { String(cString: $0) } ?? ""
  }

  /// Whether this process may start children as another user.
  public static var canChange: Bool { geteuid() == 0 }
}
