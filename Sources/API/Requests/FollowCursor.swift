import HTTPServer
import Streams

/// How far a follower of a topic is, as it stands in an event's id: for each partition the position
/// of the last record that it has read, `12`, or `12.3` for the fourth fact of a packed one; `-1`
/// before the first; separated by commas. Behind `@` stands the log that they belong to, which who
/// writes one by hand may leave out.
struct FollowCursor: Equatable {
  /// What is to be read next.
  struct Place: Equatable {
    var offset: Int64
    var index = 0
  }

  private static let form =
    "a position such as 12 or 12.3, one for each partition, separated by commas"

  var places: [Partition: Place]
  let incarnation: String

  init(_ positions: Positions, incarnation: String) {
    places = positions.mapValues { Place(offset: $0) }
    self.incarnation = incarnation
  }

  init(_ text: String, _ partitions: [Partition], incarnation: String) throws(Fault) {
    let halves = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    guard halves.count == 1 || halves[1] == incarnation else {
      throw Fault(
        409, "the position '\(text)' belongs to another log, as before a restore; begin anew")
    }
    let texts = halves[0].split(separator: ",", omittingEmptySubsequences: false)
    guard texts.count == partitions.count else {
      throw Fault(400, "after must be \(Self.form), found '\(text)'")
    }
    places = [:]
    self.incarnation = incarnation
    for (partition, part) in zip(partitions, texts) {
      guard let place = Self.place(part) else {
        throw Fault(400, "after must be \(Self.form), found '\(text)'")
      }
      places[partition] = place
    }
  }

  private static func place(_ text: Substring) -> Place? {
    let numbers = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let offset = Int64(numbers[0]), (-1..<Int64.max).contains(offset) else { return nil }
    guard numbers.count == 2 else { return Place(offset: offset + 1) }
    guard let index = Int32(numbers[1]), index >= 0, index < .max, offset >= 0 else { return nil }
    return Place(offset: offset, index: Int(index) + 1)
  }

  var text: String {
    let parts = places.sorted { $0.key < $1.key }.map { _, place in
      place.index == 0 ? "\(place.offset - 1)" : "\(place.offset).\(place.index - 1)"
    }
    return parts.joined(separator: ",") + "@" + incarnation
  }

  var positions: Positions { places.mapValues(\.offset) }

  /// Whether a record was read before, as part of a packed one.
  func hasPassed(_ position: Position) -> Bool {
    guard let place = places[position.partition] else { return false }
    return position.offset == place.offset && position.index < place.index
  }

  /// Goes past a record, and with the last fact of a packed one past that.
  mutating func pass(_ position: Position, isLastOfOffset: Bool) {
    places[position.partition] =
      isLastOfOffset
      ? Place(offset: position.offset + 1)
      : Place(offset: position.offset, index: position.index + 1)
  }

  /// Goes to where a batch ends.
  mutating func pass(_ batch: Batch) {
    for (partition, offset) in batch.positions where offset > places[partition]?.offset ?? 0 {
      places[partition] = Place(offset: offset)
    }
  }
}
