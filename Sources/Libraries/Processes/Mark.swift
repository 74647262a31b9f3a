import CSpawn
import Glibc

/// What all processes of a tree carry and nothing else does, so that the tree can be found and
/// killed: a value of the resource limit "file locks", which the kernel has stored, inherited and
/// not used since Linux 2.4.
///
/// Why this and not something else: the process group and session end with `setsid`; the parent's
/// id ends with a double fork; a variable in the environment ends with `env -i` or `sudo`; a pid
/// namespace and a control group need rights that an ordinary user lacks, and the former makes the
/// child an init, deaf to SIGTERM. Limits are inherited by the kernel through fork and exec, are
/// kept by `env -i`, `setsid` and `sudo`, and can be read of every process, by root and others
/// alike. A program that sets this limit on purpose can leave the tree; none is known to.
///
/// The soft and the hard limit get the value: 59 bits of a hash and a bit that says how deep it is.
/// An engine that is itself a child of an engine cannot raise the hard one, so it sets the soft one
/// only, one bit lower; the outer engine still sees all by the hard one.
struct Mark: Equatable {
  private static let hashMask: UInt64 = (1 << 59) - 1
  private static let outer: UInt64 = 1 << 60
  private static let inner: UInt64 = 1 << 59

  private let hash: UInt64

  /// - Parameter name: nil for a random mark.
  init(_ name: String?) {
    guard let name else {
      hash = UInt64.random(in: 0...Self.hashMask)
      return
    }
    var sum: UInt64 = 0xcbf2_9ce4_8422_2325  // FNV-1a
    for byte in name.utf8 { sum = (sum ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    hash = (sum ^ (sum >> 59)) & Self.hashMask
  }

  /// The limit that puts the mark on a child.
  var limit: cspawn_limit {
    var soft: UInt64 = 0
    var hard: UInt64 = 0
    let isOuter = cspawn_locks_limit(0, &soft, &hard) != 0 || hard == UInt64.max
    let value = hash | (isOuter ? Self.outer : Self.inner)
    return cspawn_limit(
      resource: cspawn_locks_resource(), soft: value, hard: isOuter ? value : hard)
  }

  /// Whether the process carries the mark. No when it does not exist.
  func isOn(_ pid: Int32) -> Bool {
    Self.limits(of: pid).contains { $0 == hash | Self.outer || $0 == hash | Self.inner }
  }

  /// Whether the process belongs to any tree, of this or another engine.
  static func isAnyOn(_ pid: Int32) -> Bool {
    limits(of: pid).contains { $0 >= inner && $0 < outer << 1 }
  }

  /// The soft and the hard limit of a process; none when it does not exist.
  private static func limits(of pid: Int32) -> [UInt64] {
    var soft: UInt64 = 0
    var hard: UInt64 = 0
    if cspawn_locks_limit(pid, &soft, &hard) == 0 { return [soft, hard] }
    // Another user's process: not by the call, but by the file that everybody may read.
    return errno == EPERM ? limitsText(of: pid) : []
  }

  /// The soft and the hard value in `/proc/PID/limits`.
  private static func limitsText(of pid: Int32) -> [UInt64] {
    let file = open("/proc/\(pid)/limits", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return [] }
    defer { close(file) }
    let text = withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
      let count = read(file, buffer.baseAddress, buffer.count)
      return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
    let label = "Max file locks"
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(label) }) else {
      return []
    }
    return line.dropFirst(label.utf8.count).split(separator: " ").compactMap { UInt64($0) }
  }
}
