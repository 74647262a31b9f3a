import CSockets
import Synchronization

/// The middle: a head finds its route, a whole request its server.
extension Connection {
  /// How much of an unwanted body is read, so that the connection can be kept.
  private static let unwantedBytesMax = 64 * 1024

  func begin(_ head: RequestHead) {
    waiting = .nothing
    hasServed = true
    keepsAlive = head.keepsAlive && !loop.isDraining
    phase = .body
    loop.shared.counters.requests.add(1, ordering: .relaxed)

    var query = FormItems()
    var fault: Response?
    let match = head.bytes.withUnsafeBytes { bytes in
      if let reason = query.read(.init(rebasing: bytes[head.line.query])) {
        fault = .fault(400, reason)
      }
      return loop.shared.routes.match(head.method, .init(rebasing: bytes[head.line.path]))
    }
    var route: Route?
    var values: [String] = []
    switch match {
    case .found(let found, let texts):
      route = found
      values = texts
    case .malformed(let reason): fault = .fault(400, reason)
    case .wrongMethod, .unknownPath: break
    }
    let request = Request(
      head: head, pattern: route?.patternText ?? "", parameterNames: route?.names ?? [],
      parameterValues: values, query: query, remote: remote, isEncrypted: tls != nil)
    exchange = Exchange(
      request, route, loop.newResponder(self),
      startUs: loop.shared.configuration.accessLog == nil ? 0 : sockets_monotonic_us())
    let refused = fault ?? loop.shared.configuration.refusal?(request)
    if let refusal = refused ?? refusal(of: request, route, match) {
      refuse(refusal)
    } else {
      prepareBody(head)
    }
  }

  /// The answer to what no route can serve.
  private func refusal(
    of request: Request, _ route: Route?, _ match: RouteTree.Match
  ) -> Response? {
    if let route { return refusal(of: request.head, route) }
    if let response = loop.shared.configuration.unmatched?(request) { return response }
    guard case .wrongMethod(let allowed) = match else {
      return .fault(404, "There is nothing at this path.")
    }
    var response = Response.fault(405, "This path does not have the method of the request.")
    response.headers.append(("Allow", allowed))
    return response
  }

  private func refusal(of head: RequestHead, _ route: Route) -> Response? {
    if case .length(let count) = head.framing, count > route.bodyBytesMax {
      loop.shared.counters.faults.add(1, ordering: .relaxed)
      return .fault(413, "The body is longer than is taken here.")
    }
    let encodings = Self.encodings(head)
    if encodings.isEmpty || encodings == ["gzip"] { return nil }
    var response = Response.fault(415, "The only Content-Encoding understood is gzip.")
    response.headers.append(("Accept-Encoding", "gzip"))
    return response
  }

  private static func encodings(_ head: RequestHead) -> [String] {
    if head.framing == .none { return [] }
    return head.values("content-encoding").map { $0.lowercased() }.filter { $0 != "identity" }
  }

  /// Answers without serving: after a short body, or at once and closing.
  private func refuse(_ response: Response) {
    guard let head = exchange?.request.head else { return }
    exchange?.inflater = nil
    switch head.framing {
    case .none: exchange?.taker = .nobody(response)
    case .length(let count) where count > Self.unwantedBytesMax || head.line.expectsContinue:
      answer(response)
    case .chunked where head.line.expectsContinue: answer(response)
    case .length, .chunked:
      exchange?.taker = .nobody(response)
      exchange?.bodyBytesMax = Self.unwantedBytesMax
    }
  }

  private func prepareBody(_ head: RequestHead) {
    guard let exchange, let route = exchange.route else { return }
    if !Self.encodings(head).isEmpty {
      exchange.inflater = Inflater(
        bytesMax: route.bodyBytesMax, factorMax: loop.limits.inflationMax)
    }
    switch route.service {
    case .loop, .task:
      if case .length(let count) = head.framing {
        exchange.body.reserveCapacity(min(count, EventLoop.readBytes))
      }
    case .sink(let open):
      switch open(exchange.request, exchange.responder) {
      case .accept(let sink): exchange.taker = .sink(sink)
      case .reject(let response): return refuse(response)
      }
    case .upload(let serve):
      let body = RequestBody(
        windowBytes: loop.limits.streamWindowBytes, responder: exchange.responder,
        mailbox: loop.mailbox, admission: loop.shared.admission)
      exchange.taker = .sink(RequestBody.Intake(body))
      serveInTask { request in await serve(request, body) }
    }
    if head.line.expectsContinue, head.framing != .none {
      send(copying: Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
    }
  }

  /// The request is whole.
  func serve() {
    phase = .answering
    guard let exchange, let route = exchange.route else { return }
    switch route.service {
    case .loop(let serve):
      var request = exchange.request
      request.body = takeBody()
      if let response = serve(request, exchange.responder) { answer(response) }
    case .task(let serve):
      serveInTask(serve)
    case .sink, .upload: break
    }
  }

  private func takeBody() -> [UInt8] {
    let body = exchange?.body ?? []
    exchange?.body = []
    return body
  }

  private func serveInTask(_ serve: @escaping @Sendable (Request) async -> Response) {
    guard let exchange else { return }
    let responder = exchange.responder
    let mailbox = loop.mailbox
    let bytesMin = loop.limits.compressionBytesMin
    var whole = exchange.request
    whole.body = takeBody()
    let request = whole
    Task {
      var response = await serve(request)
      response.compress(for: request, bytesMin: bytesMin)
      mailbox.post(.answer(responder, response))
    }
  }
}
