public import Automation
public import Connectors
public import HTTPServer
public import Streams
public import Telemetry
import Threads

/// Everything that the API stands on.
public struct APIParts: Sendable {
  public var log: any EventLog
  /// Must be run by its owner.
  public var content: ContentFollower
  public var view: View
  public var rebuild: ViewRebuild
  public var vault: any SecretVault
  public var packs: PackStore
  /// Where `packs` lays files down.
  public var packsFolder: String
  public var space: any SpaceWatch
  public var status: any StatusSource
  public var metrics: Metrics
  /// The groups whose positions tell how far engine and worker are.
  public var engineGroup: String
  public var workerGroup: String
  public var settings: APISettings
  public var logger: Logger

  public init(
    log: any EventLog, content: ContentFollower, view: View, rebuild: ViewRebuild,
    vault: any SecretVault, packs: PackStore, packsFolder: String, space: any SpaceWatch,
    status: any StatusSource,
    metrics: Metrics, engineGroup: String, workerGroup: String,
    settings: APISettings = APISettings(), logger: Logger = Logger()
  ) {
    self.log = log
    self.content = content
    self.view = view
    self.rebuild = rebuild
    self.vault = vault
    self.packs = packs
    self.packsFolder = packsFolder
    self.space = space
    self.status = status
    self.metrics = metrics
    self.engineGroup = engineGroup
    self.workerGroup = workerGroup
    self.settings = settings
    self.logger = logger
  }
}

/// What a site decides about its API.
public struct APISettings: Sendable {
  /// Who runs what nobody else has asked for.
  public var user = "stanley"
  /// Where people look at executions; part of `web_url`.
  public var webURL = "https://localhost"
  /// Names by which clients may call the server, besides the hosts that it listens on.
  public var names: [String] = []
  /// Bytes of one event, and of the body of a request to run: what the log takes as one value less
  /// room for its envelope.
  public var eventBytesMax = Limits.valueBytesMax - (64 << 10)
  /// Bytes of a body of events that is taken as a whole.
  public var wholeBodyBytesMax = 8 << 20
  /// How long requests that have come may take when the server goes down.
  public var drain = Duration.seconds(10)
  public var loopCount = 1
  public var limits = ServerLimits()
  public var tls: TLSFiles?

  public init() {}
}

/// Petrel's HTTP API: StackStorm's paths under `/api/v1`, `/v1` and the root, its own under
/// `/api/v2`, and the paths that watch it.
public struct APIServer: Sendable {
  private let parts: APIParts

  public init(_ parts: APIParts) { self.parts = parts }

  /// Takes the addresses; what connects waits until `run` serves it. A server that is not run is
  /// drained by its owner.
  public func listen(on addresses: [ListenAddress]) throws(HTTPServerError) -> HTTPServer {
    let server = HTTPServer(configuration(addresses))
    try server.listen()
    return server
  }

  /// Serves until the task is cancelled, then lets what has come be answered. `started` is told the
  /// addresses, with real ports, when it serves.
  public func run(
    _ server: HTTPServer, started: @Sendable ([ListenAddress]) -> Void = { _ in }
  ) async throws(HTTPServerError) {
    let stopping = Stopping()
    register(on: server, stopping)
    try server.start()
    started(server.addresses)
    let never = Wakeups()
    while await never.wait(past: 0, until: .now + .seconds(86_400)) != .cancelled {}
    stopping.begin()
    let drain = parts.settings.drain
    // A task of its own: this one is cancelled.
    await Task { await server.drain(within: drain) }.value
  }

  private func configuration(_ addresses: [ListenAddress]) -> ServerConfiguration {
    var configuration = ServerConfiguration(addresses: addresses)
    configuration.tls = parts.settings.tls
    configuration.loopCount = parts.settings.loopCount
    configuration.limits = parts.settings.limits
    configuration.refusal = OriginCheck(addresses, names: parts.settings.names).refusal
    // StackStorm answers every miss so, a wrong method too.
    configuration.unmatched = { _ in .fault(404, "The resource could not be found.") }
    configuration.accessLog = RequestMetrics(parts.metrics, parts.logger).note
    return configuration
  }

  private func register(on server: HTTPServer, _ stopping: Stopping) {
    registerIntake(on: server)
    registerContent(on: server)
    let follow = FollowDoor(parts.log, stopping)
    registerHistory(on: server, stopping, follow)
    let ledger = RedriveLedger(parts.log)
    StatusRoutes(
      log: parts.log, content: parts.content, view: parts.view, source: parts.status,
      metrics: parts.metrics, ledger: ledger,
      groups: StatusRoutes.Groups(engine: parts.engineGroup, worker: parts.workerGroup)
    ).register(on: server)
    LogRoutes(log: parts.log, follow: follow).register(on: server)
    DeadLetterRoutes(
      view: parts.view, log: parts.log, space: parts.space, ledger: ledger, follow: follow
    ).register(on: server)
    ViewRoutes(rebuild: parts.rebuild).register(on: server)
  }

  private func registerIntake(on server: HTTPServer) {
    let intake = Intake(
      log: parts.log, content: parts.content, eventBytesMax: parts.settings.eventBytesMax,
      meter: IntakeMeter(parts.metrics))
    EventRoutes(
      intake: intake, space: parts.space,
      decided: DecidedWait(log: parts.log, group: parts.engineGroup),
      wholeBodyBytesMax: parts.settings.wholeBodyBytesMax
    ).register(on: server)
    WebhookRoutes(intake: intake, space: parts.space).register(on: server)
  }

  private func registerContent(on server: HTTPServer) {
    ActionRoutes(content: parts.content).register(on: server)
    RuleRoutes(content: parts.content).register(on: server)
    TriggerTypeRoutes(content: parts.content).register(on: server)
    RunnerTypeRoutes().register(on: server)
    PackRoutes(parts.content, parts.packs, folder: parts.packsFolder, parts.space)
      .register(on: server)
  }

  private func registerHistory(
    on server: HTTPServer, _ stopping: Stopping, _ follow: FollowDoor
  ) {
    let freshness = Freshness(
      log: parts.log, view: parts.view, engineGroup: parts.engineGroup)
    let instances = TriggerInstanceRoutes(
      view: parts.view, freshness: freshness, follow: follow)
    instances.register(on: server)
    ExplainRoutes(
      content: parts.content, view: parts.view, instances: instances, freshness: freshness
    ).register(on: server)
    DecisionRoutes(view: parts.view, freshness: freshness, follow: follow).register(on: server)
    EnforcementRoutes(content: parts.content, view: parts.view, freshness: freshness)
      .register(on: server)
    let executions = ExecutionRoutes(
      content: parts.content, view: parts.view, freshness: freshness,
      webURL: parts.settings.webURL, follow: follow)
    executions.register(on: server)
    ExecutionCommands(
      log: parts.log, vault: parts.vault, space: parts.space, executions: executions,
      user: parts.settings.user, bodyBytesMax: parts.settings.eventBytesMax
    ).register(on: server)
    OutputRoutes(executions, parts.log, parts.view, stopping).register(on: server)
  }
}

/// Counts requests and says in the log what went wrong with one.
private struct RequestMetrics: Sendable {
  let metrics: Metrics
  let logger: Logger

  init(_ metrics: Metrics, _ logger: Logger) {
    self.metrics = metrics
    self.logger = logger
  }

  /// Called on a loop thread.
  @Sendable func note(_ entry: AccessEntry) {
    let route = entry.routePattern.isEmpty ? "none" : entry.routePattern
    metrics.counter(
      "petrel_http_requests_total", "Requests that were answered.",
      ["method": entry.method, "route": route, "status": "\(entry.status)"]
    ).add(1)
    metrics.histogram(
      "petrel_http_request_seconds", "From the end of a request's head to its answer's end.",
      ["route": route]
    ).observe(Double(entry.durationUs) / 1e6)
    // That the server is not ready, or has no room, it says in its log itself.
    guard entry.status >= 500, entry.status != 503 else { return }
    logger.warning(
      "a request was answered with an error of the server",
      [
        "method": .text(entry.method), "route": .text(route), "status": .int(entry.status),
      ])
  }
}
