import CSockets
import Glibc

/// The way in: bytes of the socket become requests, bodies go to whoever takes them.
extension Connection {
  private var acceptsInput: Bool {
    switch phase {
    case .head: output.isEmpty
    case .body: !isPaused
    default: false
    }
  }

  /// Goes on as far as the phase and the input allow.
  func pump() {
    if phase == .handshake { shakeHands() }
    while phase != .closed {
      if acceptsInput {
        if !left.isEmpty {
          let input = left
          left = []
          input.withUnsafeBytes { feed($0) }
          continue
        }
        guard isReadable else { break }
        readOnce()
      } else if phase == .lingering || phase == .events {
        guard isReadable else { break }
        swallowOnce()
      } else {
        break
      }
    }
    refreshDeadline()
  }

  private func shakeHands() {
    guard let tls else { return }
    switch tls.handshake() {
    case .bytes: phase = .head
    case .blocked: isReadable = false
    case .ended, .failed: drop()
    }
  }

  private func receive() -> Transfer {
    let buffer = loop.readBuffer
    if let tls, phase != .lingering { return tls.read(into: buffer) }
    let count = recv(fd, buffer.baseAddress, buffer.count, 0)
    if count > 0 {
      // A short read has emptied the socket; the next bytes come with an event. Once the peer has
      // closed there is no further event.
      if count < buffer.count, !peerHasClosed { isReadable = false }
      return .bytes(count)
    }
    if count == 0 { return .ended }
    return errno == EAGAIN || errno == EINTR ? .blocked : .failed
  }

  private func readOnce() {
    switch receive() {
    case .bytes(let count): feed(UnsafeRawBufferPointer(rebasing: loop.readBuffer[..<count]))
    case .blocked: isReadable = false
    case .ended, .failed: drop()
    }
  }

  private func swallowOnce() {
    switch receive() {
    case .bytes: break
    case .blocked: isReadable = false
    case .ended, .failed: drop()
    }
  }

  /// Uses what it can; the rest waits in `left`.
  private func feed(_ input: UnsafeRawBufferPointer) {
    var position = 0
    reading: while acceptsInput {
      switch parser.next(input, from: &position) {
      case .more: break reading
      case .head(let head): begin(head)
      case .body(let range): receiveBody(UnsafeRawBufferPointer(rebasing: input[range]))
      case .end: completeBody()
      case .failed(let failure): fail(failure)
      }
    }
    if position < input.count, phase != .closed, phase != .lingering {
      left = [UInt8](input[position...])
    }
  }

  // Bodies

  private func receiveBody(_ bytes: UnsafeRawBufferPointer) {
    guard let exchange else { return }
    windowBytes += bytes.count
    exchange.bodyBytesReceived += bytes.count
    if let inflater = exchange.inflater {
      if exchange.bodyBytesReceived > exchange.route?.bodyBytesMax ?? 0 {
        return fail(Self.bodyTooLong)
      }
      inflated(inflater.feed(bytes) { self.take($0) })
    } else {
      _ = take(bytes)
    }
  }

  private static let bodyTooLong = ParseFailure(413, "The body is longer than is taken here.")

  private func inflated(_ step: Inflater.Step) {
    if case .failed(let failure) = step, phase == .body { fail(failure) }
  }

  /// Whether the taker wants more.
  private func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard phase == .body, let exchange else { return false }
    switch exchange.taker {
    case .whole: return gather(bytes, exchange)
    case .sink(let sink):
      exchange.bodyBytesMax -= bytes.count
      if exchange.bodyBytesMax < 0 {
        fail(Self.bodyTooLong)
        return false
      }
      switch sink.receive(bytes) {
      case .more: return true
      case .pause: isPaused = true
      case .reject(let response): answer(response)
      }
      return false
    case .nobody(let response):
      exchange.bodyBytesMax -= bytes.count
      if exchange.bodyBytesMax < 0 { answer(response) }
      return phase == .body
    }
  }

  private func gather(_ bytes: UnsafeRawBufferPointer, _ exchange: Exchange) -> Bool {
    if exchange.body.count + bytes.count > exchange.bodyBytesMax {
      fail(Self.bodyTooLong)
      return false
    }
    guard loop.shared.admission.takeBodyBytes(bytes.count) else {
      fail(ParseFailure(429, "Too many bodies are being received."))
      return false
    }
    exchange.bodyBytesCounted += bytes.count
    exchange.body.append(contentsOf: bytes)
    return true
  }

  private func completeBody() {
    guard let exchange else { return }
    if let inflater = exchange.inflater, !inflater.isWhole {
      return fail(ParseFailure(400, "The gzip body ends too early."))
    }
    switch exchange.taker {
    case .nobody(let response):
      phase = .answering
      answer(response)
    case .sink(let sink):
      phase = .answering
      exchange.taker = .whole
      if let response = sink.finish() { answer(response) }
    case .whole: serve()
    }
  }

  /// The sink takes more.
  func resume() {
    guard phase == .body, isPaused else { return }
    isPaused = false
    if let inflater = exchange?.inflater { inflated(inflater.resume { self.take($0) }) }
    // The parser may have an end to tell, even where no input waits.
    let input = left
    left = []
    input.withUnsafeBytes { feed($0) }
    pump()
  }
}
