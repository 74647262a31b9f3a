import Automation
import Calendar
import JSON
import Streams
import TestSupport
import Verifier

/// Everything that the files of a data folder's log hold, row by row, read without the log's own
/// code.
struct LogHistory {
  let written: [Written]
  /// What is wrong with the chain of hashes.
  let faults: [String]

  init(data: String) throws {
    let folder = data + "/log"
    let segments = TemporaryFolder.names(folder).filter { $0.hasSuffix(".sqlite") }
    let rows = try StoredRow.all(folder, segments)
    faults = try StoredRow.faults(rows)
    written = try rows.map(Self.written)
  }

  func records(_ topic: Topic) -> [Record] {
    written.flatMap(\.records).filter { $0.position.partition.topic == topic }
  }

  /// What the second opinion finds in it, all being worked off.
  var violations: [String] {
    var verifier = Verifier()
    for written in written { verifier.take(written) }
    verifier.finish()
    return faults + verifier.violations.map(\.description)
  }

  private static func written(_ row: StoredRow) throws -> Written {
    var records: [Record] = []
    var place = 0
    for part in try row.described {
      guard let topic = topics[part.topic] else { continue }
      let bytes = row.parts[place..<place + part.bytes]
      place += part.bytes
      records += try Record.unframe(
        stored(bytes), of: Partition(topic), from: Int64(part.first),
        time: Instant(microseconds: Int64(row.time)))
    }
    var consumed: Positions = [:]
    let positions = try row.json["groups"]?["engine"]?["at"]?.arrayValue ?? []
    for (number, offset) in positions.enumerated() {
      guard let topic = topics[number], let offset = offset.intValue else { continue }
      consumed[Partition(topic)] = Int64(offset)
    }
    return Written(records: records, consumed: consumed)
  }

  /// Each record has its length before it.
  private static func stored(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    var records: [ArraySlice<UInt8>] = []
    var rest = bytes
    while rest.count >= 4 {
      let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      records.append(rest.dropFirst(4).prefix(length))
      rest = rest.dropFirst(4 + length)
    }
    return records
  }

  private static let topics = Dictionary(
    uniqueKeysWithValues: Topic.all.map { (Int($0.number), $0) })
}
