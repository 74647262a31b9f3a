import Automation
import Calendar
import Streams
import Threads

/// What a caller wants of the writer: records, positions, a sync, trims. Done whole or not at all.
struct LogOrder: Sendable {
  let records: Outgoing
  let frames: [Frame]
  let durability: Durability
  var owner: Owner?
  var consumed: Positions = [:]
  var isFenced: @Sendable () -> Bool = { false }
  var trims: [(Partition, Int64)] = []

  var byteCount: Int { records.byteCount }

  /// Whether it comes from outside, where there is no end of it, and not from the engine or its
  /// workers, which wait for each answer.
  var isFromOutside: Bool {
    owner == nil && trims.isEmpty
      && records.parts.contains { [.events, .commands, .output].contains($0.topic) }
  }

  /// Whether there is anything to write.
  var isEmpty: Bool { frames.isEmpty && consumed.isEmpty && trims.isEmpty }
}

/// The one writing thread of a log, and the memory that it shares with readers.
final class SQLiteLogWriter: Sendable {
  typealias Answer = CheckedContinuation<Result<[Appended], LogError>, Never>

  struct Waiting: Sendable {
    let order: LogOrder
    let answer: Answer
  }

  /// What readers see.
  struct Shared: Sendable {
    var tail = LogTail()
    var groups: [String: LogHeader.Group]
    var newestSegment: Int64
    var lastTime: Instant
    var lastTick: ContinuousClock.Instant
  }

  let wakeups = Wakeups()
  private let shared: Locked<Shared>
  private let orders: OrderQueue
  private let settings: SQLiteLogSettings
  private let clock: @Sendable () -> Instant

  init(
    _ opened: LogState, _ settings: SQLiteLogSettings, _ clock: @escaping @Sendable () -> Instant
  ) {
    self.settings = settings
    self.clock = clock
    orders = OrderQueue(
      ordersMax: settings.ordersMax, bytesMax: settings.orderBytesMax)
    var tail = LogTail()
    for topic in Topic.all {
      let number = Int(topic.number)
      tail.open(
        Partition(topic), first: opened.header.firsts[number], end: opened.header.ends[number])
    }
    shared = Locked(
      Shared(
        tail: tail, groups: opened.header.groups, newestSegment: opened.segmentFirstRow,
        lastTime: opened.lastTime,
        lastTick: ContinuousClock.now))
  }

  func start(_ loop: WriterLoop) throws(LogError) {
    do {
      _ = try Thread.start(named: "log-writer") { [self] in loop.run(self) }
    } catch {
      throw .unavailable("\(error)")
    }
  }

  /// Log time: the wall clock, but never before what was given out, and never slower than the
  /// monotonic clock.
  func now() -> Instant {
    shared.withLock { [clock] shared in
      // Both are read under the lock: what passed must not be counted twice.
      let now = clock()
      let tick = ContinuousClock.now
      shared.lastTime = max(now, shared.lastTime + (tick - shared.lastTick))
      shared.lastTick = tick
      return shared.lastTime
    }
  }

  func tail<Result: Sendable, Failure: Error>(
    _ body: (LogTail) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try shared.withLock { (shared) throws(Failure) in try body(shared.tail) }
  }

  /// The segment of the newest row that was published.
  var newestSegment: Int64 { shared.withLock { $0.newestSegment } }

  func committed(_ group: String) -> Positions {
    let positions = shared.withLock { $0.groups[group]?.positions } ?? []
    var result: Positions = [:]
    for (number, offset) in positions.enumerated() {
      guard let offset, let topic = SQLiteLog.topic(number: number) else { continue }
      result[Partition(topic)] = offset
    }
    return result
  }

  func submit(_ order: LogOrder) async throws(LogError) -> [Appended] {
    try await withCheckedContinuation { (answer: Answer) in
      if !orders.offer(Waiting(order: order, answer: answer)) {
        answer.resume(returning: .failure(.unavailable("the log is closed or too busy")))
      }
    }.get()
  }

  func close() async { await orders.close() }

  /// As `close`, without waiting.
  func shut() { orders.shut() }

  // MARK: - What the thread calls

  /// Waits for orders; nil at the end. `deadline` is when something unsynced must be synced.
  func next(until deadline: ContinuousClock.Instant?) -> [Waiting]? {
    orders.next(until: deadline)
  }

  /// Shows what was written to readers.
  func publish(
    _ written: [LogOrder], at time: Instant, _ state: LogState
  ) -> [[Appended]] {
    let appended = shared.withLock { shared in
      shared.groups = state.header.groups
      if state.lastRow >= state.segmentFirstRow { shared.newestSegment = state.segmentFirstRow }
      return written.map { order in
        for (partition, offset) in order.trims {
          shared.tail.trim(partition, before: offset)
        }
        return shared.tail.append(order.frames, original: order.records, time: time)
      }
    }
    wakeups.notifyAll()
    return appended
  }

  /// Marks the ends as durable and lets go of memory beyond the limit.
  func publishDurable() {
    shared.withLock { shared in
      shared.tail.makeDurable(shared.tail.ends)
      shared.tail.shrink(to: settings.tailBytesMax)
    }
    wakeups.notifyAll()
  }

  func ended() { orders.ended() }
}
