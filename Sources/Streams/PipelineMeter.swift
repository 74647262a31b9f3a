public import Telemetry

/// What a pipeline measures of itself, a few atomic operations a batch: inputs, the time of a step,
/// commits, facts by what they say, checkpoints.
public struct PipelineMeter: Sendable {
  /// A family of counters for the facts of one topic, one series for each value of `countedAs`.
  public struct Counted: Sendable {
    let topic: Topic
    let name: String
    let help: String
    let label: String
    let values: [String]

    public init(
      _ topic: Topic, _ name: String, _ help: String, by label: String, values: [String]
    ) {
      self.topic = topic
      self.name = name
      self.help = help
      self.label = label
      self.values = values
    }
  }

  /// From a microsecond to a second.
  private static let stepBounds = [
    1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 1e-2, 1e-1, 1,
  ]

  private let inputs: [Topic: Counter]
  private let facts: [FactTally.Place: Counter]
  private let stepSeconds: Histogram
  private let commits: Counter
  private let commitFacts: Counter
  private let commitBytes: Counter
  private let commitSeconds: Histogram
  private let checkpointSeconds: Histogram
  private let wholeBytes: Gauge
  private let changeBytes: Gauge

  public init(_ metrics: Metrics, inputs topics: [Topic], counting families: [Counted]) {
    var inputs: [Topic: Counter] = [:]
    for topic in topics {
      inputs[topic] = metrics.counter(
        "petrel_engine_inputs_total", "Inputs that the engine has taken.", ["topic": topic.name])
    }
    var facts: [FactTally.Place: Counter] = [:]
    for family in families {
      for value in family.values {
        facts[FactTally.Place(topic: family.topic, value: value)] = metrics.counter(
          family.name, family.help, [family.label: value])
      }
    }
    self.inputs = inputs
    self.facts = facts
    stepSeconds = metrics.histogram(
      "petrel_engine_step_seconds", "Time of one step, the mean of each batch.",
      bounds: Self.stepBounds)
    commits = metrics.counter("petrel_engine_commits_total", "Commits of the engine.")
    commitFacts = metrics.counter(
      "petrel_engine_facts_total", "Records that the engine has committed.")
    commitBytes = metrics.counter(
      "petrel_engine_commit_bytes_total", "Bytes that the engine has committed.")
    commitSeconds = metrics.histogram(
      "petrel_engine_commit_seconds", "How long the engine waited for a commit.")
    checkpointSeconds = metrics.histogram(
      "petrel_engine_checkpoint_seconds", "How long the engine took to write a checkpoint.")
    let (size, help) = ("petrel_engine_checkpoint_bytes", "Size of the newest checkpoint.")
    wholeBytes = metrics.gauge(size, help, ["kind": "whole"])
    changeBytes = metrics.gauge(size, help, ["kind": "changes"])
  }

  func noteSteps(_ records: [Record], took time: Duration) {
    guard let first = records.first else { return }
    var (topic, count) = (first.position.partition.topic, 0)
    for record in records {
      if record.position.partition.topic != topic {
        inputs[topic]?.add(count)
        (topic, count) = (record.position.partition.topic, 0)
      }
      count += 1
    }
    inputs[topic]?.add(count)
    stepSeconds.observe(time / .seconds(records.count))
  }

  func noteCommit(_ outgoing: Outgoing, _ tally: FactTally, took time: Duration) {
    commits.add()
    commitFacts.add(outgoing.count)
    commitBytes.add(outgoing.byteCount)
    commitSeconds.observe(time)
    for (place, count) in tally.counts { facts[place]?.add(count) }
  }

  func noteCheckpoint(isWhole: Bool, byteCount: Int, took time: Duration) {
    checkpointSeconds.observe(time)
    (isWhole ? wholeBytes : changeBytes).set(Double(byteCount))
  }
}

/// Facts that steps have recorded and no commit holds yet, by what they are counted as.
struct FactTally {
  struct Place: Hashable {
    let topic: Topic
    let value: String
  }

  private(set) var counts: [Place: Int] = [:]

  mutating func add(_ entries: [StepRecorder.Entry]) {
    for entry in entries {
      guard case .fact(let fact, let topic) = entry.kind, let value = fact.countedAs else {
        continue
      }
      counts[Place(topic: topic, value: value), default: 0] += 1
    }
  }

  /// What was added since the last call.
  mutating func take() -> FactTally {
    defer { counts.removeAll(keepingCapacity: true) }
    return self
  }
}
