import Threads

/// Writes the body of a streamed answer from any thread; one writer at a time. It may be a window
/// of bytes ahead of the client, then `write` waits, so an answer of any length costs little
/// memory.
public final class BodyWriter: Sendable {
  private struct State {
    var written = 0
    var sent = 0
    var hasGone = false
    var waiter: CheckedContinuation<Void, Never>?

    var pending: Int { written - sent }
  }

  private let state = Locked(State())
  private let windowBytes: Int
  private let isChunked: Bool
  private let responder: Responder
  private let mailbox: LoopMailbox

  init(windowBytes: Int, isChunked: Bool, responder: Responder, mailbox: LoopMailbox) {
    self.windowBytes = windowBytes
    self.isChunked = isChunked
    self.responder = responder
    self.mailbox = mailbox
  }

  /// Whether the client has gone; what is written after that is lost.
  public var hasGone: Bool { state.withLock { $0.hasGone } }

  /// Sends bytes and returns when there is room for more. Throws `.gone` when nobody reads them.
  public func write(_ bytes: [UInt8]) async throws(HTTPServerError) {
    if bytes.isEmpty { return }
    let framed = isChunked ? ResponseWriter.chunk(bytes) : bytes
    let hasGone = state.withLock { state in
      state.written += framed.count
      return state.hasGone
    }
    if hasGone { throw .gone }
    mailbox.post(.chunk(responder, framed))
    if state.withLock({ $0.pending > windowBytes }) {
      await waitForRoom()
      if self.hasGone { throw .gone }
    }
  }

  private func waitForRoom() async {
    await withCheckedContinuation { continuation in
      let isReady = state.withLock { state in
        if state.hasGone || state.pending <= windowBytes / 2 { return true }
        state.waiter = continuation
        return false
      }
      if isReady { continuation.resume() }
    }
  }

  /// The loop has handed so many bytes to the kernel, all in all.
  func progress(sent: Int) {
    let waiter = state.withLock { state in
      state.sent = sent
      return state.pending <= windowBytes / 2 ? Self.takeWaiter(&state) : nil
    }
    waiter?.resume()
  }

  func abandon() {
    let waiter = state.withLock { state in
      state.hasGone = true
      return Self.takeWaiter(&state)
    }
    waiter?.resume()
  }

  private static func takeWaiter(_ state: inout State) -> CheckedContinuation<Void, Never>? {
    let waiter = state.waiter
    state.waiter = nil
    return waiter
  }
}
