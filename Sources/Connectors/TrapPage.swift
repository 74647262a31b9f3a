import Automation
import CTrap
import Glibc
public import Streams
import Threads

/// Remembers in a file at which record the process trapped. It costs a step two stores; only a trap
/// writes the page. One page serves all pipelines of a process, and belongs to one process.
public final class TrapPage: StepWitness, @unchecked Sendable {
  // The page itself is written by the handler of a trap only, and cleared under the lock.
  private let page: OpaquePointer
  private let found: Locked<[Position: Int]>

  /// Opens the page, making it if there is none, and takes over the signals of traps.
  /// - Throws: `.unavailable` with what is wrong with the file.
  public init(path: String) throws(LogError) {
    guard let page = ctrap_open(path) else {
      let reason =
        errno == EINVAL
        ? "this is no page of traps; remove it" : String(cString: strerror(errno))
      throw .unavailable("\(path): \(reason)")
    }
    self.page = page
    var marks = [ctrap_mark](repeating: ctrap_mark(), count: Int(CTRAP_MARKS_MAX))
    let count = Int(ctrap_marks(page, &marks))
    found = Locked(
      Dictionary(
        marks[..<count].compactMap { mark in
          Position(mark.place).map { ($0, Int(mark.count)) }
        }, uniquingKeysWith: +))
  }

  deinit { ctrap_close(page) }

  public var suspects: [Position: Int] { found.withLock { $0 } }

  public func enter(_ position: Position) { ctrap_enter(page, position.place) }

  public func leave() { ctrap_leave() }

  public func clear(_ position: Position) {
    found.withLock { found in
      found[position] = nil
      ctrap_clear(page, position.place)
    }
  }
}

extension Position {
  fileprivate var place: ctrap_place {
    ctrap_place(
      topic: Int32(partition.topic.number), partition: Int32(partition.index), offset: offset,
      index: Int32(truncatingIfNeeded: index))
  }

  /// Nil for a topic that there is not.
  fileprivate init?(_ place: ctrap_place) {
    guard let topic = Topic.all.first(where: { Int32($0.number) == place.topic }) else {
      return nil
    }
    self.init(
      Partition(topic, Int(place.partition)), offset: place.offset, index: Int(place.index))
  }
}
