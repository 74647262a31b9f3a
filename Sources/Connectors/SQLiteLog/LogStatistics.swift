import Automation
public import Calendar
public import Streams

/// Counts what a log holds from its files, beside a writer or without one: by topic and by segment.
/// Reads every header, and of the records only those that may be the largest. All of it blocks.
public struct LogStatistics: Sendable {
  /// What there is of a topic.
  public struct TopicCount: Sendable {
    public let name: String
    /// Stored records: small facts stand together in one, a large value stands in several.
    public internal(set) var records = 0
    public internal(set) var bytes = 0
    /// Of the oldest and the newest row that has some of it.
    public internal(set) var firstTime: Instant?
    public internal(set) var lastTime: Instant?
    /// What lies before this offset is trimmed, and may leave the disk.
    public internal(set) var firstOffset: Int64 = 0
    public internal(set) var end: Int64 = 0
  }

  public struct SegmentCount: Sendable {
    public let file: String
    /// The file's size.
    public let bytes: Int
    public let firstRow: Int64
    public internal(set) var rows = 0
    public internal(set) var firstTime: Instant?
    public internal(set) var lastTime: Instant?
    /// Bytes of records that were taken out of it.
    public internal(set) var trimmedBytes = 0
  }

  /// The largest stored record.
  public struct Biggest: Sendable, Equatable {
    public let topic: String
    public let offset: Int64
    public let bytes: Int
  }

  public private(set) var topics: [TopicCount]
  public private(set) var segments: [SegmentCount] = []
  public private(set) var biggest: Biggest?
  public private(set) var incarnation = ""

  /// - Parameters:
  ///   - path: the folder of the log.
  ///   - note: is told bytes of rows that were passed, and how many there are about.
  public init(of path: String, _ note: (Int, Int) -> Void) throws(LogError) {
    topics = Topic.all.map { TopicCount(name: $0.name) }
    let files = try SegmentFiles(path)
    let total = files.byteCount
    for place in files.firsts.indices {
      guard let segment = try files.open(place) else { continue }
      segments.append(
        SegmentCount(
          file: files.name(place), bytes: files.byteCount(place),
          firstRow: segment.firstRow))
      let last = files.lastRow(ofSegment: place)
      var next = segment.firstRow
      while next <= last, let row = try segment.row(from: next) {
        note(try take(row, of: segment), total)
        next = row.number + 1
      }
    }
    topics.removeAll { $0.end == 0 }
  }

  /// Gives the bytes that the row has.
  private mutating func take(
    _ row: LogSegment.Row, of segment: LogSegment
  ) throws(LogError) -> Int {
    let place = segments.count - 1
    segments[place].rows += 1
    segments[place].firstTime = segments[place].firstTime ?? row.time
    segments[place].lastTime = row.time
    incarnation = row.header.incarnation
    var bytes = row.text.count
    for (number, part) in row.header.parts.enumerated() {
      if row.gone.contains(number) {
        segments[place].trimmedBytes += part.bytes
        continue
      }
      bytes += part.bytes
      count(part, at: row.time)
      try compare(part, number, row, segment)
    }
    for (index, topic) in Topic.all.enumerated() {
      topics[index].firstOffset = row.header.firsts[Int(topic.number)]
      topics[index].end = row.header.ends[Int(topic.number)]
    }
    return bytes
  }

  private mutating func count(_ part: LogHeader.Part, at time: Instant) {
    guard let index = topics.firstIndex(where: { $0.name == part.topic.name }) else { return }
    topics[index].records += part.count
    topics[index].bytes += part.bytes
    topics[index].firstTime = topics[index].firstTime ?? time
    topics[index].lastTime = time
  }

  /// A record is no larger than its part, so few parts need be read.
  private mutating func compare(
    _ part: LogHeader.Part, _ number: Int, _ row: LogSegment.Row, _ segment: LogSegment
  ) throws(LogError) {
    guard part.bytes > biggest?.bytes ?? 0, let bytes = try segment.bytes(of: row, part: number)
    else { return }
    guard let stored = PartCoding.read(bytes[...], count: part.count) else {
      throw .corrupt(at: "\(segment.path): row \(row.number): \(part.topic.name)@\(part.first)")
    }
    for (place, record) in stored.enumerated() where record.count > biggest?.bytes ?? 0 {
      biggest = Biggest(
        topic: part.topic.name, offset: part.first + Int64(place), bytes: record.count)
    }
  }
}
