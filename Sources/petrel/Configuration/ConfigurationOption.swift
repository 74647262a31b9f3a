/// One thing about the program that a person can set, under one name everywhere: `worker.slots` in
/// `DIR/petrel.yaml` (nested or dotted), `PETREL_WORKER_SLOTS`, `--worker-slots`.
struct ConfigurationOption: Sendable {
  let name: String
  let kind: Kind
  /// As it would be written in the file.
  let defaultText: String
  let summary: String
  /// What a `count` counts.
  var countUnit = ""
  /// Where the folder is cannot stand in a file in it.
  var isInFile = true

  init(_ name: String, _ kind: Kind, default defaultText: String, _ summary: String) {
    self.name = name
    self.kind = kind
    self.defaultText = defaultText
    self.summary = summary
  }

  var variable: String { "PETREL_" + Self.replacing(name, with: "_").uppercased() }
  var flag: String { Self.replacing(name, with: "-") }

  private static func replacing(_ name: String, with separator: String) -> String {
    name.split(separator: ".").joined(separator: separator)
  }

  private func counting(_ unit: String) -> ConfigurationOption {
    var option = self
    option.countUnit = unit
    return option
  }

  private func outsideOfFile() -> ConfigurationOption {
    var option = self
    option.isInFile = false
    return option
  }
}

/// The one table. A new option is an entry in `all` and a property of `Configuration`.
extension ConfigurationOption {
  static let data = ConfigurationOption(
    "data", .text(isEmptyAllowed: false), default: "./data",
    "The folder that holds everything: log, packs, keys, database"
  ).outsideOfFile()
  static let listen = ConfigurationOption(
    "listen", .address, default: "127.0.0.1:9101", "Where HTTP is served; port 0 is any free one")
  static let database = ConfigurationOption(
    "database", .text(isEmptyAllowed: true), default: "",
    "libpq's connection text of a PostgreSQL database; empty: a private server in the folder")
  static let logLevel = ConfigurationOption(
    "log.level", .choice(["debug", "info", "warning", "error"]), default: "info",
    "From which level on the program logs")
  static let logFormat = ConfigurationOption(
    "log.format", .choice(["json", "text"]), default: "text",
    "Log lines for machines or for people")
  static let intakeBodyMax = ConfigurationOption(
    "intake.body.max", .bytes(1 << 10...64 << 20), default: "8 MiB",
    "The largest body that is taken all or not at all (mode=all)")
  static let intakeEventMax = ConfigurationOption(
    "intake.event.max", .bytes(1 << 10...16 << 20), default: "1 MiB", "The largest event")
  static let connectionsMax = ConfigurationOption(
    "http.connections.max", .count(16...65_536), default: "4096",
    "HTTP connections at once; more are answered 503, of one host 429"
  ).counting("connections")
  static let names = ConfigurationOption(
    "http.names", .text(isEmptyAllowed: true), default: "",
    "Names, separated by commas, by which clients call the server besides its address")
  static let workerSlots = ConfigurationOption(
    "worker.slots", .count(1...1_024), default: "16", "Actions that run at once"
  ).counting("actions")
  static let workerName = ConfigurationOption(
    "worker.name", .text(isEmptyAllowed: false), default: "",
    "What executions call the worker that ran them; by default the host's name")
  static let workerOutputMax = ConfigurationOption(
    "worker.output.max", .bytes(1 << 10...16 << 20), default: "10 MiB",
    "Of an action's output; what goes beyond is cut off and the result says so")
  static let logSegmentMax = ConfigurationOption(
    "log.segment.max", .bytes(1 << 20...64 << 30), default: "1 GiB",
    "From which size on the event log begins a new file")
  static let logSegmentAge = ConfigurationOption(
    "log.segment.age", .duration(.seconds(60)...(.seconds(30 * 86_400))), default: "1d",
    "From which age on the event log begins a new file")
  static let freeSpaceMin = ConfigurationOption(
    "free.space.min", .bytesOrAutomatic(0...1 << 50), default: "auto",
    "Below it intake answers 503; auto: 5 % of the file system, 64 MiB to 1 GiB")
  static let dedupWindow = ConfigurationOption(
    "dedup.window", .duration(.seconds(1)...(.seconds(30 * 86_400))), default: "1d",
    "How long an event's id is known, so that a second copy is a duplicate")
  static let dedupIDs = ConfigurationOption(
    "dedup.ids", .count(1...1 << 20), default: "65536",
    "How many ids a lane (one of 256) knows at most"
  ).counting("ids")
  static let audit = ConfigurationOption(
    "audit", .choice(["full", "matched"]), default: "full",
    "Ended executions become trigger instances always, or when a rule listens to them")
  static let historyRetention = ConfigurationOption(
    "retention.history", .duration(.seconds(86_400)...(.seconds(36_500 * 86_400))),
    default: "90d", "How long events, commands, triggers, decisions, dead letters stay in the log")
  static let transportRetention = ConfigurationOption(
    "retention.transport", .duration(.seconds(3_600)...(.seconds(36_500 * 86_400))),
    default: "7d", "How long results, letters, ticks, work and live output stay in the log")
  static let drainTimeout = ConfigurationOption(
    "drain.timeout", .duration(.zero ... .seconds(3_600)), default: "30s",
    "How long a stop waits for running actions")

  static let all: [ConfigurationOption] = [
    data, listen, database, logLevel, logFormat, intakeBodyMax, intakeEventMax, connectionsMax,
    names, workerSlots, workerName, workerOutputMax, logSegmentMax, logSegmentAge, freeSpaceMin,
    dedupWindow, dedupIDs, audit, historyRetention, transportRetention, drainTimeout,
  ]
}
