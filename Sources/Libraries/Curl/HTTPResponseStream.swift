import Threads

/// A response whose body is read while it comes, by one reader. It holds at most
/// `streamBufferBytesMax` and one piece more; then the sender waits. Letting go of it breaks the
/// transfer off.
public final class HTTPResponseStream: AsyncSequence, Sendable {
  public typealias Element = [UInt8]
  public typealias Failure = CurlError

  private let client: HTTPClient
  private let transfer: Transfer
  private let buffer: StreamBuffer

  init(_ client: HTTPClient, _ transfer: Transfer, _ buffer: StreamBuffer) {
    self.client = client
    self.transfer = transfer
    self.buffer = buffer
  }

  deinit { client.cancel(transfer) }

  public var head: HTTPResponseHead { buffer.head ?? HTTPResponseHead() }
  public var status: Int { head.status }
  public func header(_ name: String) -> String? { head.header(name) }

  /// All that has come since the last call, as soon as that is anything; nil at the end.
  public func next() async throws(CurlError) -> [UInt8]? {
    while true {
      try checkCancellation()
      switch buffer.take() {
      case .bytes(let bytes, let resumes):
        if resumes { client.resume(transfer) }
        return bytes
      case .ended: return nil
      case .failed(let error): throw error
      case .nothing: await buffer.wait { $0.hasNews }
      }
    }
  }

  func waitForHead() async throws(CurlError) {
    while buffer.head == nil {
      try checkCancellation()
      if case .failed(let error) = buffer.end { throw error }
      await buffer.wait { $0.head != nil || $0.end != nil }
    }
  }

  private func checkCancellation() throws(CurlError) {
    guard Task.isCancelled else { return }
    client.cancel(transfer)
    throw .cancelled
  }

  public func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

  public struct Iterator: AsyncIteratorProtocol {
    let stream: HTTPResponseStream

    public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(CurlError) -> [UInt8]? {
      try await stream.next()
    }

    public mutating func next() async throws(CurlError) -> [UInt8]? { try await stream.next() }
  }
}

/// What lies between the loop, which fills it, and the one reader, which empties it.
final class StreamBuffer: Sendable {
  enum End: Sendable { case complete, failed(CurlError) }
  enum Taken { case bytes([UInt8], resumes: Bool), ended, failed(CurlError), nothing }

  struct State: Sendable {
    var head: HTTPResponseHead?
    var bytes: [UInt8] = []
    var isPaused = false
    var end: End?
    var waiter: CheckedContinuation<Void, Never>?
    var isCancelled = false

    var hasNews: Bool { !bytes.isEmpty || end != nil }
  }

  let bytesMax: Int
  private let state = Locked(State())

  init(bytesMax: Int) { self.bytesMax = bytesMax }

  var head: HTTPResponseHead? { state.withLock { $0.head } }
  var end: End? { state.withLock { $0.end } }

  // MARK: The loop's side

  func begin(_ head: HTTPResponseHead) { change { $0.head = head } }

  /// False when the reader has to take something first: the sender must pause and offer the same
  /// bytes again.
  func offer(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let isTaken: Bool = state.withLock { state in
      state.isPaused = state.bytes.count >= bytesMax
      if !state.isPaused { state.bytes.append(contentsOf: bytes) }
      return !state.isPaused
    }
    if isTaken { change { _ in } }
    return isTaken
  }

  func finish(_ end: End) { change { $0.end = end } }

  private func change(_ body: (inout State) -> Void) {
    let waiter: CheckedContinuation<Void, Never>? = state.withLock { state in
      body(&state)
      return state.waiter.take()
    }
    waiter?.resume()
  }

  // MARK: The reader's side

  func take() -> Taken {
    state.withLock { state in
      if !state.bytes.isEmpty {
        let bytes = state.bytes
        state.bytes = []
        defer { state.isPaused = false }
        return .bytes(bytes, resumes: state.isPaused)
      }
      return switch state.end {
      case .complete: .ended
      case .failed(let error): .failed(error)
      case nil: .nothing
      }
    }
  }

  /// Returns when `isReady` may hold, or when the task is cancelled.
  func wait(_ isReady: @escaping @Sendable (State) -> Bool) async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isNow: Bool = state.withLock { state in
          precondition(state.waiter == nil, "a response stream has one reader")
          if isReady(state) || state.isCancelled { return true }
          state.waiter = continuation
          return false
        }
        if isNow { continuation.resume() }
      }
    } onCancel: {
      change { $0.isCancelled = true }
    }
  }
}
