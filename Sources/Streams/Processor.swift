public import Calendar
public import JSON

/// A deterministic step: what has been recorded decides what is recorded next.
///
/// `decide` and `evolve` are pure: no clock, no randomness, no input or output; time is the lane's
/// log time. Neither can fail: an input that cannot be understood becomes a dead letter that says
/// so. State is the fold of the processor's own recorded facts and nothing else.
public protocol Processor<State, Fact>: Sendable {
  /// Of one lane.
  associatedtype State: Sendable
  associatedtype Fact: FactCoding

  static var name: String { get }
  /// Topics that it reads: inputs of the pipeline and facts of its chain.
  static var inputs: [Topic] { get }
  /// Where its facts are recorded.
  static var output: Topic { get }

  var initialState: State { get }
  func decide(_ input: Input, _ state: State, _ tables: Tables, into step: inout Step<Fact>)
  func evolve(_ state: inout State, _ recorded: Recorded<Fact>)
  /// When the earliest wait of the lane falls due; asked after every step, so O(1). A tick at or
  /// after it must move it on, or it becomes a dead letter and has no tick again until it is
  /// another one.
  func earliestDeadline(_ state: State, _ tables: Tables) -> Instant?
  /// Writes the open entities: all of them, or those that changed since the last call.
  func save(_ state: inout State, _ scope: CheckpointScope, into writer: inout CheckpointWriter)
  /// Takes one saved entity back; nil removes it.
  func restore(_ entity: String, _ value: JSONView?, into state: inout State)
    throws(RecordError)
}

extension Processor {
  public func earliestDeadline(_ state: State, _ tables: Tables) -> Instant? { nil }
}

/// What a processor is offered: a record from the log, a fact that its chain has just recorded, a
/// letter to it, or a tick.
public struct Input {
  public enum Content {
    /// A record of an input topic, parsed.
    case record(JSONView)
    /// A fact of the same chain.
    case fact(any FactCoding)
    /// A fact of the processor itself, addressed to this lane by the lane `from`.
    case letter(any FactCoding, from: Lane)
    /// A wait has fallen due; the deadline.
    case tick(Instant)
  }

  public let topic: Topic
  public let content: Content
  public let root: Root
  /// What the input is called: the record's or the fact's id.
  public let id: String
  /// The fact's identifier; nil for records from outside.
  public let identifier: Identifier?
  public let depth: Int
  /// The root's record, parsed once a step; nil for ticks.
  public let body: JSONView?
  /// Bytes of the root's record; 0 for ticks.
  public let bodyByteCount: Int

  public var lane: Lane { root.lane }
  /// Log time: the only clock there is.
  public var time: Instant { root.time }
}

/// Where a processor records what it decides. Everything takes the next ordinal of the root.
public struct Step<Fact: FactCoding> {
  let recorder: StepRecorder
  let input: Input
  let output: Topic
  let processor: String
  /// Where this processor's new entries begin.
  let start: Int

  /// Records a fact.
  @discardableResult
  public mutating func append(_ fact: Fact) -> Identifier {
    recorder.add(.fact(fact, output), input)
  }

  /// Schedules work for the workers of a pool; spread by its id over all of them.
  @discardableResult
  public mutating func queue(_ work: any FactCoding, on topic: Topic) -> Identifier {
    recorder.add(.work(work, topic), input)
  }

  /// Addresses a fact to another lane (or this one), where the same processor reads it. A letter is
  /// not folded: what the asker must remember it appends.
  @discardableResult
  public mutating func letter(_ fact: Fact, to lane: Lane) -> Identifier {
    recorder.add(.letter(fact, processor, lane), input)
  }

  /// Records that the input could not be understood or obeyed.
  public mutating func deadLetter(_ reason: String) {
    recorder.add(.deadLetter(DeadLetter(reason: reason, by: processor, input: input)), input)
  }
}

/// What has been recorded in tables, as a step sees it.
public struct Tables: Sendable {
  private var tables: [any Table]

  public init(_ tables: [any Table]) { self.tables = tables }

  var topics: [Topic] { tables.map { type(of: $0).topic } }

  /// - Precondition: the pipeline was made with such a table.
  public subscript<Wanted: Table>(_ type: Wanted.Type) -> Wanted {
    for table in tables {
      if let wanted = table as? Wanted { return wanted }
    }
    preconditionFailure("the pipeline has no table \(Wanted.topic.name)")
  }

  mutating func apply(_ record: Record, _ event: JSONView) throws(RecordError) {
    for place in tables.indices
    where type(of: tables[place]).topic == record.position.partition.topic {
      try tables[place].apply(record, event)
    }
  }
}

/// The fold of a table topic. Its value is cheap to copy.
public protocol Table: Sendable {
  static var topic: Topic { get }
  mutating func apply(_ record: Record, _ event: JSONView) throws(RecordError)
}
