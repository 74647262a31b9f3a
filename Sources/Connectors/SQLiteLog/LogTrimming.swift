import SQLite
import Streams
import Telemetry
import Threads

/// Takes what was trimmed from the disk: the oldest segments are unlinked when all that they hold
/// is trimmed; of other closed segments the trimmed parts are taken out once they are a good part
/// of it, by writing the segment anew beside it and putting that in its place. Headers, digests and
/// hashes stay, so the chain can still be followed.
///
/// It runs on a thread of its own, so that no commit waits for it, one run at a time. It is told of
/// first offsets that are durable only: what it removes nothing can bring back. What fails is left
/// for the next run.
final class LogTrimming: Sendable {
  /// A segment is written anew when at least one in so many of its bytes may go.
  private static let shareMin = 8

  private struct Wanted: Equatable {
    let firsts: [Int64]
    let newestSegment: Int64
  }
  private struct State {
    var wanted: Wanted?
    var latest: Wanted?
    var thread: Thread?
    var isStopped = false
  }

  private let folder: LogFolder
  private let logger: Logger
  private let replaced: @Sendable () -> Void
  private let state = Locked(State())
  /// What closed segments hold. Of the thread.
  private let contents = Locked<[Int64: SegmentContent]>([:])
  private let damaged = Locked<Set<Int64>>([])

  /// `replaced` is called when files were replaced or unlinked.
  init(_ folder: LogFolder, _ logger: Logger, replaced: @escaping @Sendable () -> Void) {
    self.folder = folder
    self.logger = logger
    self.replaced = replaced
  }

  /// Begins a run, or has the one under way look again. The newest segment is never touched.
  func start(firsts: [Int64], newestSegment: Int64) {
    let wanted = Wanted(firsts: firsts, newestSegment: newestSegment)
    guard firsts.contains(where: { $0 > 0 }) else { return }
    state.withLock { state in
      guard !state.isStopped, wanted != state.latest else { return }
      state.latest = wanted
      state.wanted = wanted
      guard state.thread == nil else { return }
      do {
        state.thread = try Thread.start(named: "log-trim") { [self] in work() }
      } catch {
        logger.warning("what was trimmed stays on the disk", ["error": .text("\(error)")])
      }
    }
  }

  /// Ends a run and waits for that.
  func stop() {
    let thread = state.withLock { state in
      state.isStopped = true
      return state.thread
    }
    thread?.join()
  }

  private var isStopped: Bool { state.withLock { $0.isStopped } }

  private func work() {
    while let wanted = next() {
      do throws(LogError) {
        try run(wanted)
      } catch {
        logger.warning("what was trimmed stays on the disk", ["error": .text("\(error)")])
      }
    }
  }

  private func next() -> Wanted? {
    state.withLock { state in
      let wanted = state.isStopped ? nil : state.wanted
      state.wanted = nil
      if wanted == nil { state.thread = nil }
      return wanted
    }
  }

  private func run(_ wanted: Wanted) throws(LogError) {
    var isOldest = true
    for first in try folder.segments() where first < wanted.newestSegment {
      if isStopped { return }
      if damaged.withLock({ $0.contains(first) }) {
        isOldest = false
        continue
      }
      do throws(LogError) {
        isOldest = try trim(first, wanted.firsts, isOldest: isOldest)
      } catch .corrupt(let place) {
        // It stays as it is, for the eyes of people; the others need not wait for them.
        logger.warning("a damaged segment is not trimmed", ["place": .text(place)])
        damaged.withLock { _ = $0.insert(first) }
        isOldest = false
      }
    }
  }

  /// Trims a segment; true if it is there no more.
  private func trim(
    _ first: Int64, _ firsts: [Int64], isOldest: Bool
  ) throws(LogError) -> Bool {
    let content = try content(first)
    if isOldest, content.isGone(before: firsts) {
      try folder.remove(first)
      contents.withLock { $0[first] = nil }
      replaced()
      return true
    }
    if content.mayShrink(before: firsts) { try shrink(first, content, firsts) }
    return false
  }

  private func content(_ first: Int64) throws(LogError) -> SegmentContent {
    if let known = contents.withLock({ $0[first] }) { return known }
    let content = try SegmentContent(try open(first))
    contents.withLock { $0[first] = content }
    return content
  }

  private func open(_ first: Int64) throws(LogError) -> LogSegment {
    do {
      return try LogSegment(path: folder.segmentPath(first), firstRow: first, .immutable)
    } catch {
      throw LogError(error)
    }
  }

  /// Writes a segment anew without its trimmed parts, if that is worth while.
  private func shrink(
    _ first: Int64, _ known: SegmentContent, _ firsts: [Int64]
  ) throws(LogError) {
    let segment = try open(first)
    var content = known
    if content.steps == nil { try content.measure(segment) { isStopped } }
    contents.withLock { $0[first] = content }
    let (gone, all) = content.bytes(before: firsts)
    guard gone > 0, gone * Self.shareMin >= all, !isStopped else { return }
    folder.removeDraft(first)
    defer { folder.removeDraft(first) }
    do throws(LogError) {
      try SegmentDraft(segment: segment, firsts: firsts).write(to: folder.draftPath(first)) {
        isStopped
      }
    } catch .cancelled {
      return
    }
    try folder.replaceByDraft(first)
    contents.withLock { $0[first] = nil }
    replaced()
  }
}
