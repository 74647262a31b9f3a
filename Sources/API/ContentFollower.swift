public import Automation
import JSON
public import Streams
import Threads

/// The newest content, for whoever checks what comes in.
public final class ContentFollower: Sendable {
  private let log: any EventLog
  private let table = Locked(ContentTable())
  private let next = Locked<Int64>(0)
  private let wakeups = Wakeups()

  public init(_ log: any EventLog) { self.log = log }

  public var content: Content { table.withLock { $0.content } }

  /// Follows until cancelled.
  public func run() async throws {
    let partition = Partition(.content)
    var positions: Positions = [partition: try await log.bounds(partition).first]
    while true {
      let batch = try await log.read(
        from: positions, to: .recorded, bytesMax: 8 << 20, wait: .seconds(60))
      try take(batch.records)
      positions = batch.positions
      next.withLock { $0 = positions[partition] ?? $0 }
      wakeups.notifyAll()
    }
  }

  private func take(_ records: [Record]) throws {
    guard !records.isEmpty else { return }
    try table.withLock { table in
      for record in records { try table.apply(record, try record.event()) }
    }
  }

  /// Waits until it has read what is recorded now, however long that takes: who answers before
  /// would refuse what is good.
  public func load() async throws(LogError) {
    let end = try await log.bounds(Partition(.content)).end
    var isLoaded = false
    while !isLoaded {
      if Task.isCancelled { throw .cancelled }
      isLoaded =
        await wakeups.first(within: .seconds(3_600)) {
          next.withLock { $0 } >= end ? true : nil
        } ?? false
    }
  }

  /// Waits until it holds what is recorded now, at most two seconds: a request does not wait
  /// longer.
  public func catchUp() async throws(LogError) {
    let end = try await log.bounds(Partition(.content)).end
    _ = await wakeups.first(within: .seconds(2)) { content.end >= end ? true : nil }
  }
}
