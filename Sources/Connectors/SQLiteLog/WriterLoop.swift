import Calendar
import Glibc
import Streams
import Telemetry

/// The loop of the writing thread: takes what waits, writes it as rows, answers, syncs.
final class WriterLoop: @unchecked Sendable {
  private let settings: SQLiteLogSettings
  private let lock: Int32
  private let segments: SegmentWriter
  private let trimming: LogTrimming
  private let syncSeconds: Histogram
  private let syncFailures: Counter
  /// When what is unsynced must be synced.
  private var syncDue: ContinuousClock.Instant?
  private var awaitingSync: [(SQLiteLogWriter.Answer, [Appended])] = []

  init(
    _ opened: OpenedLog, _ folder: LogFolder, _ settings: SQLiteLogSettings,
    _ trimming: LogTrimming
  ) {
    self.settings = settings
    self.trimming = trimming
    lock = opened.lock
    syncSeconds = settings.metrics.histogram(
      "petrel_log_sync_seconds", "How long the log took to sync.")
    syncFailures = settings.metrics.counter(
      "petrel_log_sync_failures_total", "Syncs of the log that failed.")
    segments = SegmentWriter(opened.state, folder, settings)
  }

  func run(_ writer: SQLiteLogWriter) {
    while let orders = writer.next(until: syncDue) {
      take(orders[...], writer)
      let isDue = syncDue.map { $0 <= ContinuousClock.now } ?? false
      if !awaitingSync.isEmpty || isDue { sync(writer) }
      if segments.rollIfDue() { trim() }
    }
    sync(writer)
    trimming.stop()
    segments.close()
    close(lock)
    writer.ended()
  }

  /// Writes the orders in their order, as many to a row as it takes.
  private func take(_ orders: ArraySlice<SQLiteLogWriter.Waiting>, _ writer: SQLiteLogWriter) {
    var row: [SQLiteLogWriter.Waiting] = []
    var parts = 0
    var bytes = 0
    for waiting in orders {
      let order = waiting.order
      if order.isFenced() {
        waiting.answer.resume(returning: .failure(.fenced))
        continue
      }
      if !row.isEmpty,
        parts + order.frames.count > LogHeader.partsMax
          || bytes + order.byteCount > LogHeader.rowBytesMax
      {
        write(row, writer)
        (row, parts, bytes) = ([], 0, 0)
      }
      row.append(waiting)
      parts += order.frames.count
      bytes += order.byteCount
    }
    if !row.isEmpty { write(row, writer) }
  }

  private func write(_ row: [SQLiteLogWriter.Waiting], _ writer: SQLiteLogWriter) {
    let time = writer.now()
    if row.contains(where: { !$0.order.isEmpty }) {
      do throws(LogError) {
        try segments.write(row.map(\.order), at: time)
      } catch {
        for waiting in row { waiting.answer.resume(returning: .failure(error)) }
        return
      }
      if syncDue == nil { syncDue = ContinuousClock.now + settings.syncAfter }
    }
    let appended = writer.publish(row.map(\.order), at: time, segments.state)
    for (waiting, appended) in zip(row, appended) {
      if waiting.order.durability == .synced {
        awaitingSync.append((waiting.answer, appended))
      } else {
        waiting.answer.resume(returning: .success(appended))
      }
    }
  }

  private func sync(_ writer: SQLiteLogWriter) {
    let answers = awaitingSync
    awaitingSync = []
    syncDue = nil
    if segments.isUnsynced {
      let began = ContinuousClock.now
      do throws(LogError) {
        try segments.sync()
        syncSeconds.observe(ContinuousClock.now - began)
      } catch {
        syncFailures.add()
        // Nothing of it counts as durable until it was read again and written elsewhere.
        syncDue = ContinuousClock.now + settings.syncAfter * 20
        for (answer, _) in answers { answer.resume(returning: .failure(error)) }
        return
      }
      writer.publishDurable()
      trim()
    }
    for (answer, appended) in answers { answer.resume(returning: .success(appended)) }
  }

  /// What lies before the first offsets may leave the disk, once nothing can bring it back.
  private func trim() {
    guard !segments.isUnsynced else { return }
    trimming.start(
      firsts: segments.state.header.firsts, newestSegment: segments.state.segmentFirstRow)
  }
}
