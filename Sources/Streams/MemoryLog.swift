public import Calendar
import Threads

/// A log that is nothing but memory: for tests, and the reference for what every log does.
/// `loseUndurable` shows what a loss of power does to a log.
public final class MemoryLog: EventLog {
  fileprivate struct State {
    var tail = LogTail()
    var lastTime: Instant
    var epochs: [Owner.Place: Int64] = [:]
    var committed: [Owner.Place: Positions] = [:]
    /// What was committed of it durably.
    var durableCommitted: [Owner.Place: Positions] = [:]
  }

  public let incarnation: String
  private let partitionCount: Int
  private let clock: @Sendable () -> Instant
  private let state: Locked<State>
  private let wakeups = Wakeups()

  /// `partitionCount` must be a power of two up to 256.
  public init(
    incarnation: String = "memory", partitionCount: Int = 1,
    clock: @escaping @Sendable () -> Instant = { Instant.now() }
  ) {
    precondition(partitionCount.nonzeroBitCount == 1 && partitionCount <= Lane.count)
    self.incarnation = incarnation
    self.partitionCount = partitionCount
    self.clock = clock
    state = Locked(State(lastTime: Instant(seconds: 0)))
  }

  public func partitionCount(of topic: Topic) -> Int {
    topic.isUnpartitioned ? 1 : partitionCount
  }

  public func now() -> Instant {
    state.withLock { $0.now(clock) }
  }

  public func append(
    _ records: Outgoing, _ durability: Durability
  ) async throws(LogError) -> [Appended] {
    let frames = try Frame.frames(records, partitionCount: partitionCount(of:))
    let appended = state.withLock { [clock] state in
      let time = state.now(clock)
      let appended = state.tail.append(frames, original: records, time: time)
      if durability == .synced { state.makeDurable() }
      return appended
    }
    wakeups.notifyAll()
    return appended
  }

  @discardableResult
  public func commit(
    _ facts: Outgoing, consumed: Positions, as owner: Owner, _ durability: Durability
  ) async throws(LogError) -> [Appended] {
    let frames = try Frame.frames(facts, partitionCount: partitionCount(of:))
    let appended = try state.withLock { [clock] (state) throws(LogError) -> [Appended] in
      guard state.epochs[owner.place] == owner.epoch else { throw .fenced }
      let time = state.now(clock)
      let appended = state.tail.append(frames, original: facts, time: time)
      state.committed[owner.place, default: [:]].merge(consumed) { $1 }
      if durability == .synced { state.makeDurable() }
      return appended
    }
    wakeups.notifyAll()
    return appended
  }

  public func sync() async throws(LogError) {
    state.withLock { $0.makeDurable() }
    wakeups.notifyAll()
  }

  public func read(
    from positions: Positions, to end: End, bytesMax: Int, wait: Duration
  ) async throws(LogError) -> Batch {
    let deadline = ContinuousClock.now + wait
    while true {
      let seen = wakeups.count
      let (batch, _) = try state.withLock { (state) throws(LogError) in
        try state.tail.read(from: positions, to: end, bytesMax: bytesMax)
      }
      if !batch.records.isEmpty || wait == .zero { return batch }
      switch await wakeups.wait(past: seen, until: deadline) {
      case .notified: continue
      case .expired: return batch
      case .cancelled: throw .cancelled
      }
    }
  }

  public func bounds(_ partition: Partition) async throws(LogError) -> Bounds {
    state.withLock { $0.tail.bounds(partition) }
  }

  public func position(
    of time: Instant, in partition: Partition
  ) async throws(LogError) -> Int64 {
    state.withLock { $0.tail.position(of: time, in: partition) }
  }

  public func committed(
    _ group: String, partition: Int
  ) async throws(LogError) -> Positions {
    state.withLock { $0.committed[Owner.Place(group, partition)] ?? [:] }
  }

  public func serve(
    as group: String, _ body: @escaping @Sendable (Owner) async throws -> Void
  ) async throws {
    let count = partitionCount
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      for partition in 0..<count {
        let owner = takeOver(partition, as: group)
        tasks.addTask { try await body(owner) }
      }
      try await tasks.waitForAll()
    }
  }

  /// A new owner of one partition; the one before is fenced.
  package func takeOver(_ partition: Int, as group: String) -> Owner {
    state.withLock { state in
      let place = Owner.Place(group, partition)
      let epoch = state.epochs[place, default: 0] + 1
      state.epochs[place] = epoch
      return Owner(group: group, partition: partition, epoch: epoch)
    }
  }

  public func trim(_ partition: Partition, before offset: Int64) async throws(LogError) {
    state.withLock { $0.tail.trim(partition, before: offset) }
  }

  /// The log as a new start finds it after a loss of power.
  public func loseUndurable() {
    state.withLock { state in
      state.tail.loseUndurable()
      state.committed = state.durableCommitted
    }
  }
}

extension MemoryLog.State {
  /// Taken under the lock of what is appended, so that no later record gets an earlier time.
  fileprivate mutating func now(_ clock: () -> Instant) -> Instant {
    lastTime = max(lastTime, clock())
    return lastTime
  }

  fileprivate mutating func makeDurable() {
    tail.makeDurable(tail.ends)
    durableCommitted = committed
  }
}

extension Owner {
  /// What there is one owner of.
  public struct Place: Sendable, Hashable {
    public let group: String
    public let partition: Int

    public init(_ group: String, _ partition: Int) {
      self.group = group
      self.partition = partition
    }
  }

  public var place: Place { Place(group, partition) }
}
