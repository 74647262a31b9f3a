import CSockets
import Threads

/// An HTTP/1.1 server. It may listen early; routes are registered, then it is started once and
/// drained once. It runs one thread a loop; what happens on the others, happens through `answer`
/// and `resume`.
public final class HTTPServer: Sendable {
  private enum Stage {
    case open([Route], [ListenerSocket])
    case running(Running)
    case ended
  }

  private struct Running: Sendable {
    let shared: ServerShared
    let listeners: [ListenerSocket]
  }

  /// What a route takes as body where it does not say.
  public static let bodyBytesMaxDefault = 1 << 20

  private let configuration: ServerConfiguration
  private let stage = Locked(Stage.open([], []))

  public init(_ configuration: ServerConfiguration) {
    precondition(
      (1...Responder.loopCountMax).contains(configuration.loopCount),
      "A server has 1 to \(Responder.loopCountMax) loops.")
    self.configuration = configuration
  }

  // Routes. Registering after the start, or the same twice, is a mistake of the program: it traps.

  /// Served on the cooperative pool with the whole body.
  public func on(
    _ method: HTTPMethod, _ pattern: String, bodyBytesMax: Int = bodyBytesMaxDefault,
    _ serve: @escaping @Sendable (Request) async -> Response
  ) {
    register(Route(method, pattern, bodyBytesMax: bodyBytesMax, .task(serve)))
  }

  /// Served on the loop thread with the whole body; must not block. nil: answered later by
  /// `answer`.
  public func onLoop(
    _ method: HTTPMethod, _ pattern: String, bodyBytesMax: Int = bodyBytesMaxDefault,
    _ serve: @escaping @Sendable (Request, Responder) -> Response?
  ) {
    register(Route(method, pattern, bodyBytesMax: bodyBytesMax, .loop(serve)))
  }

  /// Body in pieces, on the loop thread.
  public func onSink(
    _ method: HTTPMethod, _ pattern: String, bodyBytesMax: Int,
    _ open: @escaping @Sendable (Request, Responder) -> UploadStart
  ) {
    register(Route(method, pattern, bodyBytesMax: bodyBytesMax, .sink(open)))
  }

  /// Body in pieces, on the cooperative pool. An answer before the body's end closes the
  /// connection.
  public func onUpload(
    _ method: HTTPMethod, _ pattern: String, bodyBytesMax: Int,
    _ serve: @escaping @Sendable (Request, RequestBody) async -> Response
  ) {
    register(Route(method, pattern, bodyBytesMax: bodyBytesMax, .upload(serve)))
  }

  private func register(_ route: Route) {
    stage.withLock { stage in
      guard case .open(let routes, let listeners) = stage else {
        preconditionFailure("Routes are registered before the server starts.")
      }
      stage = .open(routes + [route], listeners)
    }
  }

  /// Takes the addresses without serving yet: who connects waits for the start. When it throws,
  /// nothing is left listening.
  public func listen() throws(HTTPServerError) {
    let listeners = try openListeners()
    stage.withLock { stage in
      guard case .open(let routes, let early) = stage, early.isEmpty else {
        preconditionFailure("A server listens once.")
      }
      stage = .open(routes, listeners)
    }
  }

  private func openListeners() throws(HTTPServerError) -> [ListenerSocket] {
    var listeners: [ListenerSocket] = []
    do throws(HTTPServerError) {
      for address in configuration.addresses {
        let backlog = configuration.limits.listenBacklog
        listeners += try ListenerSocket.open(address, backlog: backlog)
      }
    } catch {
      for listener in listeners { listener.stop() }
      throw error
    }
    return listeners
  }

  /// Serves, and listens if it does not yet. When it throws, nothing is left listening.
  public func start() throws(HTTPServerError) {
    let (routes, early) = stage.withLock { stage in
      guard case .open(let routes, let early) = stage else {
        preconditionFailure("A server is started once.")
      }
      return (routes, early)
    }
    var tree = RouteTree()
    for route in routes { tree.insert(route) }
    var listeners = early
    do throws(HTTPServerError) {
      let tls = try context()
      if listeners.isEmpty { listeners = try openListeners() }
      let shared = try ServerShared(configuration, tree)
      try shared.startLoops(listeners, tls)
      let running = Running(shared: shared, listeners: listeners)
      stage.withLock { $0 = .running(running) }
    } catch {
      for listener in listeners { listener.stop() }
      throw error
    }
  }

  private func context() throws(HTTPServerError) -> TLSContext? {
    if let files = configuration.tls { return try TLSContext(files) }
    for case .tls in configuration.addresses {
      throw .cannotUseCertificate(reason: "an address asks for TLS, but no files are named")
    }
    return nil
  }

  private var running: Running? {
    stage.withLock { stage in
      if case .running(let running) = stage { return running }
      return nil
    }
  }

  /// Where the server listens, with real ports; empty before the start and after the drain.
  public var addresses: [ListenAddress] { running?.listeners.map(\.address) ?? [] }

  /// The port of the first TCP or TLS address.
  public var port: UInt16? {
    for address in addresses {
      switch address {
      case .tcp(_, let port), .tls(_, let port): return port
      case .unix: continue
      }
    }
    return nil
  }

  public func answer(_ responder: Responder, _ response: Response) {
    running?.shared.mailboxes[responder.loop].post(.answer(responder, response))
  }

  /// Answers many requests at the price of one lock and at most one wake-up a loop.
  public func answer(_ answers: [(Responder, Response)]) {
    guard let mailboxes = running?.shared.mailboxes else { return }
    var batches = [[Mail]](repeating: [], count: mailboxes.count)
    for (responder, response) in answers {
      batches[responder.loop].append(.answer(responder, response))
    }
    for (mailbox, batch) in zip(mailboxes, batches) { mailbox.post(batch) }
  }

  /// A sink that said `.pause` takes more.
  public func resume(_ responder: Responder) {
    running?.shared.mailboxes[responder.loop].post(.resume(responder))
  }

  /// Reads certificate and key again, for connections made from now on.
  public func reloadCertificate() throws(HTTPServerError) {
    guard let running, let context = try context() else { return }
    for mailbox in running.shared.mailboxes { mailbox.post(.useCertificate(context)) }
  }

  /// Stops listening, lets every request that has come be answered, ends event streams with a wish
  /// to come back, and returns when all connections are closed, at the latest after `limit`. One
  /// that was not started just stops listening.
  public func drain(within limit: Duration) async {
    let (taken, listeners) = stage.withLock { stage -> (Running?, [ListenerSocket]) in
      switch stage {
      case .open(_, let listeners):
        stage = .ended
        return (nil, listeners)
      case .running(let running):
        stage = .running(Running(shared: running.shared, listeners: []))
        return (running, running.listeners)
      case .ended: return (nil, [])
      }
    }
    for listener in listeners { listener.stop() }
    guard let taken else { return }
    let limitMs =
      limit.components.seconds * 1000
      + limit.components.attoseconds / 1_000_000_000_000_000
    let deadlineMs = sockets_monotonic_ms() + limitMs
    for mailbox in taken.shared.mailboxes { mailbox.post(.drain(deadlineMs: deadlineMs)) }
    await taken.shared.waitForLoops()
    stage.withLock { $0 = .ended }
  }

  public var statistics: ServerStatistics { running?.shared.statistics ?? ServerStatistics() }
}
