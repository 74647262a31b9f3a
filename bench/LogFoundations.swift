import Automation
import Connectors
import SQLite
import Streams

/// The log's append and read beside SQLite's: the same bytes as one blob a batch.
enum LogFoundations {
  private static let batchCount = 100
  private static let batchEvents = 500
  private static var eventCount: Int { batchCount * batchEvents }

  static func run() async throws -> [Figure] {
    let table = try await content()
    let batches = try (0..<batchCount).map {
      try Sample.events(
        $0 * batchEvents..<($0 + 1) * batchEvents, hostCount: 1_000, .onePercent, table)
    }
    var appended: (own: [Cost], bare: [Cost]) = ([], [])
    var read: (own: [Cost], bare: [Cost]) = ([], [])
    for _ in 0..<FoundationsCase.rounds {
      let scratch = try Scratch()
      let own = try await log(batches, scratch.path + "/log")
      let bare = try sqlite(batches, scratch.path + "/bare.sqlite")
      appended.own.append(own.append)
      appended.bare.append(bare.append)
      read.own.append(own.read)
      read.bare.append(bare.read)
    }
    return [
      FoundationsCase.figure(
        "log append, \(batchEvents) events a batch", "event", appended.own.median,
        bare: appended.bare.median, "SQLite, a row a batch in a transaction"),
      FoundationsCase.figure(
        "log read", "event", read.own.median, bare: read.bare.median, "SQLite, the blobs read"),
    ]
  }

  private static func content() async throws -> Content {
    let log = MemoryLog()
    _ = try await log.append(Sample.content(ruleCount: 1), .recorded)
    return try await Sample.fold(log).content
  }

  private static func log(
    _ batches: [Outgoing], _ path: String
  ) async throws -> (append: Cost, read: Cost) {
    let log = try await SQLiteLog.open(path)
    let append = try await measure {
      for batch in batches { _ = try await log.append(batch, .recorded) }
      try await log.sync()
    }
    await log.close()
    // Opened again it has nothing in memory.
    let again = try await SQLiteLog.open(path)
    let read = try await measure {
      let records = try await Sample.records(.events, of: again)
      guard records.count == eventCount else { throw BenchFailure("\(records.count) were read") }
    }
    await again.close()
    return (append.per(eventCount), read.per(eventCount))
  }

  private static func sqlite(
    _ batches: [Outgoing], _ path: String
  ) throws -> (append: Cost, read: Cost) {
    var options = ConnectionOptions(.create)
    options.usesWAL = true
    options.synchronous = .normal
    let connection = try Connection(path: path, options)
    try connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, value BLOB)")
    let insert = try connection.prepare("INSERT INTO rows (value) VALUES (?)")
    let blobs = batches.map { $0.parts[0].bytes }
    let append = try measure {
      for blob in blobs {
        try insert.bind(1, blob)
        try insert.run()
      }
      _ = try connection.checkpoint(.passive)
    }
    let select = try connection.prepare("SELECT value FROM rows ORDER BY id")
    let read = try measure {
      var count = 0
      while try select.step() { count += select.bytes(0)?.count ?? 0 }
      guard count == blobs.reduce(0, { $0 + $1.count }) else { throw BenchFailure("bytes lost") }
    }
    return (append.per(eventCount), read.per(eventCount))
  }
}
