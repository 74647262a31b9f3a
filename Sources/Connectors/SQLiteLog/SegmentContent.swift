import Streams

/// What a closed segment holds of each topic: enough to tell whether trimming it is worth while
/// without reading it again.
struct SegmentContent: Sendable {
  /// Up to which offset the segment's parts reach, and how many bytes those are.
  struct Step: Sendable, Equatable {
    let end: Int64
    let bytes: Int
  }
  private static let stepsMax = 64

  /// Ends of the topics before the segment's first row and behind its last.
  private let starts: [Int64]
  private let ends: [Int64]
  /// The first offsets for which parts were taken out already.
  private let trimmed: [Int64]
  /// For each topic its parts that are there; nil until measured, for that reads every header.
  private(set) var steps: [[Step]]?

  init(_ segment: LogSegment) throws(LogError) {
    let last: Int64?
    do {
      last = try segment.lastRow()
      trimmed = try segment.trimmedFirsts()
    } catch {
      throw LogError(error)
    }
    guard let first = try segment.row(from: 0), let last, let end = try segment.row(from: last)
    else { throw .corrupt(at: "\(segment.path): a closed segment without rows") }
    var starts = first.header.ends
    for part in first.header.parts.reversed() { starts[Int(part.topic.number)] = part.first }
    self.starts = starts
    ends = end.header.ends
  }

  /// Whether all that the segment held lies before these offsets.
  func isGone(before firsts: [Int64]) -> Bool {
    firsts.indices.allSatisfy { starts[$0] == ends[$0] || ends[$0] <= firsts[$0] }
  }

  /// Whether more lies before these offsets than when it was trimmed last.
  func mayShrink(before firsts: [Int64]) -> Bool {
    firsts.indices.contains { min(firsts[$0], ends[$0]) > max(starts[$0], trimmed[$0]) }
  }

  /// Reads how many bytes there are of each topic.
  mutating func measure(
    _ segment: LogSegment, _ isStopped: () -> Bool
  ) throws(LogError) {
    var all = [[Step]](repeating: [], count: ends.count)
    var next = segment.firstRow
    while !isStopped(), let row = try segment.row(from: next) {
      for (place, part) in row.header.parts.enumerated() where !row.gone.contains(place) {
        all[Int(part.topic.number)].append(
          Step(end: part.first + Int64(part.count), bytes: part.bytes))
      }
      next = row.number + 1
    }
    steps = all.map(Self.joined)
  }

  /// The same in few steps.
  private static func joined(_ steps: [Step]) -> [Step] {
    let size = (steps.count + stepsMax - 1) / stepsMax
    guard size > 1 else { return steps }
    return stride(from: 0, to: steps.count, by: size).map { start in
      let group = steps[start..<min(start + size, steps.count)]
      return Step(end: group.last!.end, bytes: group.reduce(0) { $0 + $1.bytes })
    }
  }

  /// Bytes that surely lie before these offsets, and all that there are.
  func bytes(before firsts: [Int64]) -> (gone: Int, all: Int) {
    var (gone, all) = (0, 0)
    for (number, steps) in (steps ?? []).enumerated() {
      for step in steps {
        all += step.bytes
        if step.end <= firsts[number] { gone += step.bytes }
      }
    }
    return (gone, all)
  }
}
