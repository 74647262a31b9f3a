import Connectors
import Glibc
import Streams
import TestSupport
import Testing

/// What a loss of power at any moment leaves: of the unsynced writes some sectors, in any order.
/// The log opens, its chain is whole, and what was acknowledged as durable is there.
@Suite struct PowerLossTests {
  /// How many images are looked at; the environment's `IMAGES` says otherwise.
  private static let images = getenv("IMAGES").flatMap { Int(String(cString: $0)) } ?? 200
  private static let seed = getenv("SEED").flatMap { Int(String(cString: $0)) } ?? 1
  /// Images of one log.
  private static let batch = 50

  @Test func everyImageHoldsWhatWasAcknowledged() async throws {
    var random = SplitMix(seed: Self.seed)
    var torn = 0
    for start in stride(from: 0, to: Self.images, by: Self.batch) {
      let count = min(Self.batch, Self.images - start)
      torn += try await watch(count, &random)
    }
    #expect(torn > 0, "no image lacks anything")
  }

  /// Writes one log and looks at images of it; how many of these lack what the log had then.
  private func watch(_ count: Int, _ random: inout SplitMix) async throws -> Int {
    let folder = TemporaryFolder()
    let disk = FaultyDisk("\(folder.path)/log")
    var settings = SQLiteLogSettings()
    settings.segmentBytesMax = 400_000
    settings.tailBytesMax = 1
    settings.syncAfter = .seconds(600)
    let log = try await SQLiteLog.open("\(folder.path)/log", settings: settings)
    var (next, acknowledged, torn) = (0, -1, 0)
    for image in 0..<count {
      for _ in 0...random.below(6) {
        var outgoing = Outgoing.number(next)
        outgoing.add(.event(bytes: random.below(40_000), .letters))
        let isSynced = random.below(3) == 0
        _ = try await log.append(outgoing, isSynced ? .synced : .recorded)
        if isSynced { acknowledged = next }
        next += 1
      }
      let left = try await numbers(in: disk.image(&random), "image \(image)")
      #expect(left == Array(0..<left.count), "image \(image)")
      #expect(left.count > acknowledged, "image \(image): \(left.count), not \(acknowledged)")
      if left.count < next { torn += 1 }
    }
    await log.close()
    return torn
  }

  private func numbers(
    in image: [String: [UInt8]], _ what: String
  ) async throws -> [Int] {
    let copy = TemporaryFolder()
    copy.make("log")
    for (path, bytes) in image where !path.hasSuffix("-shm") {
      copy.write(bytes, to: "log/\(path.split(separator: "/").last!)")
    }
    let log = try await SQLiteLog.open("\(copy.path)/log")
    let numbers = try await log.numbers()
    await log.close()
    let segments = copy.names(in: "log").filter { $0.hasSuffix(".sqlite") }
    #expect(try StoredRow.faults(try StoredRow.all("\(copy.path)/log", segments)) == [], "\(what)")
    return numbers
  }
}
