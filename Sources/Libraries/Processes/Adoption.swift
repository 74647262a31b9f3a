import CSpawn
import Glibc
import Threads

/// Buries the dead of the trees: a process whose parent is gone becomes this process's child, so
/// that no zombie stays where process 1 cares for none, as in many containers. On the spawner's
/// thread, except for the census.
///
/// It touches only what carries a mark and is no child that somebody here waits for: children that
/// other code starts are left to it.
enum Adoption {
  /// Those that are waited for, and how many are running or about to.
  struct Census {
    var count = 0
    var pids: Set<Int32> = []
  }

  static let census = Locked(Census())
  private static let pauseMs = 1000
  /// After a tree was killed: its dead come to us when their parents are dead, too.
  private static let pausesAfterKillMs = [0, 20, 200]

  /// Called once, when the spawner begins.
  static func begin() {
    _ = cspawn_adopt_orphans()
    repeatForever()
  }

  private static func repeatForever() {
    _ = Reactor.spawner.after(ms: pauseMs) {
      reap()
      repeatForever()
    }
  }

  static func reapAfterKill() {
    for pauseMs in pausesAfterKillMs { _ = Reactor.spawner.after(ms: pauseMs) { reap() } }
  }

  /// Takes note of the end of every adopted process that has ended. One system call when there is
  /// none.
  static func reap() {
    while true {
      let pid = cspawn_ended_child()
      if pid == 0 { return }
      if !bury(pid) { break }
    }
    // One that is not ours to bury hides those behind it.
    for pid in ProcessTree.numbers() { _ = bury(pid) }
  }

  private static func bury(_ pid: Int32) -> Bool {
    guard Mark.isAnyOn(pid), !census.withLock({ $0.pids.contains(pid) }) else { return false }
    var status: Int32 = 0
    return waitpid(pid, &status, WNOHANG) == pid
  }
}
