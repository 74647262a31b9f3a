import API
import Automation
import Calendar
import Connectors
import Curl
import Glibc
import HTTPServer
import Runners
import Streams
import Telemetry
import Threads

/// The whole product in one process: log, engine, worker, view and API over one folder.
///
/// Nothing waits for PostgreSQL but the view and what reads it: events are taken, decided and acted
/// upon while it is away.
final class Product: Sendable {
  /// What the process is there for.
  enum Purpose: Sendable {
    case serving
    /// Answers reading commands when no server runs: takes nothing in and runs nothing.
    case reading
  }

  static let engineGroup = "engine"

  let configuration: Configuration
  let purpose: Purpose
  let logger: Logger
  let assets: Assets
  let folder: DataFolder
  let log: SQLiteLog
  let content: ContentFollower
  let view: View
  let space: SpaceGuard
  let metrics: Metrics
  let keeper: ViewKeeper
  let startedAt = Instant.now()
  private let inputs: [Topic] = [.results, .commands, .letters, .events]
  let postgres: PrivatePostgres?
  private let vault: KeyFileVault
  let worker: Worker?
  private let trapPage: TrapPage

  /// Lays the folder out and opens the log. Throws what a person has to mend, in one line each.
  static func open(
    _ configuration: Configuration, _ purpose: Purpose, _ logger: Logger
  ) async throws -> Product {
    let assets = try Assets.find()
    let folder = try DataFolder.layOut(configuration.data)
    var settings = SQLiteLogSettings()
    settings.segmentBytesMax = configuration.logSegmentBytesMax
    settings.segmentAge = configuration.logSegmentAge
    // A reading command may have the folder for a moment.
    if purpose == .serving { settings.lockWait = .seconds(10) }
    let metrics = settings.metrics
    let log = try await SQLiteLog.open(folder.log, settings: settings)
    return try Product(configuration, purpose, logger, Opened(assets, folder, log, metrics))
  }

  /// What a product stands on.
  private struct Opened {
    let assets: Assets
    let folder: DataFolder
    let log: SQLiteLog
    let metrics: Metrics

    init(_ assets: Assets, _ folder: DataFolder, _ log: SQLiteLog, _ metrics: Metrics) {
      self.assets = assets
      self.folder = folder
      self.log = log
      self.metrics = metrics
    }
  }

  private init(
    _ configuration: Configuration, _ purpose: Purpose, _ logger: Logger, _ opened: Opened
  ) throws {
    let (folder, log) = (opened.folder, opened.log)
    self.configuration = configuration
    self.purpose = purpose
    self.logger = logger
    assets = opened.assets
    metrics = opened.metrics
    self.folder = folder
    self.log = log
    content = ContentFollower(log)
    space = SpaceGuard(path: folder.path, bytesMin: configuration.freeSpaceBytesMin)
    vault = try KeyFileVault(path: folder.secretsKey)
    trapPage = try TrapPage(path: folder.trapPage)
    let conninfo: String
    if let given = configuration.database {
      postgres = nil
      conninfo = given
    } else {
      let cluster = PrivatePostgres(folder: folder.postgres, logger: logger)
      postgres = cluster
      conninfo = try PrivatePostgres.conninfo(folder: folder.postgres)
    }
    view = View(conninfo)
    keeper = ViewKeeper(
      log, conninfo: conninfo, migrations: opened.assets.migrations, view: view, logger: logger)
    guard purpose == .serving else {
      worker = nil
      return
    }
    var settings = Worker.Settings(
      name: configuration.workerName, packsFolder: folder.packs,
      apiURL: "http://\(configuration.listen)/api/v1")
    settings.slots = configuration.workerSlots
    settings.outputBytesMax = configuration.workerOutputBytesMax
    worker = Worker(
      log, Runners.all(try HTTPClient()), vault: vault, settings: settings, logger: logger)
  }

  // MARK: - Running

  /// Runs until `stop` is asked for or a part fails for good; then everything that was started is
  /// ended in order, also when the start itself fails. `started` is called once it serves.
  func run(
    until stop: StopRequest, started: @escaping @Sendable ([ListenAddress]) -> Void
  ) async throws {
    let parts = Parts(logger: logger, stop: stop)
    parts.perform("start") { try await self.start(parts, started) }
    await stop.wait()
    await parts.stop("start")
    await end(parts)
    if let failure = parts.failure { throw failure }
  }

  /// The addresses come first, so that a place that is taken is told before any work is begun; who
  /// connects meanwhile waits.
  private func start(
    _ parts: Parts, _ started: @escaping @Sendable ([ListenAddress]) -> Void
  ) async throws {
    let api = apiServer()
    let server = try listen(api)
    do {
      parts.start("space") { try await self.space.run() }
      parts.start("content") { try await self.content.run() }
      if let postgres { parts.start("postgres") { try await postgres.run() } }
      parts.start("view") { try await self.keepView() }
      try await content.load()
      if purpose == .serving { try await startWork(parts) }
      try Task.checkCancellation()
    } catch {
      await server.drain(within: .zero)
      throw error
    }
    parts.start("api") { try await api.run(server, started: started) }
  }

  private func listen(_ api: APIServer) throws -> HTTPServer {
    do {
      return try api.listen(on: addresses)
    } catch HTTPServerError.cannotListen(let address, let reason) {
      throw PlaceTaken(address: address, reason: reason, isSocket: address == folder.socket)
    }
  }

  private func startWork(_ parts: Parts) async throws {
    let packs = ShippedPacks(
      assets: assets, store: PackStore(log, folder: folder.packs), content: content,
      logger: logger)
    try await packs.register()
    let pipeline = pipeline()
    parts.start("engine") { try await pipeline.run(on: self.log) }
    let retention = retention()
    parts.start("retention") { try await retention.run() }
    if let worker {
      let drain = configuration.drainTimeout
      parts.start("worker") { try await worker.run(drain: drain) }
    }
  }

  private var addresses: [ListenAddress] {
    let socket = ListenAddress.unix(path: folder.socket)
    guard purpose == .serving else { return [socket] }
    let place = configuration.listen
    return [.tcp(host: place.host, port: UInt16(place.port)), socket]
  }

  private func apiServer() -> APIServer {
    var settings = APISettings()
    settings.eventBytesMax = configuration.intakeEventBytesMax
    settings.wholeBodyBytesMax = configuration.intakeBodyBytesMax
    settings.names = configuration.names
    settings.limits.connectionCountMax = configuration.connectionsMax
    return APIServer(
      APIParts(
        log: log, content: content, view: view, rebuild: keeper.rebuild, vault: vault,
        packs: PackStore(log, folder: folder.packs), packsFolder: folder.packs,
        space: purpose == .serving ? space : NothingTaken(), status: ProductStatus(self),
        metrics: metrics, engineGroup: Self.engineGroup, workerGroup: Worker.group,
        settings: settings, logger: logger))
  }

  /// Ends from the outside in: nothing new, then what runs, then what records it, then the view.
  private func end(_ parts: Parts) async {
    await parts.stop("api")
    await parts.stop("worker")
    await settleEngine(parts)
    await parts.stop("engine")
    await keeper.settle()
    await parts.stop("view")
    await parts.stop("content")
    await parts.stop("space")
    await parts.stop("retention")
    await parts.stop("postgres")
    await log.close()
  }

  /// Waits a moment for the engine to take what the last actions reported.
  private func settleEngine(_ parts: Parts) async {
    let deadline = ContinuousClock.now + .seconds(5)
    while parts.isRunning("engine"), ContinuousClock.now < deadline {
      guard let committed = try? await log.committed(Self.engineGroup, partition: 0),
        let end = try? await log.bounds(Partition(.results)).end
      else { return }
      if committed[Partition(.results)] ?? 0 >= end { return }
      try? await Task.sleep(for: .milliseconds(20))
    }
  }

  private func pipeline() -> Pipeline {
    let (isAuditFull, window, idsMax) = (
      configuration.isAuditFull, configuration.dedupWindow, configuration.dedupIDsMax
    )
    var settings = PipelineSettings()
    settings.meter = PipelineMeter(metrics, inputs: inputs, counting: Self.counted)
    return Pipeline(
      group: Self.engineGroup, inputs: inputs, witness: trapPage, settings: settings,
      logger: logger
    ) {
      (
        [
          TriggerProcessor(isAuditFull: isAuditFull, window: window, idsMax: idsMax),
          RuleProcessor(), ExecutionProcessor(),
        ],
        Tables([ContentTable(), WorkersTable()])
      )
    }
  }

  private static let counted = [
    PipelineMeter.Counted(
      .decisions, "petrel_decisions_total", "Decisions of rules.", by: "outcome",
      values: Decision.Outcome.allCases.map(\.rawValue)),
    PipelineMeter.Counted(
      .executions, "petrel_executions_ended_total", "Executions that have ended.", by: "status",
      values: ExecutionStatus.allCases.filter(\.isCompleted).map(\.rawValue)),
  ]

  /// While the database is away nobody knows what the view has read, so nothing is trimmed.
  private func retention() -> Retention {
    var settings = Retention.Settings()
    settings.history = configuration.historyRetention
    settings.transport = configuration.transportRetention
    return Retention(of: log, topics: Topic.all, settings: settings, logger: logger) {
      [log, keeper, inputs] in
      var cursors = try await keeper.cursors()
      for (group, topics) in [(Self.engineGroup, inputs), (Worker.group, [.work])] {
        let committed = try await log.committed(group, partition: 0)
        for topic in topics {
          let partition = Partition(topic)
          cursors.append((partition, committed[partition] ?? 0))
        }
      }
      return cursors
    }
  }

  private func keepView() async throws {
    if let postgres { _ = try await postgres.ready() }
    try await keeper.run()
  }
}
