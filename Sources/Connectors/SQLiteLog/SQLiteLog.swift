import Automation
public import Calendar
import Glibc
public import Streams
public import Telemetry
import Threads

/// The embedded log: a folder of SQLite files, one commit a row. Exactly one process has it open.
///
/// Appends and commits go to the one writing thread, which puts everything that waits into one row
/// and one transaction, so requests at the same time share a sync. Readers that keep up get the
/// very records from memory; only one that lags reads the disk.
public final class SQLiteLog: EventLog {
  public let incarnation: String
  let writer: SQLiteLogWriter
  private let disk: SQLiteLogDisk
  private let epochs: Locked<[Owner.Place: Int64]>

  /// Opens the log in a folder, making it if there is none. What is there is synced before its end
  /// counts as durable.
  public static func open(
    _ path: String, settings: SQLiteLogSettings = SQLiteLogSettings(), logger: Logger = Logger(),
    clock: @escaping @Sendable () -> Instant = { Instant.now() }
  ) async throws(LogError) -> SQLiteLog {
    let folder = LogFolder(path: path)
    let thread: ThreadExecutor
    do { thread = try ThreadExecutor(named: "log-open") } catch {
      throw .unavailable("\(error)")
    }
    let opened = await thread.run { () -> Result<OpenedLog, LogError> in
      do throws(LogError) {
        return .success(try OpenedLog(folder, wait: settings.lockWait, at: clock()))
      } catch {
        return .failure(error)
      }
    }
    let log = try opened.get()
    do throws(LogError) {
      return try SQLiteLog(log, folder, settings, logger, clock)
    } catch {
      Glibc.close(log.lock)
      throw error
    }
  }

  private init(
    _ opened: OpenedLog, _ folder: LogFolder, _ settings: SQLiteLogSettings, _ logger: Logger,
    _ clock: @escaping @Sendable () -> Instant
  ) throws(LogError) {
    let state = opened.state
    incarnation = state.header.incarnation
    epochs = Locked(
      Dictionary(
        uniqueKeysWithValues: state.header.groups.map {
          (Owner.Place($0.key, 0), $0.value.epoch)
        }))
    disk = try SQLiteLogDisk(folder)
    writer = SQLiteLogWriter(state, settings, clock)
    let trimming = LogTrimming(folder, logger) { [disk] in disk.forget() }
    try writer.start(WriterLoop(opened, folder, settings, trimming))
  }

  deinit { writer.shut() }

  /// Syncs, checkpoints and closes; later calls are refused.
  public func close() async { await writer.close() }

  public func partitionCount(of topic: Topic) -> Int { 1 }

  public func now() -> Instant { writer.now() }

  public func append(
    _ records: Outgoing, _ durability: Durability
  ) async throws(LogError) -> [Appended] {
    let frames = try Frame.frames(records) { _ in 1 }
    return try await writer.submit(
      LogOrder(records: records, frames: frames, durability: durability))
  }

  @discardableResult
  public func commit(
    _ facts: Outgoing, consumed: Positions, as owner: Owner, _ durability: Durability
  ) async throws(LogError) -> [Appended] {
    let frames = try Frame.frames(facts) { _ in 1 }
    var order = LogOrder(records: facts, frames: frames, durability: durability)
    order.owner = owner
    order.consumed = consumed
    order.isFenced = { [epochs] in epochs.withLock { $0[owner.place] } != owner.epoch }
    return try await writer.submit(order)
  }

  public func sync() async throws(LogError) {
    _ = try await writer.submit(LogOrder(records: Outgoing(), frames: [], durability: .synced))
  }

  public func read(
    from positions: Positions, to end: End, bytesMax: Int, wait: Duration
  ) async throws(LogError) -> Batch {
    let deadline = ContinuousClock.now + wait
    while true {
      let seen = writer.wakeups.count
      var (batch, missing) = try writer.tail { (tail) throws(LogError) in
        try tail.read(from: positions, to: end, bytesMax: bytesMax)
      }
      if !missing.isEmpty {
        let read = try await readDisk(
          positions.filter { missing.contains($0.key) }, to: end,
          bytesMax: max(1, bytesMax * missing.count / positions.count))
        batch.records.append(contentsOf: read.records)
        batch.positions.merge(read.positions) { $1 }
      }
      if !batch.records.isEmpty || wait == .zero { return batch }
      switch await writer.wakeups.wait(past: seen, until: deadline) {
      case .notified: continue
      case .expired: return batch
      case .cancelled: throw .cancelled
      }
    }
  }

  private func readDisk(
    _ positions: Positions, to end: End, bytesMax: Int
  ) async throws(LogError) -> Batch {
    var wanted: [Partition: Range<Int64>] = [:]
    for (partition, offset) in positions {
      let bounds = writer.tail { $0.bounds(partition) }
      wanted[partition] = offset..<max(offset, end == .durable ? bounds.durable : bounds.end)
    }
    let read: Result<Batch, LogError>
    do throws(LogError) {
      read = .success(
        try await disk.read(
          wanted, bytesMax: bytesMax, newest: writer.newestSegment))
    } catch {
      read = .failure(error)
    }
    // What was trimmed meanwhile may have been read in part, or be gone.
    for (partition, offset) in positions {
      let first = writer.tail { $0.bounds(partition).first }
      if offset < first { throw .trimmed(first: first) }
    }
    return try read.get()
  }

  public func bounds(_ partition: Partition) async throws(LogError) -> Bounds {
    writer.tail { $0.bounds(partition) }
  }

  public func position(
    of time: Instant, in partition: Partition
  ) async throws(LogError) -> Int64 {
    let (first, inMemory) = writer.tail {
      ($0.firstTime(in: partition), $0.position(of: time, in: partition))
    }
    if let first, first < time { return inMemory }
    let found =
      try await disk.position(
        of: time, in: partition, newest: writer.newestSegment) ?? inMemory
    return writer.tail { max(found, $0.bounds(partition).first) }
  }

  public func committed(
    _ group: String, partition: Int
  ) async throws(LogError) -> Positions {
    writer.committed(group)
  }

  public func serve(
    as group: String, _ body: @escaping @Sendable (Owner) async throws -> Void
  ) async throws {
    let place = Owner.Place(group, 0)
    let epoch = epochs.withLock { epochs in
      epochs[place, default: 0] += 1
      return epochs[place]!
    }
    // A commit of the owner before may be under way: behind it, where the group stands is certain.
    _ = try await writer.submit(LogOrder(records: Outgoing(), frames: [], durability: .recorded))
    try await body(Owner(group: group, partition: 0, epoch: epoch))
  }

  public func trim(_ partition: Partition, before offset: Int64) async throws(LogError) {
    var order = LogOrder(records: Outgoing(), frames: [], durability: .recorded)
    order.trims = [(partition, offset)]
    _ = try await writer.submit(order)
  }

  static func topic(number: Int) -> Topic? { topics[number] }

  private static let topics = Dictionary(
    uniqueKeysWithValues: Topic.all.map { (Int($0.number), $0) })
}

/// Measures of the embedded log.
public struct SQLiteLogSettings: Sendable {
  /// A new segment is begun above this size.
  public var segmentBytesMax = 1 << 30
  /// A new segment is begun when the newest one is this old.
  public var segmentAge = Duration.seconds(86_400)
  /// What was not synced on demand becomes durable after this.
  public var syncAfter = Duration.milliseconds(5)
  /// Records kept in memory for readers that keep up.
  public var tailBytesMax = 64 << 20
  /// Orders that may wait for the writer, and their bytes (but one order may always wait); more
  /// are refused as `.unavailable`.
  public var ordersMax = 65_536
  public var orderBytesMax = 256 << 20
  /// How long opening waits for another process to let go of the log.
  public var lockWait = Duration.zero
  /// Where syncs are counted.
  public var metrics = Metrics()

  public init() {}
}
