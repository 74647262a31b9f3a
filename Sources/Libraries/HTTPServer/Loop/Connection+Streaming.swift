import CSockets
import Synchronization

/// The way out of answers that are written piece by piece: streams and events.
extension Connection {
  /// What a client is asked to wait before it comes back to an event stream.
  private static let retryMs = 1_000
  /// So that the kernel does not hide for megabytes that a listener does not read.
  private static let eventSendBufferBytes = 32 * 1024

  // Streams

  func beginStream(
    _ response: Response, _ produce: @escaping @Sendable (BodyWriter) async throws -> Void
  ) {
    guard let exchange else { return }
    let head = exchange.request.head
    guard sendStreamHead(response, head) else { return finish() }
    phase = .streaming
    let writer = BodyWriter(
      windowBytes: loop.limits.streamWindowBytes, isChunked: head.line.minorVersion == 1,
      responder: exchange.responder, mailbox: loop.mailbox)
    exchange.writer = writer
    let responder = exchange.responder
    let mailbox = loop.mailbox
    Task {
      var isWhole = true
      do { try await produce(writer) } catch { isWhole = false }
      mailbox.post(.streamEnded(responder, isWhole: isWhole))
    }
  }

  /// Whether a body is to follow.
  private func sendStreamHead(_ response: Response, _ head: RequestHead) -> Bool {
    let isChunked = head.line.minorVersion == 1
    if !isChunked { keepsAlive = false }
    loop.writer.begin(
      response, isChunked ? .chunked : .untilClose, connection: connectionOption(head))
    sendWritten()
    return head.method != .head && phase != .closed
  }

  func sendChunk(_ bytes: [UInt8]) {
    guard phase == .streaming else { return }
    exchange?.streamBytes += bytes.count
    send(bytes)
    refreshDeadline()
  }

  /// Tells the producer how far the kernel has come.
  func streamMoved() {
    guard phase == .streaming, let exchange, let writer = exchange.writer else { return }
    writer.progress(sent: max(0, exchange.streamBytes - output.count))
  }

  func endStream(_ isWhole: Bool) {
    guard phase == .streaming, let exchange else { return }
    // Without its last chunk the answer is seen to be cut.
    if !isWhole { return drop() }
    if exchange.request.head.line.minorVersion == 1 { send(ResponseWriter.lastChunk) }
    finish()
    pump()
  }

  // Events

  func beginEvents(_ response: Response, _ subscription: EventSubscription) {
    guard let head = exchange?.request.head else { return }
    guard sendStreamHead(response, head) else { return finish() }
    phase = .events
    sockets_set_send_buffer(fd, Int32(Self.eventSendBufferBytes))
    self.subscription = subscription
    lastEvent = subscription.after
    for event in subscription.backlog where phase == .events { sendEventText(event.text) }
    if phase == .events { loop.roster.join(self, subscription.channel) }
  }

  /// Sends an event that was published, if this listener wants it.
  func deliver(_ published: EventChannel.Published, number: UInt64) {
    guard phase == .events, number > lastEvent, let subscription else { return }
    lastEvent = number
    switch subscription.select(published.event) {
    case .skip: break
    case .send: sendEvent(published)
    case .sendLast:
      sendEvent(published)
      if phase == .events { finishEvents() }
    }
  }

  /// Events were lost to this listener: it has to begin anew.
  func missedEvents() {
    loop.shared.counters.listenersDropped.add(1, ordering: .relaxed)
    drop()
  }

  private var isChunked: Bool { exchange?.request.head.line.minorVersion == 1 }

  private func sendEvent(_ published: EventChannel.Published) {
    sendBounded(isChunked ? published.chunk : published.text)
  }

  private func sendEventText(_ text: [UInt8]) {
    sendBounded(isChunked ? ResponseWriter.chunk(text) : text)
  }

  /// One event may be as long as the channel allows; a second one behind it may not pass the limit.
  private func sendBounded(_ bytes: [UInt8]) {
    if !output.isEmpty, output.count + bytes.count > loop.limits.eventBytesPendingMax {
      return missedEvents()
    }
    send(bytes)
  }

  func sendHeartbeat() {
    if output.isEmpty { sendEventText(ServerSentEvent.heartbeat) }
  }

  /// The server is to end.
  func endEvents() {
    sendEventText(ServerSentEvent.retry(afterMs: Self.retryMs))
    finishEvents()
  }

  func finishEvents() {
    guard phase == .events else { return }
    if isChunked { send(ResponseWriter.lastChunk) }
    guard phase == .events else { return }
    leaveRoster()
    finish()
    pump()
  }

  func leaveRoster() {
    guard let subscription else { return }
    self.subscription = nil
    loop.roster.leave(self, subscription.channel)
  }
}
