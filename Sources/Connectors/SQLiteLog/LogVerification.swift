import Crypto
import Glibc
import Automation
public import Calendar
public import Streams

/// Reads a whole log from its files and says what is not as it was written: the chain of hashes,
/// the digests, the offsets and positions. It changes nothing, needs no writer and disturbs none;
/// what is written after it began is left out. Memory does not grow with the log. All of it blocks.
public final class LogVerification {
  /// What is broken, and where.
  public struct Finding: Sendable, Equatable {
    /// The segment's file.
    public let file: String
    public let row: Int64
    public var topic: String?
    public var offset: Int64?
    public let found: String
  }

  /// One segment. Parts are the records that a row brings to one topic.
  public struct Segment: Sendable {
    public let file: String
    public let bytes: Int
    public let firstRow: Int64
    public internal(set) var rowCount = 0
    public internal(set) var soundParts = 0
    public internal(set) var trimmedParts = 0
    public internal(set) var corruptParts = 0
  }

  /// A row of which everything that is there is sound.
  public struct Row: Sendable {
    public let number: Int64
    public let time: Instant
    public let records: [Record]
    /// Where each group stands behind it.
    public let positions: [String: Positions]
    /// One past the last offset of each topic behind it, by the topic's number.
    public let ends: [Int64]
    /// Topics of which something was taken out of it.
    public let trimmed: Set<String>
  }

  private static let findingsMax = 1_000
  /// Rows in one segment that cannot be found one after another: then the rest of it is given up.
  private static let lostRowsMax: Int64 = 1_000

  private let files: SegmentFiles
  private var check = RowCheck()
  /// Of each topic the last part that was taken out.
  private var lastTrimmed: [Int: (end: Int64, finding: Finding)] = [:]

  public private(set) var segments: [Segment] = []
  /// The first thousand.
  public private(set) var findings: [Finding] = []
  public private(set) var findingCount = 0
  /// The last row that was read.
  public private(set) var lastRow: Int64 = 0
  public private(set) var lastHash: [UInt8] = []
  public var incarnation: String? { check.incarnation }

  /// - Parameter path: the folder of the log.
  public init(_ path: String) throws(LogError) { files = try SegmentFiles(path) }

  /// Of all segments.
  public var byteCount: Int { files.byteCount }
  public var firstRow: Int64 { files.firsts.first ?? 0 }

  /// - Parameters:
  ///   - note: is told bytes that were read, again and again.
  ///   - take: is given the sound rows in their order.
  public func run(_ note: (Int) -> Void, _ take: (Row) -> Void) {
    for place in files.firsts.indices {
      do throws(LogError) {
        guard let segment = try files.open(place) else { continue }
        begin(place)
        read(segment, place, note, take)
      } catch {
        begin(place)
        report(place, files.firsts[place], "the segment cannot be read: \(Self.why(error))")
        check.skip()
      }
    }
    checkTrimmed()
  }

  private func begin(_ place: Int) {
    let first = files.firsts[place]
    segments.append(
      Segment(file: files.name(place), bytes: files.byteCount(place), firstRow: first))
  }

  // MARK: - Rows

  private func read(
    _ segment: LogSegment, _ place: Int, _ note: (Int) -> Void, _ take: (Row) -> Void
  ) {
    let last = files.lastRow(ofSegment: place)
    var next = segment.firstRow
    var lost: Int64 = 0
    while next <= last {
      if let stored = look(for: next, in: segment, place) {
        lost = 0
        note(read(stored, of: segment, place, take))
      } else {
        check.skip()
        lost += 1
        if lost == Self.lostRowsMax {
          report(place, next + 1, "the rows from here to \(last) are given up")
          return
        }
      }
      next += 1
    }
  }

  /// The row of a number; nil after saying that it is not there.
  private func look(
    for number: Int64, in segment: LogSegment, _ place: Int
  ) -> LogSegment.StoredRow? {
    do {
      if let stored = try segment.stored(from: number), stored.number == number { return stored }
      report(place, number, "the row is not there")
    } catch {
      report(place, number, "the row cannot be read: \(error)")
    }
    return nil
  }

  /// Gives how many bytes it read.
  private func read(
    _ stored: LogSegment.StoredRow, of segment: LogSegment, _ place: Int, _ take: (Row) -> Void
  ) -> Int {
    let row = LogSegment.Row(stored)
    let faults = check.take(stored, row, isFirst: stored.number == segment.firstRow)
    segments[segments.count - 1].rowCount += 1
    (lastRow, lastHash) = (stored.number, stored.hash)
    for fault in faults { report(place, stored.number, fault) }
    guard let row, faults.isEmpty else {
      segments[segments.count - 1].corruptParts += row?.header.parts.count ?? 0
      return stored.text.count
    }
    let before = findingCount
    let records = parts(row, of: segment, place)
    if findingCount == before { take(Self.row(row, records)) }
    return row.header.parts.reduce(stored.text.count) { $0 + $1.bytes }
  }

  private static func row(_ row: LogSegment.Row, _ records: [Record]) -> Row {
    let positions = row.header.groups.mapValues { group in
      var positions: Positions = [:]
      for topic in Topic.all {
        positions[Partition(topic)] = group.positions[Int(topic.number)]
      }
      return positions
    }
    return Row(
      number: row.number, time: row.time, records: records, positions: positions,
      ends: row.header.ends, trimmed: Set(row.gone.map { row.header.parts[$0].topic.name }))
  }

  // MARK: - Parts

  private func parts(
    _ row: LogSegment.Row, of segment: LogSegment, _ place: Int
  ) -> [Record] {
    let count = row.header.parts.indices.reduce(0) {
      row.gone.contains($1) ? $0 : $0 + row.header.parts[$1].bytes
    }
    do {
      let found = try segment.partsByteCount(ofRow: row.number)
      if found != count {
        report(place, row.number, "expected \(count) bytes of records, found \(found)")
      }
    } catch {
      report(place, row.number, "its records cannot be read: \(error)")
    }
    var records: [Record] = []
    for (number, part) in row.header.parts.enumerated() {
      let at = Finding(
        file: files.name(place), row: row.number, topic: part.topic.name, offset: part.first,
        found: "it was taken out although it was not trimmed")
      if row.gone.contains(number) {
        segments[segments.count - 1].trimmedParts += 1
        lastTrimmed[Int(part.topic.number)] = (part.first + Int64(part.count), at)
        continue
      }
      do throws(LogError) {
        records += try Self.records(row, number, of: segment)
        segments[segments.count - 1].soundParts += 1
      } catch {
        segments[segments.count - 1].corruptParts += 1
        add(
          Finding(
            file: at.file, row: at.row, topic: at.topic, offset: at.offset, found: Self.why(error)))
      }
    }
    return records
  }

  private static func records(
    _ row: LogSegment.Row, _ place: Int, of segment: LogSegment
  ) throws(LogError) -> [Record] {
    let part = row.header.parts[place]
    guard let bytes = try segment.bytes(of: row, part: place),
      Hex.encode(Hash.sha256.digest(of: bytes)) == part.digest
    else { throw .corrupt(at: "its digest is another") }
    guard let stored = PartCoding.read(bytes[...], count: part.count) else {
      throw .corrupt(at: "expected \(part.count) records with their lengths")
    }
    return try Record.unframe(
      stored, of: Partition(part.topic), from: part.first, time: row.time)
  }

  /// What was taken out must lie before the topic's first offset, which only grows: a writer may
  /// have trimmed meanwhile.
  private func checkTrimmed() {
    guard !lastTrimmed.isEmpty else { return }
    do throws(LogError) {
      let files = try SegmentFiles(files.folder.path)
      let newest = try files.open(files.firsts.count - 1)
      guard let row = try newest?.row(from: files.lastRow) else { return }
      for (topic, (end, finding)) in lastTrimmed.sorted(by: { $0.key < $1.key })
      where end > row.header.firsts[topic] {
        add(finding)
      }
    } catch {
      // The newest row cannot be read: that has been said.
    }
  }

  // MARK: - Findings

  private func report(_ place: Int, _ row: Int64, _ found: String) {
    add(Finding(file: files.name(place), row: row, found: found))
  }

  private func add(_ finding: Finding) {
    findingCount += 1
    if findings.count < Self.findingsMax { findings.append(finding) }
  }

  private static func why(_ error: LogError) -> String {
    switch error {
    case .corrupt(let text), .unavailable(let text): text
    default: "\(error)"
    }
  }
}
