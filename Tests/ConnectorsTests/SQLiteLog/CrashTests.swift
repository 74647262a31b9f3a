import Connectors
import Streams
import TestSupport
import Testing
import Threads

/// What a process or a machine that ends at any moment leaves behind: all that was
/// acknowledged, and
/// of the rest a beginning.
@Suite struct CrashTests {
  private let files = LogFiles()
  private static let segment = "0000000000000001.sqlite"

  /// A log under load, with the highest number that was acknowledged as durable.
  private func underLoad(
    _ body: (_ log: SQLiteLog, _ acknowledged: Locked<Int>) async throws -> Void
  ) async throws {
    let log = try await files.open()
    let acknowledged = Locked(-1)
    let writing = Task {
      for number in 0..<Self.numbers {
        var outgoing = Outgoing.number(number)
        outgoing.add(.event(bytes: 500, .letters))
        _ = try await log.append(outgoing, number % 3 == 0 ? .synced : .recorded)
        if number % 3 == 0 { acknowledged.withLock { $0 = number } }
      }
    }
    #expect(try await waitUntil { acknowledged.withLock { $0 } > 30 })
    try await body(log, acknowledged)
    _ = try await writing.value
    await log.close()
  }

  /// So few that the WAL is not moved meanwhile.
  private static let numbers = 400

  /// Opens an image and checks it: a beginning of what was written, whole and in order.
  private func check(_ image: String, atLeast acknowledged: Int, _ what: String) async throws {
    let log = try await SQLiteLog.open("\(files.folder.path)/\(image)")
    let numbers = try await log.numbers()
    #expect(numbers == Array(0..<numbers.count), "\(what)")
    #expect(numbers.count > acknowledged, "\(what)")
    let told = try await log.append(.number(numbers.count), .synced)
    #expect(told[0].position.offset == Int64(numbers.count), "\(what)")
    await log.close()
    let rows = try StoredRow.all("\(files.folder.path)/\(image)", [Self.segment])
    #expect(try StoredRow.faults(rows).isEmpty, "\(what)")
  }

  @Test func filesCopiedWhileTheWriterRunsHoldAllThatWasAcknowledged() async throws {
    try await underLoad { log, acknowledged in
      for number in 0..<8 {
        let before = acknowledged.withLock { $0 }
        // The database does not change before its WAL is moved, and that is not due yet; the WAL
        // grows at its end only. So this is what the disk would show at the moment of the copy.
        files.folder.copy(
          "log", to: "image-\(number)", names: [Self.segment, Self.segment + "-wal"])
        let next = min(before + 20, Self.numbers - 1)
        #expect(try await waitUntil { acknowledged.withLock { $0 } >= next })
        try await check("image-\(number)", atLeast: before, "image \(number)")
      }
      #expect(try #require(files.size(Self.segment)) < 200_000, "the WAL was moved meanwhile")
    }
  }

  @Test func anImageWhoseEndIsTornIsABeginning() async throws {
    try await underLoad { log, acknowledged in
      files.folder.copy("log", to: "whole", names: [Self.segment, Self.segment + "-wal"])
    }
    let folder = files.folder
    let database = try #require(TemporaryFolder.bytes("\(folder.path)/whole/\(Self.segment)"))
    let wal = try #require(TemporaryFolder.bytes("\(folder.path)/whole/\(Self.segment)-wal"))
    var last = -1
    for part in 1...12 {
      let cut = wal.count * part / 12 - (part % 3) * 1_000
      var torn = Array(wal[..<cut])
      // What was being written may be anything.
      for place in max(0, cut - 300)..<cut where part % 2 == 0 { torn[place] ^= 0x5a }
      let name = "torn-\(part)"
      folder.copy("whole", to: name, names: [])
      folder.write(database, to: "\(name)/\(Self.segment)")
      folder.write(torn, to: "\(name)/\(Self.segment)-wal")
      // The database file may be without its first row then: the log begins anew.
      try await check(name, atLeast: -1, "cut at \(cut) of \(wal.count)")
      let rows = try StoredRow.all("\(folder.path)/\(name)", [Self.segment]).count
      #expect(rows >= last, "cut at \(cut)")
      last = rows
    }
    #expect(last > 30)
  }
}
