import Calendar
import Crypto
import Glibc
import SQLite
import Streams

/// The loop of the writing thread: takes what waits, writes it as one row, answers, syncs.
final class WriterLoop: @unchecked Sendable {
  private let folder: LogFolder
  private let settings: SQLiteLogSettings
  private let lock: Int32
  private var segment: LogSegment?
  private var segmentFirstRow: Int64
  private var segmentBegan = ContinuousClock.now
  private var bytesInSegment: Int
  private var lastRow: Int64
  private var lastHash: [UInt8]
  private var header: LogHeader
  /// When what is unsynced must be synced.
  private var syncDue: ContinuousClock.Instant?
  private var awaitingSync: [(SQLiteLogWriter.Answer, [Appended])] = []

  init(_ opened: OpenedLog, _ folder: LogFolder, _ settings: SQLiteLogSettings) {
    self.folder = folder
    self.settings = settings
    lock = opened.lock
    segmentFirstRow = opened.segmentFirstRow
    bytesInSegment = folder.byteCount(opened.segmentFirstRow)
    lastRow = opened.lastRow
    lastHash = opened.lastHash
    header = opened.header
  }

  func run(_ writer: SQLiteLogWriter) {
    while let orders = writer.next(until: syncDue) {
      if !orders.isEmpty { take(orders, writer) }
      let isDue = syncDue.map { $0 <= ContinuousClock.now } ?? false
      if !awaitingSync.isEmpty || isDue { sync(writer) }
      rollIfDue(writer)
    }
    sync(writer)
    try? segment?.close()
    segment = nil
    close(lock)
    writer.ended()
  }

  // MARK: - Writing

  private func take(_ orders: [SQLiteLogWriter.Waiting], _ writer: SQLiteLogWriter) {
    var accepted: [SQLiteLogWriter.Waiting] = []
    for waiting in orders {
      if waiting.order.isFenced() {
        waiting.answer.resume(returning: .failure(.fenced))
      } else {
        accepted.append(waiting)
      }
    }
    guard !accepted.isEmpty else { return }
    let time = writer.now()
    if accepted.contains(where: { !$0.order.isEmpty }) {
      do throws(LogError) {
        try write(accepted.map(\.order), at: time)
      } catch {
        for waiting in accepted { waiting.answer.resume(returning: .failure(error)) }
        return
      }
      if syncDue == nil { syncDue = ContinuousClock.now + settings.syncAfter }
    }
    let appended = writer.publish(accepted.map { ($0, time) }, header)
    for (waiting, appended) in zip(accepted, appended) {
      if waiting.order.durability == .synced {
        awaitingSync.append((waiting.answer, appended))
      } else {
        waiting.answer.resume(returning: .success(appended))
      }
    }
  }

  /// Writes one row that holds all the orders.
  private func write(_ orders: [LogOrder], at time: Instant) throws(LogError) {
    var next = header
    next.parts = []
    var parts: [UInt8] = []
    for order in orders {
      for frame in order.frames { add(frame, to: &next, &parts) }
      apply(order, to: &next)
    }
    let text = next.text()
    let hash = LogHeader.hash(previous: lastHash, time: time, header: text)
    do {
      try openSegment()
      try segment!.append(
        row: lastRow + 1, time: time, header: text, hash: hash, parts: parts)
    } catch {
      let failure = LogError(error)
      if failure != .full { segment = nil }
      throw failure
    }
    lastRow += 1
    lastHash = hash
    header = next
    bytesInSegment += text.count + parts.count
  }

  private func add(_ frame: Frame, to header: inout LogHeader, _ parts: inout [UInt8]) {
    let number = Int(frame.partition.topic.number)
    let start = parts.count
    PartCoding.write(frame, into: &parts)
    let digest = parts[start...].withUnsafeBytes { Hash.sha256.digest(of: $0) }
    header.parts.append(
      LogHeader.Part(
        topic: frame.partition.topic, first: header.ends[number], count: frame.count,
        bytes: parts.count - start, digest: Hex.encode(digest)))
    header.ends[number] += Int64(frame.count)
  }

  private func apply(_ order: LogOrder, to header: inout LogHeader) {
    for (partition, offset) in order.trims {
      let number = Int(partition.topic.number)
      header.firsts[number] = max(header.firsts[number], min(offset, header.ends[number]))
    }
    guard let owner = order.owner else { return }
    var group = header.groups[owner.group] ?? LogHeader.Group(epoch: owner.epoch)
    group.epoch = owner.epoch
    for (partition, offset) in order.consumed {
      group.positions[Int(partition.topic.number)] = offset
    }
    header.groups[owner.group] = group
  }

  /// Opens the newest segment again, at first and after a failure: what is there must be what was
  /// written last.
  private func openSegment() throws(LogError) {
    guard segment == nil else { return }
    do {
      let opened = try LogSegment(
        path: folder.segmentPath(segmentFirstRow), firstRow: segmentFirstRow, .create)
      let last = try opened.row(from: lastRow)
      guard lastRow < segmentFirstRow || last?.hash == lastHash,
        try opened.row(from: lastRow + 1) == nil
      else {
        throw LogError.corrupt(at: "\(opened.path): the last row is not the one written last")
      }
      segment = opened
    } catch {
      throw LogError(error)
    }
  }

  // MARK: - Syncing

  private func sync(_ writer: SQLiteLogWriter) {
    let answers = awaitingSync
    awaitingSync = []
    syncDue = nil
    do throws(LogError) {
      try openSegment()
      do { try segment!.sync() } catch { throw LogError(error) }
    } catch {
      // What was not synced may be lost for good: nothing of it counts as durable until the next
      // sync of a newly opened file succeeds.
      segment = nil
      syncDue = ContinuousClock.now + settings.syncAfter * 20
      for (answer, _) in answers { answer.resume(returning: .failure(error)) }
      return
    }
    writer.publishDurable()
    for (answer, appended) in answers { answer.resume(returning: .success(appended)) }
  }

  // MARK: - Segments

  /// Begins a new segment when the newest one is large or old enough: the old one is synced,
  /// checkpointed and closed before the first row of the new one.
  private func rollIfDue(_ writer: SQLiteLogWriter) {
    let isOld =
      ContinuousClock.now - segmentBegan >= settings.segmentAge && lastRow >= segmentFirstRow
    guard segment != nil, bytesInSegment >= settings.segmentBytesMax || isOld else { return }
    sync(writer)
    guard segment != nil, syncDue == nil else { return }
    do {
      try segment!.close()
      segment = nil
      segmentFirstRow = lastRow + 1
      segmentBegan = ContinuousClock.now
      bytesInSegment = 0
      segment = try LogSegment(
        path: folder.segmentPath(segmentFirstRow), firstRow: segmentFirstRow, .create)
      try folder.sync()
    } catch {
      segment = nil
    }
  }
}
