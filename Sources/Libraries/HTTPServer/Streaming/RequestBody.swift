import Threads

/// The body of one request as pieces, read on the cooperative pool by one reader. At most a window
/// of bytes and one read lie between client and reader; then the client has to wait.
public final class RequestBody: AsyncSequence, Sendable {
  public typealias Element = [UInt8]

  private struct State {
    var pieces: [[UInt8]] = []
    var bytes = 0
    var hasEnded = false
    /// Why nothing more will come.
    var failure: HTTPServerError?
    var isPaused = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private enum Found {
    case piece([UInt8], mustResume: Bool)
    case end
    case failed(HTTPServerError)
    case nothing
  }

  private let state = Locked(State())
  private let windowBytes: Int
  private let responder: Responder
  private let mailbox: LoopMailbox
  private let admission: Admission

  init(
    windowBytes: Int, responder: Responder, mailbox: LoopMailbox, admission: Admission
  ) {
    self.windowBytes = windowBytes
    self.responder = responder
    self.mailbox = mailbox
    self.admission = admission
  }

  deinit { admission.releaseBodyBytes(state.withLock { $0.bytes }) }

  public struct AsyncIterator: AsyncIteratorProtocol {
    let body: RequestBody

    public func next() async throws -> [UInt8]? { try await body.next() }
  }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(body: self) }

  /// The next piece; nil at the end. Throws `.gone` when the body will never be whole, and `.busy`
  /// when there is no room for more of it.
  public func next() async throws(HTTPServerError) -> [UInt8]? {
    while true {
      switch take() {
      case .piece(let piece, let mustResume):
        admission.releaseBodyBytes(piece.count)
        if mustResume { mailbox.post(.resume(responder)) }
        return piece
      case .end: return nil
      case .failed(let failure): throw failure
      case .nothing: await wait()
      }
    }
  }

  private func take() -> Found {
    state.withLock { state in
      if let failure = state.failure { return .failed(failure) }
      if state.pieces.isEmpty { return state.hasEnded ? .end : .nothing }
      let piece = state.pieces.removeFirst()
      state.bytes -= piece.count
      let mustResume = state.isPaused && state.bytes <= windowBytes / 2
      if mustResume { state.isPaused = false }
      return .piece(piece, mustResume: mustResume)
    }
  }

  private func wait() async {
    await withCheckedContinuation { continuation in
      let isReady = state.withLock { state in
        if state.failure != nil || state.hasEnded || !state.pieces.isEmpty { return true }
        state.waiter = continuation
        return false
      }
      if isReady { continuation.resume() }
    }
  }

  private func change(_ change: (inout State) -> Void) {
    let waiter = state.withLock { state in
      change(&state)
      let waiter = state.waiter
      state.waiter = nil
      return waiter
    }
    waiter?.resume()
  }

  /// The loop's end of this body.
  final class Intake: BodySink {
    private let body: RequestBody

    init(_ body: RequestBody) {
      self.body = body
    }

    func receive(_ bytes: UnsafeRawBufferPointer) -> BodyFlow {
      guard body.admission.takeBodyBytes(bytes.count) else {
        // Who reads answers: of the pieces before some may be taken for good.
        end(.busy)
        return .pause
      }
      var mustPause = false
      let piece = [UInt8](bytes)
      body.change { state in
        state.pieces.append(piece)
        state.bytes += piece.count
        mustPause = state.bytes > body.windowBytes
        state.isPaused = mustPause
      }
      return mustPause ? .pause : .more
    }

    func finish() -> Response? {
      body.change { $0.hasEnded = true }
      return nil
    }

    func abandon() { end(.gone) }

    private func end(_ failure: HTTPServerError) {
      var left = 0
      body.change { state in
        state.failure = failure
        left = state.bytes
        state.bytes = 0
        state.pieces = []
      }
      body.admission.releaseBodyBytes(left)
    }
  }
}
