import Glibc
import TestSupport

/// The processes of this machine, as `/proc` shows them.
enum ProcessTable {
  /// Those that a process started and that live.
  static func children(of parent: pid_t) -> [pid_t] {
    TemporaryFolder.names("/proc").compactMap { pid_t($0) }.filter { self.parent(of: $0) == parent }
  }

  /// Behind the name, which stands in brackets, come state and parent.
  private static func parent(of process: pid_t) -> pid_t? {
    let text = String(
      decoding: TemporaryFolder.bytes("/proc/\(process)/stat") ?? [], as: UTF8.self)
    let words = text.split(separator: ")").last?.split(separator: " ") ?? []
    guard words.count > 1, words[0] != "Z" else { return nil }
    return pid_t(words[1])
  }
}
