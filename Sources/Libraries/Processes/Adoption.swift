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
  private static let pauseMs = 10_000

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

  /// Takes note of the end of every adopted process that has ended.
  static func reap() {
    for pid in ProcessTree.numbers() where Mark.isAnyOn(pid) {
      let isWaitedFor = census.withLock { $0.pids.contains(pid) }
      var status: Int32 = 0
      if !isWaitedFor { _ = waitpid(pid, &status, WNOHANG) }
    }
  }
}
