public import Streams

/// The topics of automation; `letters`, `ticks`, `checkpoints` and `dead-letters` are the stream's
/// own. Numbers are part of identifiers and never change.
extension Topic {
  /// What arrived, as it arrived.
  public static let events = Topic("events", number: 0, .input, retention: .history)
  /// What people and programs ask for: run, cancel.
  public static let commands = Topic("commands", number: 1, .input, retention: .history)
  /// What workers say: started, finished.
  public static let results = Topic("results", number: 2, .input, retention: .transport)
  /// Trigger instances.
  public static let triggers = Topic(
    "triggers", number: 5, .facts, packing: true, retention: .history)
  /// What every candidate rule decided about a trigger instance, and why.
  public static let decisions = Topic(
    "decisions", number: 6, .facts, packing: true, retention: .history)
  /// Status transitions of executions; the ended one holds the result.
  public static let executions = Topic("executions", number: 7, .facts)
  /// What the conductor recorded.
  public static let workflows = Topic("workflows", number: 8, .facts)
  /// Scheduled executions with what a worker needs.
  public static let work = Topic("work", number: 9, .queue, retention: .transport)
  /// Every revision of packs, rules, actions and trigger types.
  public static let content = Topic("content", number: 10, .table)
  /// Datastore entries.
  public static let keys = Topic("keys", number: 11, .table, retention: .newest)
  /// Which worker was alive when.
  public static let workers = Topic("workers", number: 12, .table, retention: .transport)
  /// Live output of running actions.
  public static let output = Topic("output", number: 13, .stream, retention: .transport)

  /// All sixteen, in the order of their numbers.
  public static let all: [Topic] = [
    .events, .commands, .results, .letters, .ticks, .triggers, .decisions, .executions,
    .workflows, .work, .content, .keys, .workers, .output, .checkpoints, .deadLetters,
  ]

  /// The topic of that name, nil if there is none.
  public static func named(_ name: String) -> Topic? { all.first { $0.name == name } }
}
