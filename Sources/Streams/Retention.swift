import Calendar
import JSON
public import Telemetry

/// Lets go of what is older than its topic's retention, before the newest checkpoint, and passed by
/// every cursor. What is not yet passed by one holds back all topics to its time, since records
/// name earlier ones of other topics.
public struct Retention: Sendable {
  /// How long the topics of each class are kept.
  public struct Settings: Sendable {
    public var history = Duration.seconds(90 * 86_400)
    public var transport = Duration.seconds(7 * 86_400)
    /// How often it looks.
    public var every = Duration.seconds(600)

    public init() {}
  }

  private let log: any EventLog
  private let topics: [Topic]
  private let settings: Settings
  private let cursors: @Sendable () async throws -> [(Partition, Int64)]
  private let logger: Logger

  /// `cursors` gives everything that reads on somewhere; when it throws nothing is trimmed.
  public init(
    of log: any EventLog, topics: [Topic], settings: Settings = Settings(),
    logger: Logger = Logger(),
    cursors: @escaping @Sendable () async throws -> [(Partition, Int64)]
  ) {
    self.log = log
    self.topics = topics
    self.settings = settings
    self.logger = logger
    self.cursors = cursors
  }

  /// Trims again and again until cancelled; not while everything else starts.
  public func run() async throws {
    try await Task.sleep(for: .seconds(30))
    while true {
      do {
        try await trim()
      } catch {
        try Task.checkCancellation()
        logger.warning("nothing was trimmed", ["why": .text("\(error)")])
      }
      try await Task.sleep(for: settings.every)
    }
  }

  /// Trims what may go at this moment.
  public func trim() async throws {
    // Where cursors and checkpoints stand must be as safe as what is taken away is gone.
    try await log.sync()
    var limits: Positions = [:]
    for (partition, offset) in try await cursors() + checkpointed() {
      limits[partition] = min(limits[partition] ?? offset, offset)
    }
    var horizon = log.now()
    for (partition, offset) in limits {
      if let time = try await time(of: offset, in: partition) { horizon = min(horizon, time) }
    }
    for topic in topics {
      guard let age = settings.age(of: topic.retention) else { continue }
      for index in 0..<log.partitionCount(of: topic) {
        let partition = Partition(topic, index)
        let bounds = try await log.bounds(partition)
        var offset = try await log.position(of: min(horizon, log.now() - age), in: partition)
        offset = min(offset, bounds.durable, limits[partition] ?? offset)
        guard offset > bounds.first else { continue }
        try await log.trim(partition, before: offset)
        logger.info(
          "trimmed", ["partition": .text("\(partition)"), "before": .int(Int(offset))])
      }
    }
  }

  /// The time of the first record that a cursor has not passed; nil when it has passed all.
  private func time(
    of offset: Int64, in partition: Partition
  ) async throws(LogError) -> Instant? {
    let bounds = try await log.bounds(partition)
    let next = max(offset, bounds.first)
    guard next < bounds.durable else { return nil }
    return try await log.read(
      from: [partition: next], to: .durable, bytesMax: 1, wait: .zero
    ).records.first?.time
  }

  /// Up to where the newest checkpoint of each partition reaches; from the start where there is no
  /// checkpoint.
  private func checkpointed() async throws -> [(Partition, Int64)] {
    var reached: [(Partition, Int64)] = []
    for index in 0..<log.partitionCount(of: .checkpoints) {
      let newest = try await CheckpointClosed.newest(in: Partition(.checkpoints, index), of: log)
      for topic in topics where topic.kind == .facts || topic == .ticks {
        let partition = Partition(topic, index)
        // A topic that no checkpoint names is no part of anybody's state.
        let offset = newest.map { $0.positions[topic.name].map { Int64($0) } } ?? 0
        if let offset { reached.append((partition, offset)) }
      }
    }
    return reached
  }
}

extension Retention.Settings {
  /// Nil: it is never trimmed by age.
  fileprivate func age(of retention: Topic.Retention) -> Duration? {
    switch retention {
    case .history: history
    case .transport: transport
    case .forever, .newest: nil
    }
  }
}

extension CheckpointClosed {
  /// The last closed checkpoint; nil if there is none.
  fileprivate static func newest(
    in partition: Partition, of log: any EventLog
  ) async throws -> CheckpointClosed? {
    var newest: CheckpointClosed?
    var positions: Positions = [partition: try await log.bounds(partition).first]
    while true {
      let batch = try await log.read(
        from: positions, to: .durable, bytesMax: InputReader.readBytesMax, wait: .zero)
      for record in batch.records {
        let event = try record.event()
        let type = try Envelope(event).type
        guard type == "petrel.CheckpointClosed", let data = event["data"] else { continue }
        newest = try CheckpointClosed(type: type, data: data)
      }
      if batch.positions == positions { return newest }
      positions = batch.positions
    }
  }
}
