import CCurl
import Threads

/// Sends HTTP requests, many at once, on one thread of its own. Connections are kept and used
/// again. Going out of scope ends the thread.
public final class HTTPClient: Sendable {
  public struct Limits: Sendable {
    /// Requests under way at once.
    public var transfersMax = 256
    /// Requests waiting for a place; one more is `busy`.
    public var waitingMax = 4_096
    /// Idle connections kept for the next request.
    public var idleConnectionsMax = 64
    /// What a stream holds for its reader before the sender has to wait.
    public var streamBufferBytesMax = 1 << 20

    public init() {}
  }

  private let loop: TransferLoop
  private let limits: Limits

  public init(_ limits: Limits = Limits()) throws(CurlError) {
    self.limits = limits
    loop = try TransferLoop(limits)
  }

  deinit { loop.close() }

  /// Ends every request under way with `cancelled` and takes no more.
  public func shutdown() { loop.close() }

  /// Sends the request and waits for the whole response; any status is a response. Cancelling the
  /// task breaks the transfer off.
  public func perform(_ request: HTTPRequest) async throws(CurlError) -> HTTPResponse {
    try request.validate()
    guard !Task.isCancelled else { throw .cancelled }
    let end = EndOfTransfer()
    let transfer = Transfer(request, .collected(end))
    try loop.start(transfer)
    let outcome = await withTaskCancellationHandler {
      await end.outcome()
    } onCancel: {
      loop.cancel(transfer)
    }
    return try outcome.get()
  }

  /// Sends the request and returns as soon as the response begins; its body is read from the
  /// stream.
  public func stream(_ request: HTTPRequest) async throws(CurlError) -> HTTPResponseStream {
    try request.validate()
    guard !Task.isCancelled else { throw .cancelled }
    let buffer = StreamBuffer(bytesMax: limits.streamBufferBytesMax)
    let transfer = Transfer(request, .streamed(buffer))
    try loop.start(transfer)
    let stream = HTTPResponseStream(self, transfer, buffer)
    try await stream.waitForHead()
    return stream
  }

  func cancel(_ transfer: Transfer) { loop.cancel(transfer) }
  func resume(_ transfer: Transfer) { loop.resume(transfer) }
}

/// Hands the outcome of a collected transfer from the loop to the task that waits for it.
final class EndOfTransfer: Sendable {
  typealias Outcome = Result<HTTPResponse, CurlError>

  private enum State: Sendable {
    case running
    case awaited(CheckedContinuation<Outcome, Never>)
    case ended(Outcome)
  }

  private let state = Locked(State.running)

  func outcome() async -> Outcome {
    await withCheckedContinuation { continuation in
      let early: Outcome? = state.withLock { state in
        if case .ended(let outcome) = state { return outcome }
        state = .awaited(continuation)
        return nil
      }
      if let early { continuation.resume(returning: early) }
    }
  }

  func finish(_ outcome: Outcome) {
    let waiting: CheckedContinuation<Outcome, Never>? = state.withLock { state in
      defer { state = .ended(outcome) }
      if case .awaited(let continuation) = state { return continuation }
      return nil
    }
    waiting?.resume(returning: outcome)
  }
}
