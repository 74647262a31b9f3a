import Connectors
import Streams
import TestSupport
import Testing

/// A disk that fills up and is freed again. It needs a small disk of its own, which only the
/// superuser of a machine can mount.
@Suite(.enabled(if: SmallDisk.isPossible, "a small disk can only be mounted by the superuser"))
struct FullDiskTests {
  @Test(arguments: [1 << 20, 3 << 20])
  func aFullDiskRefusesAndGoesOnWhenThereIsRoom(bytes: Int) async throws {
    let disk = try #require(SmallDisk(bytes: bytes))
    let log = try await SQLiteLog.open("\(disk.path)/log")
    var taken = 0
    var refusals = 0
    disk.fill(leaving: bytes / 2)
    // Each append is about three pages.
    while refusals < 5, taken < 1_000 {
      do {
        var outgoing = Outgoing.number(taken)
        outgoing.add(.event(bytes: 60_000, .letters))
        _ = try await log.append(outgoing, .synced)
        #expect(refusals == 0 || taken > 0)
        taken += 1
      } catch {
        #expect(error == .full)
        refusals += 1
      }
    }
    #expect(refusals == 5)
    #expect(taken > 2)
    #expect(try await log.numbers() == Array(0..<taken))
    disk.empty()
    for number in taken..<taken + 5 { _ = try await log.append(.number(number), .synced) }
    #expect(try await log.numbers() == Array(0..<taken + 5))
    await log.close()
    let opened = try await SQLiteLog.open("\(disk.path)/log")
    #expect(try await opened.numbers() == Array(0..<taken + 5))
    #expect(try await opened.records(.letters).count == taken)
    await opened.close()
    let rows = try StoredRow.all("\(disk.path)/log", ["0000000000000001.sqlite"])
    #expect(try StoredRow.faults(rows).isEmpty)
  }

  @Test func aFullDiskAtANewSegmentLosesNothing() async throws {
    let disk = try #require(SmallDisk(bytes: 2 << 20))
    var settings = SQLiteLogSettings()
    settings.segmentBytesMax = 100_000
    settings.tailBytesMax = 1
    let log = try await SQLiteLog.open("\(disk.path)/log", settings: settings)
    var numbers: [Int] = []
    for round in 0..<4 {
      disk.fill(leaving: 300_000)
      var refusals = 0
      while refusals < 3, numbers.count < 1_000 {
        do {
          var outgoing = Outgoing.number(numbers.count)
          outgoing.add(.event(bytes: 20_000, .letters))
          _ = try await log.append(outgoing, .synced)
          numbers.append(numbers.count)
        } catch {
          #expect(error == .full)
          refusals += 1
        }
      }
      #expect(refusals == 3, "round \(round)")
      disk.empty()
      let letters = Partition(.letters)
      try await log.trim(letters, before: try await log.bounds(letters).end)
      #expect(try await log.numbers() == numbers)
    }
    await log.close()
    let opened = try await SQLiteLog.open("\(disk.path)/log")
    #expect(try await opened.numbers() == numbers)
    await opened.close()
  }

  @Test func aLogCannotBeMadeOnAFullDisk() async throws {
    let disk = try #require(SmallDisk(bytes: 1 << 20))
    disk.fill(leaving: 0)
    await #expect(throws: LogError.full) { try await SQLiteLog.open("\(disk.path)/log") }
    disk.empty()
    let log = try await SQLiteLog.open("\(disk.path)/log")
    _ = try await log.append(.number(0), .synced)
    await log.close()
  }
}
