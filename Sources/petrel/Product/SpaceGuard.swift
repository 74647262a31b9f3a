import API
import Glibc
import Synchronization

/// Watches the free space where the data are. Below the mark intake is refused, so that the engine
/// has room to finish its work.
final class SpaceGuard: SpaceWatch {
  static let every = Duration.milliseconds(500)

  private let path: String
  /// Nil: 5 % of the file system, at most 1 GiB, at least 64 MiB.
  private let bytesMin: Int?
  private let low = Atomic(false)
  private let free = Atomic(0)

  init(path: String, bytesMin: Int?) {
    self.path = path
    self.bytesMin = bytesMin
    look()
  }

  var isLow: Bool { low.load(ordering: .relaxed) }
  var freeBytes: Int { free.load(ordering: .relaxed) }

  func run() async throws {
    while true {
      try await Task.sleep(for: Self.every)
      look()
    }
  }

  private func look() {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return }
    let block = Int(status.f_frsize)
    let available = Int(status.f_bavail) * block
    let mark = bytesMin ?? Self.mark(ofTotal: Int(status.f_blocks) * block)
    free.store(available, ordering: .relaxed)
    low.store(available < mark, ordering: .relaxed)
  }

  /// On a file system too small for the mark half of it counts.
  static func mark(ofTotal bytes: Int) -> Int {
    min(max(min(bytes / 20, 1 << 30), 64 << 20), bytes / 2)
  }
}
