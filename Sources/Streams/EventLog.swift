public import Calendar
public import JSON

/// Where records are kept: in memory, in SQLite, in Kafka. All pass one contract suite.
///
/// An append or a commit is whole or not at all. The log gives every record its position and its
/// time; time never runs backwards in a partition. There are two ends: what is *recorded* may be
/// lost with the machine's power, what is *durable* may not.
public protocol EventLog: Sendable {
  /// The log's identity; another one after restore or copy. Who holds positions holds it too.
  var incarnation: String { get }

  /// 1, 2, 4 ... 256; 1 for tables.
  func partitionCount(of topic: Topic) -> Int

  /// The time that the log would give to a record appended now.
  func now() -> Instant

  /// Appends records; each topic's come to stand in the order in which they were added.
  /// With `.synced` it returns when they are durable.
  func append(_ records: Outgoing, _ durability: Durability) async throws(LogError) -> [Appended]

  /// Appends facts and moves the owner's positions in one.
  @discardableResult
  func commit(
    _ facts: Outgoing, consumed: Positions, as owner: Owner, _ durability: Durability
  ) async throws(LogError) -> [Appended]

  /// Makes durable whatever is recorded at the call.
  func sync() async throws(LogError)

  /// Records from the given positions on, in order within each partition, at most about
  /// `bytesMax` bytes (but at least one record). Where there are none it waits for some at most
  /// `wait`. The result's positions say where to read on.
  func read(
    from positions: Positions, to end: End, bytesMax: Int, wait: Duration
  ) async throws(LogError) -> Batch

  func bounds(_ partition: Partition) async throws(LogError) -> Bounds

  /// The offset of the first record whose time is not before `time`; the recorded end if none.
  func position(of time: Instant, in partition: Partition) async throws(LogError) -> Int64

  /// Where a group stands in one partition of its topics: the positions it last committed.
  func committed(_ group: String, partition: Int) async throws(LogError) -> Positions

  /// Runs `body` for each partition that falls to this process, as the only owner of it in
  /// `group`. A later owner fences the earlier: its commits throw `.fenced`.
  func serve(
    as group: String, _ body: @escaping @Sendable (Owner) async throws -> Void) async throws

  /// Lets go of the records before `offset`.
  func trim(_ partition: Partition, before offset: Int64) async throws(LogError)
}

/// When a call returns: what is only recorded is lost if the machine, not only the process, dies
/// at once.
public enum Durability: Sendable {
  /// Durable within a few milliseconds, or with the next sync.
  case recorded
  /// Durable before the call returns.
  case synced
}

/// Up to where a reader may read.
public enum End: Sendable {
  case recorded
  case durable
}

/// Who may move a group's positions in one partition. The epoch grows with every change of owner.
public struct Owner: Sendable, Hashable {
  public let group: String
  public let partition: Int
  public let epoch: Int64

  public init(group: String, partition: Int, epoch: Int64) {
    self.group = group
    self.partition = partition
    self.epoch = epoch
  }
}

/// Offsets of a partition: of its first record, and one past its last durable and last recorded.
public struct Bounds: Sendable, Hashable {
  public var first: Int64
  public var durable: Int64
  public var end: Int64

  public init(first: Int64, durable: Int64, end: Int64) {
    self.first = first
    self.durable = durable
    self.end = end
  }
}

/// What the log says of an appended record.
public struct Appended: Sendable, Hashable {
  public let position: Position
  public let time: Instant

  public init(position: Position, time: Instant) {
    self.position = position
    self.time = time
  }
}

/// A record as it is read. `value` is one CloudEvent as JSON text.
public struct Record: Sendable {
  public let position: Position
  /// Log time.
  public let time: Instant
  public let value: ArraySlice<UInt8>

  public init(position: Position, time: Instant, value: ArraySlice<UInt8>) {
    self.position = position
    self.time = time
    self.value = value
  }
}

extension Record {
  /// The record parsed.
  public func event() throws(JSONError) -> JSONView {
    try JSONDocument(parsing: value, limits: Limits.json).root
  }
}

/// What a read gives.
public struct Batch: Sendable {
  public var records: [Record]
  /// Where to read on, for every partition that was asked for.
  public var positions: Positions

  public init(records: [Record] = [], positions: Positions = [:]) {
    self.records = records
    self.positions = positions
  }
}

/// Why a log did not do what it was asked for, named by what the caller does next.
public enum LogError: Error, Equatable {
  /// The caller's task was cancelled.
  case cancelled
  /// Another owner has taken over: stop, drop state.
  case fenced
  /// It may work again later: drop state, wait, begin anew.
  case unavailable(String)
  /// No room: refuse intake, try again later.
  case full
  /// The value at this place of the batch is larger than the log takes.
  case tooLarge(max: Int)
  /// The records asked for are gone.
  case trimmed(first: Int64)
  /// A position beyond the log's end: it belongs to another log or to a lost end.
  case beyondEnd(Partition, end: Int64)
  /// What is stored is not what was written: stop.
  case corrupt(at: String)
}

extension LogError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .cancelled: "cancelled"
    case .fenced: "another owner has taken over"
    case .unavailable(let why): "the log is not available: \(why)"
    case .full: "the log cannot take more: no space left"
    case .tooLarge(let max): "a value is larger than \(max) bytes"
    case .trimmed(let first): "the records asked for are gone; the first one left is \(first)"
    case .beyondEnd(let partition, let end):
      "a position lies beyond the end \(end) of \(partition): it belongs to another log"
    case .corrupt(let place): "the log is damaged at \(place); see 'petrel log verify'"
    }
  }
}
