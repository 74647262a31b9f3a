import Connectors
import Streams
import TestSupport
import Testing

/// What is acknowledged as durable is durable, though syncs fail: a loss of power at any later
/// moment leaves it.
@Suite struct FailedSyncTests {
  private let folder = TemporaryFolder()
  private let disk: FaultyDisk

  init() { disk = FaultyDisk("\(folder.path)/log") }

  private func open(syncAfter: Duration = .milliseconds(5)) async throws -> SQLiteLog {
    var settings = SQLiteLogSettings()
    settings.syncAfter = syncAfter
    return try await SQLiteLog.open("\(folder.path)/log", settings: settings)
  }

  /// The numbers in the log as a loss of power would leave it now.
  private func numbersLeft(_ image: String) async throws -> [Int] {
    folder.copy("log", to: image, names: [])
    for (path, bytes) in disk.durable where !path.hasSuffix("-shm") {
      folder.write(bytes, to: "\(image)/\(path.split(separator: "/").last!)")
    }
    let log = try await SQLiteLog.open("\(folder.path)/\(image)")
    let numbers = try await log.numbers()
    await log.close()
    let segments = folder.names(in: image).filter { $0.hasSuffix(".sqlite") }
    #expect(try StoredRow.faults(try StoredRow.all("\(folder.path)/\(image)", segments)).isEmpty)
    return numbers
  }

  /// Appends numbers with a sync each; those that were acknowledged.
  private func append(_ numbers: Range<Int>, to log: SQLiteLog) async -> [Int] {
    var acknowledged: [Int] = []
    for number in numbers {
      guard (try? await log.append(.number(number), .synced)) != nil else { continue }
      acknowledged.append(number)
    }
    return acknowledged
  }

  @Test func withoutAFailureALossOfPowerLeavesWhatWasAcknowledged() async throws {
    let log = try await open()
    #expect(await append(0..<5, to: log) == Array(0..<5))
    #expect(try await numbersLeft("image") == Array(0..<5))
    await log.close()
    #expect(try await numbersLeft("closed") == Array(0..<5))
  }

  /// After a failed sync of the write-ahead log it is moved into the database: that may fail too.
  @Test(arguments: [1, 2, 5], [0, 1, 3])
  func whatIsAcknowledgedAfterFailedSyncsIsDurable(ofWAL: Int, ofDatabase: Int) async throws {
    let log = try await open()
    var acknowledged = await append(0..<5, to: log)
    #expect(acknowledged.count == 5)
    disk.failSyncs(ofWAL, of: "-wal")
    disk.failSyncs(ofDatabase, of: ".sqlite")
    var next = 5
    while next < 30 {
      acknowledged += await append(next..<next + 1, to: log)
      next += 1
      let left = try await numbersLeft("image-\(next)")
      #expect(Set(left).isSuperset(of: acknowledged), "after \(next): \(left)")
    }
    #expect(disk.failuresLeft == 0)
    #expect(acknowledged.count > 10 && acknowledged.count < next)
    #expect(Set(try await log.numbers()).isSuperset(of: acknowledged))
    await log.close()
    #expect(Set(try await numbersLeft("closed")).isSuperset(of: acknowledged))
  }

  @Test func aRecordedAppendWhoseSyncFailsCountsAsDurableOnlyOnceItIs() async throws {
    let log = try await open(syncAfter: .seconds(600))
    _ = await append(0..<1, to: log)
    _ = try await log.append(.number(1), .recorded)
    disk.failSyncs(1, of: "-wal")
    await #expect(throws: LogError.self) { try await log.sync() }
    #expect(try await log.bounds(Partition(.testEvents)) == Bounds(first: 0, durable: 1, end: 2))
    #expect(try await numbersLeft("before").first == 0)
    try await log.sync()
    #expect(try await log.bounds(Partition(.testEvents)) == Bounds(first: 0, durable: 2, end: 2))
    #expect(try await numbersLeft("after") == [0, 1])
    await log.close()
  }

  /// The write-ahead log is moved once it has 1024 pages, and synced for that: the row that gets
  /// there must not be acknowledged by a second sync of what the first one lost.
  @Test(arguments: 3...7)
  func aSyncThatFailsWhileTheWriteAheadLogIsMovedIsSeenToo(firstSynced: Int) async throws {
    let log = try await open(syncAfter: .seconds(600))
    var acknowledged = await append(0..<1, to: log)
    disk.failSyncs(1, of: "-wal")
    for number in 1...8 {
      // About 245 pages each.
      var outgoing = Outgoing.number(number)
      outgoing.add(.event(bytes: 8_000_000, .letters))
      let isSynced = number >= firstSynced
      let isTaken = (try? await log.append(outgoing, isSynced ? .synced : .recorded)) != nil
      guard isSynced else { continue }
      if isTaken { acknowledged.append(number) }
      let left = try await numbersLeft("image-\(number)")
      #expect(Set(left).isSuperset(of: acknowledged), "after \(number): \(left)")
    }
    #expect(acknowledged.count > 1)
    await log.close()
    #expect(Set(try await numbersLeft("closed")).isSuperset(of: acknowledged))
  }
}
