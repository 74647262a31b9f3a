public import JSON

/// Records on their way into the log: values by topic, in the order in which they were added.
public struct Outgoing: Sendable {
  /// The values of one topic, back to back.
  public struct Part: Sendable {
    public let topic: Topic
    var writer = JSONWriter()
    /// For each value where it ends.
    public internal(set) var ends: [Int] = []
    /// For each value the lane whose partition it goes to.
    public internal(set) var lanes: [Lane] = []

    public var bytes: [UInt8] { writer.bytes }

    public func value(_ place: Int) -> Range<Int> {
      (place == 0 ? 0 : ends[place - 1])..<ends[place]
    }
  }

  public private(set) var parts: [Part] = []

  public init() {}

  public var isEmpty: Bool { parts.isEmpty }
  public var count: Int { parts.reduce(0) { $0 + $1.ends.count } }
  public var byteCount: Int { parts.reduce(0) { $0 + $1.writer.count } }

  /// Bytes of the largest value.
  var valueByteCount: Int {
    parts.reduce(0) { largest, part in
      part.ends.indices.reduce(largest) { max($0, part.value($1).count) }
    }
  }

  /// Adds the value that `write` writes. `lane` chooses the partition: the record's own lane, or
  /// for work, which is spread, another.
  public mutating func add(_ topic: Topic, _ lane: Lane, _ write: (inout JSONWriter) -> Void) {
    let place = place(of: topic)
    write(&parts[place].writer)
    close(place, lane)
  }

  /// Adds a value that is already text.
  public mutating func add(_ topic: Topic, _ lane: Lane, value: some Collection<UInt8>) {
    let place = place(of: topic)
    parts[place].writer.raw(value)
    close(place, lane)
  }

  /// Adds all values of another batch behind the own ones.
  public mutating func add(_ other: Outgoing) {
    for part in other.parts {
      let place = place(of: part.topic)
      let start = parts[place].writer.count
      parts[place].writer.raw(part.bytes)
      parts[place].writer.endText()
      parts[place].ends.append(contentsOf: part.ends.lazy.map { $0 + start })
      parts[place].lanes.append(contentsOf: part.lanes)
    }
  }

  private mutating func close(_ place: Int, _ lane: Lane) {
    parts[place].writer.endText()
    parts[place].ends.append(parts[place].writer.count)
    parts[place].lanes.append(lane)
  }

  private mutating func place(of topic: Topic) -> Int {
    if let place = parts.firstIndex(where: { $0.topic == topic }) { return place }
    parts.append(Part(topic: topic))
    return parts.count - 1
  }
}
