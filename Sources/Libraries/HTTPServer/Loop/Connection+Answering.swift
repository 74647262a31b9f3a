import CSockets
import Glibc
import Synchronization

/// The way out of complete answers, and the end of a request.
extension Connection {
  private static let joinedBytesMax = 32 * 1024

  /// An answer that came through the mailbox.
  func answerLater(_ response: Response) {
    guard phase == .answering || phase == .body else { return }
    answer(response)
    pump()
  }

  /// Answers the request in work. Before the end of its body that ends the connection too.
  func answer(_ response: Response) {
    guard phase == .answering || phase == .body, let exchange else { return }
    if phase == .body { keepsAlive = false }
    abandonSink()
    exchange.status = response.status
    let head = exchange.request.head
    switch response.body {
    case .bytes(let bytes):
      sendWhole(response, bytes, to: head)
      finish()
    case .stream(let produce): beginStream(response, produce)
    case .events(let subscription): beginEvents(response, subscription)
    }
  }

  /// The server's own answer to what cannot be served; nothing more is read from the connection.
  func fail(_ failure: ParseFailure) {
    guard phase != .closed, phase != .lingering else { return }
    loop.shared.counters.faults.add(1, ordering: .relaxed)
    keepsAlive = false
    abandonSink()
    exchange?.status = failure.status
    let response = Response.fault(failure.status, failure.reason)
    if case .bytes(let bytes) = response.body {
      sendWhole(response, bytes, to: exchange?.request.head)
    }
    if exchange == nil { logUnreadable(failure.status) }
    finish()
  }

  private func abandonSink() {
    guard let taker = exchange?.taker, case .sink(let sink) = taker else { return }
    exchange?.taker = .whole
    sink.abandon()
  }

  /// The value of the header `Connection`, where it says something.
  func connectionOption(_ head: RequestHead?) -> StaticString? {
    if !keepsAlive { return "close" }
    return head?.line.minorVersion == 0 ? "keep-alive" : nil
  }

  private func sendWhole(_ response: Response, _ bytes: [UInt8], to head: RequestHead?) {
    let hasNoBody = response.status == 204 || response.status == 304
    loop.writer.begin(
      response, hasNoBody ? .absent : .length(bytes.count), connection: connectionOption(head))
    if hasNoBody || head?.method == .head || bytes.isEmpty {
      sendWritten()
    } else if bytes.count <= Self.joinedBytesMax {
      loop.writer.append(bytes)
      sendWritten()
    } else {
      sendWritten(more: true)
      send(bytes)
    }
  }

  /// The answer is complete: on to the next request, or to the end.
  func finish() {
    guard phase != .closed else { return }
    endExchange()
    if keepsAlive {
      phase = .head
      return
    }
    phase = .lingering
    left = []
    if output.isEmpty { endOutput() }
  }

  /// Gives back what the request holds, and tells the log.
  func endExchange() {
    abandonSink()
    guard let exchange else { return }
    self.exchange = nil
    isPaused = false
    exchange.writer?.abandon()
    loop.shared.admission.releaseBodyBytes(exchange.bodyBytesCounted)
    if phase != .closed { _ = loop.newResponder(self) }
    guard let log = loop.shared.configuration.accessLog else { return }
    log(
      AccessEntry(
        head: exchange.request.head, remote: remote, routePattern: exchange.request.pattern,
        status: exchange.status, requestBodyBytes: exchange.bodyBytesReceived,
        responseBytes: exchange.responseBytes,
        durationUs: sockets_monotonic_us() - exchange.startUs))
  }

  private func logUnreadable(_ status: Int) {
    loop.shared.configuration.accessLog?(
      AccessEntry(
        head: nil, remote: remote, routePattern: "", status: status, requestBodyBytes: 0,
        responseBytes: 0, durationUs: 0))
  }

  // Bytes out

  /// Sends what the loop's writer holds.
  func sendWritten(more: Bool = false) {
    let count = loop.writer.bytes.count
    let sent = loop.writer.bytes.withUnsafeBytes { transmit($0, more: more) }
    guard let sent else { return drop() }
    if sent < count {
      loop.writer.bytes.withUnsafeBytes { output.append(copying: .init(rebasing: $0[sent...])) }
    }
    exchange?.responseBytes += count
  }

  func send(copying bytes: [UInt8]) {
    let sent = bytes.withUnsafeBytes { transmit($0, more: false) }
    guard let sent else { return drop() }
    if sent < bytes.count { output.append(Array(bytes[sent...])) }
    exchange?.responseBytes += bytes.count
  }

  /// Sends a long body; what does not fit now waits without being copied.
  func send(_ bytes: [UInt8]) {
    if phase == .closed { return }
    if output.isEmpty { outputMoved() }
    output.append(bytes)
    exchange?.responseBytes += bytes.count
    writeOutput()
  }

  /// How much of `bytes` the socket took, nil where it is broken. Takes nothing while older output
  /// waits.
  private func transmit(_ bytes: UnsafeRawBufferPointer, more: Bool) -> Int? {
    guard phase != .closed else { return bytes.count }
    guard output.isEmpty else { return 0 }
    outputMoved()
    var sent = 0
    while sent < bytes.count {
      switch write(.init(rebasing: bytes[sent...]), more: more) {
      case .bytes(let count): sent += count
      case .blocked: return sent
      case .ended, .failed: return nil
      }
    }
    return sent
  }

  private func write(_ bytes: UnsafeRawBufferPointer, more: Bool) -> Transfer {
    if let tls { return tls.write(bytes) }
    let count = sockets_send(fd, bytes.baseAddress, bytes.count, more ? 1 : 0)
    if count >= 0 { return .bytes(count) }
    return errno == EAGAIN || errno == EINTR ? .blocked : .failed
  }

  /// The socket takes bytes again.
  func flush() {
    guard phase != .closed, !output.isEmpty else { return }
    writeOutput()
    if output.isEmpty, phase == .lingering { endOutput() }
  }

  private func writeOutput() {
    let before = output.count
    let outcome = output.flush { write($0, more: false) }
    if outcome == .failed || outcome == .ended { return drop() }
    if output.count < before { outputMoved() }
    streamMoved()
  }

  /// Says that nothing more comes, so that the client can read the answer to its end before the
  /// connection goes.
  private func endOutput() {
    tls?.sayGoodbye()
    shutdown(fd, Int32(SHUT_WR))
  }
}
