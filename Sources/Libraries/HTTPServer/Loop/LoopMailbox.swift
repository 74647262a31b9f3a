import CSockets
import Glibc
import Threads

/// What other threads ask of a loop.
enum Mail: Sendable {
  case answer(Responder, Response)
  case resume(Responder)
  case chunk(Responder, [UInt8])
  case streamEnded(Responder, isWhole: Bool)
  case published(EventChannel)
  case useCertificate(TLSContext)
  /// Stop by this time of the monotonic clock.
  case drain(deadlineMs: Int64)
}

/// The way into a loop from other threads. A batch costs one lock and at most one wake-up. Its
/// length is bounded by what may be sent: one answer a request, a window a stream, one note a
/// channel.
final class LoopMailbox: Sendable {
  private struct State {
    var mail: [Mail] = []
    var isClosed = false
  }

  let wakeup: Int32
  private let state = Locked(State())

  init() throws(HTTPServerError) {
    wakeup = sockets_wakeup_create()
    if wakeup < 0 { throw .cannotStart(reason: "no event descriptor: errno \(errno)") }
  }

  deinit { close(wakeup) }

  func post(_ mail: Mail) {
    let mustWake = state.withLock { state in
      if state.isClosed { return false }
      state.mail.append(mail)
      return state.mail.count == 1
    }
    if mustWake { sockets_wakeup_raise(wakeup) }
  }

  func post(_ batch: [Mail]) {
    let mustWake = state.withLock { state in
      if state.isClosed { return false }
      let wasEmpty = state.mail.isEmpty
      state.mail.append(contentsOf: batch)
      return wasEmpty && !batch.isEmpty
    }
    if mustWake { sockets_wakeup_raise(wakeup) }
  }

  /// Everything posted since the last call.
  func take() -> [Mail] {
    sockets_wakeup_clear(wakeup)
    return state.withLock { state in
      let mail = state.mail
      state.mail = []
      return mail
    }
  }

  /// The loop has ended: what is posted from now on is dropped.
  func close() {
    state.withLock { state in
      state.isClosed = true
      state.mail = []
    }
  }

  private func close(_ fd: Int32) { _ = Glibc.close(fd) }
}
