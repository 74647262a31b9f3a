import Calendar
import Crypto
import Streams

/// What a row must be after the rows before it: chained to them by its hash, with a header that
/// goes on where theirs ended. Says what is wrong; a row that is damaged does not make the one
/// after it wrong.
struct RowCheck {
  /// Hashes that are kept for the next row: where a row is damaged, nobody knows whether what it
  /// says or its hash is wrong, and the next row tells.
  private static let hashesMax = 4

  /// What the next row may follow; nil where the row before is not there.
  private var hashes: [[UInt8]]?
  /// Of the row before; nil where it was damaged or is not there.
  private var last: LogHeader?
  private var lastTime: Instant?
  private(set) var incarnation: String?

  /// Whether the next row is the first that anybody knows of.
  private var isBeginning = true

  /// The next row does not follow the last one: rows between them are missing.
  mutating func skip() {
    hashes = nil
    last = nil
  }

  /// What is wrong with a row that is the first of its segment or not.
  mutating func take(
    _ stored: LogSegment.StoredRow, _ row: LogSegment.Row?, isFirst: Bool
  ) -> [String] {
    var faults: [String] = []
    if let found = chain(stored, row?.header, isFirst: isFirst) { faults.append(found) }
    defer { isBeginning = false }
    guard let row else {
      last = nil
      return ["its header, or the list of what was trimmed of it, cannot be read"]
    }
    guard faults.isEmpty else {
      last = nil
      return faults
    }
    if let lastTime, row.time < lastTime { faults.append("its time lies before the row before") }
    faults += state(row.header, isLogsFirst: isBeginning && row.number == 1)
    lastTime = row.time
    last = row.header
    incarnation = row.header.incarnation
    return faults
  }

  // MARK: - The chain

  private mutating func chain(
    _ stored: LogSegment.StoredRow, _ header: LogHeader?, isFirst: Bool
  ) -> String? {
    let told = header?.previous.flatMap { try? Hex.decode($0) }
    let isLogsFirst = stored.number == 1
    let known = hashes ?? (isLogsFirst ? [[]] : told.map { [$0] })
    guard let known else {
      // Nobody knows what it follows.
      hashes = [stored.hash]
      return nil
    }
    let computed = known.map {
      LogHeader.hash(previous: $0, time: stored.time, header: stored.text)
    }
    if computed.contains(stored.hash) {
      hashes = [stored.hash]
      let isTold = header?.previous != nil
      if isTold != (isFirst && !isLogsFirst) {
        return "only the first row of a segment names the hash before it, and each of those does"
      }
      if let told, !known.contains(told) { return "it names another hash than the row before has" }
      return nil
    }
    hashes = Array((computed.prefix(Self.hashesMax - 1) + [stored.hash]))
    return "its hash is another"
  }

  // MARK: - The state

  private func state(_ header: LogHeader, isLogsFirst: Bool) -> [String] {
    var faults: [String] = []
    if let last, header.incarnation != last.incarnation, !header.parts.isEmpty {
      faults.append("the log's incarnation changes with records")
    }
    let before = last ?? (isLogsFirst ? LogHeader(incarnation: header.incarnation) : nil)
    faults += offsets(header, after: before)
    for number in header.firsts.indices {
      if header.firsts[number] > header.ends[number]
        || header.firsts[number] < before?.firsts[number] ?? 0
      {
        faults.append("the first offset of topic \(number) is \(header.firsts[number])")
      }
    }
    for (name, group) in header.groups.sorted(by: { $0.key < $1.key }) {
      faults += positions(name, group, header, after: before?.groups[name])
    }
    for name in before?.groups.keys.sorted() ?? [] where header.groups[name] == nil {
      faults.append("the group \(name) is not there any more")
    }
    return faults
  }

  /// Each part begins where its topic ended, and the ends are those of the parts.
  private func offsets(_ header: LogHeader, after before: LogHeader?) -> [String] {
    var faults: [String] = []
    var ends = before?.ends.map { Optional($0) } ?? [Int64?](repeating: nil, count: 16)
    for part in header.parts {
      let number = Int(part.topic.number)
      if let end = ends[number], part.first != end {
        faults.append("\(part.topic.name)@\(part.first): expected the offset \(end)")
      }
      ends[number] = part.first + Int64(part.count)
    }
    for (number, end) in ends.enumerated() {
      if let end, header.ends[number] != end {
        faults.append("the end of topic \(number) is \(header.ends[number]), expected \(end)")
      }
    }
    return faults
  }

  private func positions(
    _ name: String, _ group: LogHeader.Group, _ header: LogHeader, after before: LogHeader.Group?
  ) -> [String] {
    var faults: [String] = []
    if let before, group.epoch < before.epoch {
      faults.append("the epoch of the group \(name) goes back")
    }
    for (number, position) in group.positions.enumerated() {
      if let position, position > header.ends[number] {
        faults.append("the group \(name) stands at \(position) of topic \(number), beyond its end")
      }
      if let old = before?.positions[number], position ?? -1 < old {
        faults.append("the group \(name) goes back in topic \(number)")
      }
    }
    return faults
  }
}
