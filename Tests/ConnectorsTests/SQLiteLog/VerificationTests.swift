import Connectors
import Glibc
import SQLite
import Streams
import TestSupport
import Testing

/// A log's files are read whole and what is damaged in them is named.
@Suite struct VerificationTests {
  private let files = LogFiles()
  private let events = Partition(.testEvents)

  /// Rows of two parts each, one of them over several pages, in some segments.
  private func fill(_ count: Int = 40, segmentBytesMax: Int = 200_000) async throws {
    let log = try await files.open(segmentBytesMax: segmentBytesMax)
    for number in 0..<count {
      var outgoing = Outgoing.event(bytes: number.isMultiple(of: 4) ? 40_000 : 300)
      outgoing.add(.number(number, .letters))
      _ = try await log.append(outgoing, .synced)
    }
    await log.close()
  }

  private func verify(_ path: String? = nil) throws -> LogVerification {
    let verification = try LogVerification(path ?? files.path)
    verification.run({ _ in }) { _ in }
    return verification
  }

  @Test func aSoundLogIsReadWhole() async throws {
    try await fill()
    let verification = try LogVerification(files.path)
    var numbers: [Int64] = []
    var records = 0
    verification.run({ _ in }) { row in
      numbers.append(row.number)
      records += row.records.count
      #expect(row.trimmed.isEmpty)
    }
    #expect(verification.findings.isEmpty)
    #expect(numbers == Array(1...41))
    #expect(records == 80)
    #expect(verification.lastRow == 41)
    #expect(verification.segments.map(\.file) == files.segments)
    #expect(verification.segments.count > 2)
    #expect(verification.segments.reduce(0) { $0 + $1.soundParts } == 80)
    #expect(try verification.lastHash == files.rows.last?.hash)
  }

  @Test func aLogIsReadWhileItIsWritten() async throws {
    let log = try await files.open(segmentBytesMax: 200_000)
    let writing = Task {
      var count = 0
      while !Task.isCancelled {
        _ = try await log.append(.event(bytes: 5_000), .synced)
        count += 1
      }
      return count
    }
    #expect(try await waitUntil { files.segments.count > 3 })
    for _ in 0..<5 {
      let end = try await log.bounds(events).durable
      let verification = try LogVerification(files.path)
      var last: Int64 = 0
      verification.run({ _ in }) { last = $0.ends[0] }
      #expect(verification.findings.isEmpty)
      #expect(last >= end)
    }
    writing.cancel()
    #expect(try await writing.value > 0)
    await log.close()
  }

  @Test func whatWasTrimmedIsNoDamage() async throws {
    try await fill()
    let log = try await files.open(segmentBytesMax: 200_000)
    let before = files.segments.reduce(0) { $0 + (files.size($1) ?? 0) }
    try await log.trim(events, before: 39)
    #expect(
      try await waitUntil { files.segments.reduce(0) { $0 + (files.size($1) ?? 0) } < before / 2 })
    let verification = try verify()
    #expect(verification.findings.isEmpty)
    let trimmed = verification.segments.reduce(0) { $0 + $1.trimmedParts }
    #expect(trimmed > 30)
    try await log.trim(Partition(.letters), before: 39)
    #expect(try await waitUntil { files.segments.count < 3 })
    let rest = try verify()
    #expect(rest.findings.isEmpty)
    #expect(rest.firstRow > 1)
    await log.close()
  }

  @Test func whatIsSaidToBeTrimmedAndWasNotIsDamage() async throws {
    try await fill(4)
    try change("UPDATE log SET gone = '0', parts = substr(parts, 315) WHERE row = 3")
    let found = try verify().findings
    #expect(found.contains { $0.row == 3 })
    #expect(found.allSatisfy { $0.row == 3 })
  }

  @Test func rowsThatAreMissingAreNamed() async throws {
    try await fill(10, segmentBytesMax: 1 << 30)
    try change("DELETE FROM log WHERE row IN (5, 6)")
    let found = try verify().findings
    #expect(found.map(\.row) == [5, 6])
    #expect(found.allSatisfy { $0.found == "the row is not there" })
  }

  @Test func aMissingSegmentIsNamed() async throws {
    try await fill()
    let names = files.segments
    unlink("\(files.path)/\(names[1])")
    let rows = names.map { Int64($0.prefix { $0.isNumber }) ?? 0 }
    let found = try verify().findings
    #expect(found.map(\.row) == Array(rows[1]..<rows[2]))
  }

  @Test func aForgedRowIsFound() async throws {
    try await fill(10, segmentBytesMax: 1 << 30)
    let row = try #require(try files.rows.first { $0.number == 7 })
    let forged = String(decoding: row.header, as: UTF8.self)
      .replacing(#""count":1"#, with: #""count":2"#)
    try change("UPDATE log SET header = CAST('\(forged)' AS BLOB) WHERE row = 7")
    let found = try verify().findings
    #expect(found.map(\.row) == [7])
    #expect(found.first?.found == "its hash is another")
  }

  private func change(_ sql: String) throws {
    let connection = try Connection(
      path: "\(files.path)/\(files.segments[0])", ConnectionOptions(.readWrite))
    try connection.execute(sql)
    try connection.close()
  }

  // MARK: - Flipped bits

  /// Rows in one segment of which no piece is like another.
  private func fillWithNoise(_ count: Int) async throws {
    let log = try await files.open()
    var random = SplitMix(seed: 4)
    for number in 0..<count {
      var outgoing = Outgoing()
      for topic in [Topic.testEvents, .letters] {
        let size = number.isMultiple(of: 4) ? 20_000 : 300
        let noise = (0..<size).map { _ in Character(Unicode.Scalar(UInt8(97 + random.below(26)))) }
        outgoing.add(topic, Lane(0), value: #"{"t":"\#(String(noise))"}"#.utf8)
      }
      _ = try await log.append(outgoing, .synced)
    }
    await log.close()
  }

  /// Places of a row's header, hash and parts in the file: what is stored stands there as it is, in
  /// pieces where it is larger than a page.
  @Test func aFlippedBitInARowIsReportedAtItsRow() async throws {
    try await fillWithNoise(12)
    let name = "log/\(files.segments[0])"
    let good = try #require(TemporaryFolder.bytes("\(files.folder.path)/\(name)"))
    var random = SplitMix(seed: 5)
    var tried = 0
    let rows = try files.rows.filter { !$0.parts.isEmpty }
    let places = Self.places(in: good)
    while tried < 400 {
      let row = rows[random.below(rows.count)]
      let value = [row.header, row.hash, row.parts][random.below(3)]
      let start = random.below(value.count - Self.pieceBytes + 1)
      let piece = Array(value[start..<start + Self.pieceBytes])
      guard let place = places[Self.sums(of: piece)[0]] else { continue }
      tried += 1
      let at = place + random.below(piece.count)
      files.folder.overwrite(name, at: at, [good[at] ^ (1 << UInt8(random.below(8)))])
      let verification = try verify()
      #expect(verification.findingCount >= 1, "row \(row.number), byte \(at)")
      #expect(
        verification.findings.allSatisfy { $0.row == Int64(row.number) },
        "row \(row.number), byte \(at): \(verification.findings)")
      files.folder.overwrite(name, at: at, [good[at]])
    }
    #expect(try verify().findings.isEmpty)
  }

  private static let pieceBytes = 24

  /// A number for each piece of so many bytes, by where it begins.
  private static func sums(of bytes: [UInt8]) -> [UInt64] {
    let factor: UInt64 = 0x9E37_79B9_7F4A_7C15
    let last = (0..<pieceBytes).reduce(1 as UInt64) { power, _ in power &* factor }
    var sum: UInt64 = 0
    var sums: [UInt64] = []
    for (place, byte) in bytes.enumerated() {
      sum = sum &* factor &+ UInt64(byte) &+ 1
      if place >= pieceBytes { sum &-= last &* (UInt64(bytes[place - pieceBytes]) &+ 1) }
      if place >= pieceBytes - 1 { sums.append(sum) }
    }
    return sums
  }

  /// Where each piece stands that stands in the file once.
  private static func places(in file: [UInt8]) -> [UInt64: Int] {
    var places: [UInt64: Int] = [:]
    var repeated: Set<UInt64> = []
    for (place, sum) in sums(of: file).enumerated()
    where places.updateValue(place, forKey: sum) != nil {
      repeated.insert(sum)
    }
    return places.filter { !repeated.contains($0.key) }
  }

  @Test func aFlippedBitAnywhereIsReportedOrWithoutEffect() async throws {
    try await fillWithNoise(12)
    let name = "log/\(files.segments[0])"
    let good = try #require(TemporaryFolder.bytes("\(files.folder.path)/\(name)"))
    let rows = try files.rows.map(\.hash)
    var random = SplitMix(seed: 6)
    var reported = 0
    for number in 0..<600 {
      // Every third one in the first page, where the file's structure stands.
      let at = random.below(number.isMultiple(of: 3) ? 4_096 : good.count)
      files.folder.overwrite(name, at: at, [good[at] ^ (1 << UInt8(random.below(8)))])
      let verification = try LogVerification(files.path)
      var seen: [Int64] = []
      verification.run({ _ in }) { seen.append($0.number) }
      if verification.findingCount > 0 {
        reported += 1
      } else {
        #expect(seen == (1...Int64(rows.count)).map { $0 }, "byte \(at)")
        #expect(verification.lastHash == rows.last, "byte \(at)")
      }
      files.folder.overwrite(name, at: at, [good[at]])
    }
    #expect(reported > 100)
  }
}

/// A log's content counted from its files.
@Suite struct StatisticsTests {
  private let files = LogFiles()

  @Test func topicsAndSegmentsAreCounted() async throws {
    let log = try await files.open(segmentBytesMax: 100_000)
    for number in 0..<30 {
      var outgoing = Outgoing.event(bytes: number == 17 ? 50_000 : 10_000)
      outgoing.add(.number(number, .letters))
      _ = try await log.append(outgoing, .synced)
    }
    try await log.trim(Partition(.letters), before: 4)
    try await log.sync()
    let found = try LogStatistics(of: files.path) { _, _ in }
    #expect(found.topics.map(\.name) == ["events", "letters"])
    #expect(found.topics.map(\.records) == [30, 30])
    #expect(found.topics.map(\.end) == [30, 30])
    #expect(found.topics.map(\.firstOffset) == [0, 4])
    #expect(found.topics[0].bytes == 29 * (10_000 + 12) + 50_012)
    #expect(found.topics[0].firstTime.map { $0 <= found.topics[0].lastTime! } == true)
    #expect(found.segments.map(\.file) == files.segments)
    #expect(found.segments.reduce(0) { $0 + $1.rows } == 32)
    #expect(found.biggest?.topic == "events")
    #expect(found.biggest?.offset == 17)
    #expect(found.biggest?.bytes == 50_008)
    #expect(found.incarnation == log.incarnation)
    await log.close()
  }

  @Test func aFolderWithoutALogIsRefused() {
    files.folder.make("log")
    #expect(throws: LogError.self) { try LogStatistics(of: files.path) { _, _ in } }
  }
}

/// A log copied while it is written.
@Suite struct LogBackupTests {
  private let files = LogFiles()
  private var copy: String { files.folder.path + "/copy" }

  @Test func aCopyHoldsWhatWasAcknowledgedBeforeIt() async throws {
    let log = try await files.open(segmentBytesMax: 200_000)
    let writing = Task {
      var number = 0
      while !Task.isCancelled {
        var outgoing = Outgoing.event(bytes: 5_000)
        outgoing.add(.number(number, .letters))
        _ = try await log.append(outgoing, .synced)
        number += 1
      }
      return number
    }
    #expect(try await waitUntil { files.segments.count > 3 })
    let acknowledged = try await log.bounds(Partition(.letters)).durable
    let end = try LogBackup.copy(files.path, to: copy) { _ in }
    writing.cancel()
    #expect(try await writing.value >= Int(acknowledged))
    let originals = try await log.records(.letters)

    let verification = try LogVerification(copy)
    verification.run({ _ in }) { _ in }
    #expect(verification.findings.isEmpty)
    #expect(verification.lastRow == end.row)
    #expect(verification.lastHash == end.hash)
    let copied = try await SQLiteLog.open(copy)
    #expect(copied.incarnation == log.incarnation)
    let records = try await copied.records(.letters)
    #expect(records.count >= Int(acknowledged))
    #expect(records.map(\.time) == originals.prefix(records.count).map(\.time))
    #expect(records.map(\.position) == originals.prefix(records.count).map(\.position))
    await copied.close()
    await log.close()
  }

  @Test func aCopyBecomesALogOfItsOwn() async throws {
    let log = try await files.open()
    _ = try await log.append(.number(1), .synced)
    let end = try LogBackup.copy(files.path, to: copy) { _ in }
    let incarnation = try LogBackup.renew(copy, at: log.now())
    #expect(end.incarnation == log.incarnation)
    #expect(incarnation != log.incarnation)
    let copied = try await SQLiteLog.open(copy)
    #expect(copied.incarnation == incarnation)
    _ = try await copied.append(.number(2), .synced)
    #expect(try await copied.numbers() == [1, 2])
    await copied.close()
    await log.close()
    let verification = try LogVerification(copy)
    verification.run({ _ in }) { _ in }
    #expect(verification.findings.isEmpty)
    #expect(verification.incarnation == incarnation)
  }

  @Test func damageIsNotCopied() async throws {
    let log = try await files.open()
    for number in 0..<5 { _ = try await log.append(.number(number), .synced) }
    await log.close()
    let connection = try Connection(
      path: "\(files.path)/\(files.segments[0])", ConnectionOptions(.readWrite))
    try connection.execute("UPDATE log SET parts = zeroblob(length(parts)) WHERE row = 4")
    try connection.close()
    #expect(throws: LogError.self) { try LogBackup.copy(files.path, to: copy) { _ in } }
  }
}
