/// A named, ordered collection of records. The sixteen topics, their numbers and what they hold are
/// described in `topics/`; a test holds those files and the code against each other.
public struct Topic: Sendable, Hashable {
  public enum Kind: String, Sendable {
    /// What a processor reads from outside its chain.
    case input
    /// What a processor decided.
    case facts
    /// Work to be spread over workers.
    case queue
    /// Read whole, never consumed: the newest record of each key counts.
    case table
    /// Read by people and sinks only.
    case stream
  }

  /// How long records stay in the log; what nobody has read yet, or what state rests on, stays
  /// longer.
  public enum Retention: Sendable {
    /// What people ask about later.
    case history
    /// What has done its work once it is read.
    case transport
    case forever
    /// The newest record of each key.
    case newest
  }

  public let name: String
  /// 0...15; part of every identifier, so it never changes.
  public let number: UInt8
  public let kind: Kind
  /// Whether the facts of one commit and partition form one record, a JSON array.
  public let packing: Bool
  public let retention: Retention

  public init(
    _ name: String, number: UInt8, _ kind: Kind, packing: Bool = false,
    retention: Retention = .forever
  ) {
    precondition(number < 16, "a topic's number has four bits")
    self.name = name
    self.number = number
    self.kind = kind
    self.packing = packing
    self.retention = retention
  }

  /// Tables have one partition whatever the count of the others.
  public var isUnpartitioned: Bool { kind == .table && self != .checkpoints }

  public static func == (one: Topic, other: Topic) -> Bool { one.number == other.number }
  public func hash(into hasher: inout Hasher) { hasher.combine(number) }
}

extension Topic {
  /// Facts that one lane addressed to another, read by the same processor there.
  public static let letters = Topic("letters", number: 3, .input, retention: .transport)
  /// Waits that have fallen due.
  public static let ticks = Topic("ticks", number: 4, .input, retention: .transport)
  /// Open entities of each lane and the positions they reach.
  public static let checkpoints = Topic("checkpoints", number: 14, .table, retention: .newest)
  /// What could not be understood or delivered, with reason and position.
  public static let deadLetters = Topic("dead-letters", number: 15, .stream, retention: .history)
}

/// One ordered part of a topic.
public struct Partition: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let topic: Topic
  public let index: Int

  public init(_ topic: Topic, _ index: Int = 0) {
    self.topic = topic
    self.index = index
  }

  public static func < (one: Partition, other: Partition) -> Bool {
    (one.topic.number, one.index) < (other.topic.number, other.index)
  }

  public var description: String { "\(topic.name)/\(index)" }
}

/// Where a record stands: a packed record holds several, told apart by `index`.
public struct Position: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let partition: Partition
  public let offset: Int64
  public let index: Int

  public init(_ partition: Partition, offset: Int64, index: Int = 0) {
    self.partition = partition
    self.offset = offset
    self.index = index
  }

  public static func < (one: Position, other: Position) -> Bool {
    (one.partition, one.offset, one.index) < (other.partition, other.offset, other.index)
  }

  public var description: String {
    index == 0 ? "\(partition)@\(offset)" : "\(partition)@\(offset).\(index)"
  }
}

/// For each partition the offset of the next record to read.
public typealias Positions = [Partition: Int64]
