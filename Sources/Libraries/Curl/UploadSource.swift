import Threads

/// Gives the bytes of a request's body to curl, which asks from the loop's thread.
final class UploadSource: Sendable {
  enum Read { case bytes(Int), end, pause, failed(String) }

  private struct State: Sendable {
    var piece: [UInt8]
    var offset = 0
    var sent = 0
    var isEnded: Bool
    var failure: String?
    var fetch: Task<Void, Never>?
  }

  /// Nil where it is not known before the end.
  let byteCount: Int?
  private let upload: HTTPRequest.Upload?
  private let state: Locked<State>

  init(_ bytes: [UInt8]) {
    byteCount = bytes.count
    upload = nil
    state = Locked(State(piece: bytes, isEnded: true))
  }

  init(_ upload: HTTPRequest.Upload) {
    byteCount = upload.byteCount
    self.upload = upload
    state = Locked(State(piece: [], isEnded: false))
  }

  /// Fills the buffer with what is there. With nothing there it asks for the next piece and says
  /// `pause`; `resume` is called when that has come.
  func read(
    into buffer: UnsafeMutableRawBufferPointer, resume: @escaping @Sendable () -> Void
  ) -> Read {
    let read: Read = state.withLock { state in
      if let failure = state.failure { return .failed(failure) }
      let count = min(buffer.count, state.piece.count - state.offset)
      guard count > 0 else { return state.isEnded ? end(of: state) : .pause }
      if upload != nil, let byteCount, state.sent + count > byteCount {
        return .failed("the body gave more than the \(byteCount) bytes announced")
      }
      state.piece.withUnsafeBytes {
        buffer.copyMemory(from: .init(rebasing: $0[state.offset..<state.offset + count]))
      }
      state.offset += count
      state.sent += count
      return .bytes(count)
    }
    if case .pause = read { fetch(resume) }
    return read
  }

  private func end(of state: State) -> Read {
    guard let byteCount, state.sent != byteCount, upload != nil else { return .end }
    return .failed("the body gave \(state.sent) of the \(byteCount) bytes announced")
  }

  private func fetch(_ resume: @escaping @Sendable () -> Void) {
    guard let upload else { return }
    state.withLock { state in
      guard state.fetch == nil else { return }
      state.fetch = Task {
        do {
          accept(try await upload.next())
        } catch {
          self.state.withLock { $0.failure = "the body failed: \(error)" }
        }
        self.state.withLock { $0.fetch = nil }
        resume()
      }
    }
  }

  private func accept(_ piece: [UInt8]?) {
    state.withLock { state in
      state.piece = piece ?? []
      state.offset = 0
      state.isEnded = piece == nil
    }
  }

  /// Back to the first byte, for a second request; false where it is gone.
  func rewind() -> Bool {
    state.withLock { state in
      guard upload == nil || state.sent == 0 else { return false }
      state.offset = 0
      state.sent = 0
      return true
    }
  }

  /// The transfer is over: nobody waits for the next piece.
  func stop() { state.withLock { $0.fetch }?.cancel() }
}
