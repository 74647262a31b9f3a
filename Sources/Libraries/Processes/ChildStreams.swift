import Glibc

/// Feeds bytes to a child's standard input as it reads them. On the reactor's thread.
final class ChildInput {
  private let descriptor: Int32
  private let reactor: Reactor
  private var bytes: [UInt8]
  private var written = 0
  private var watch: UInt64?
  private var isOpen = true

  init(_ descriptor: Int32, _ bytes: [UInt8], _ reactor: Reactor) {
    self.descriptor = descriptor
    self.bytes = bytes
    self.reactor = reactor
  }

  func begin() {
    feed()
    if isOpen { watch = reactor.watch(descriptor, writable: true) { self.feed() } }
  }

  private func feed() {
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        write(descriptor, $0.baseAddress! + written, $0.count - written)
      }
      if count < 0, errno == EAGAIN || errno == EINTR { return }
      if count < 0 { break }  // the child reads no more
      written += count
    }
    end()
  }

  func end() {
    guard isOpen else { return }
    isOpen = false
    if let watch { reactor.unwatch(descriptor, watch) }
    close(descriptor)
    bytes = []
  }
}

/// Takes in what a child writes to one stream, up to a limit. On the reactor's thread.
final class ChildOutput {
  struct Limits {
    var isKept: Bool
    var bytesMax: Int
  }

  let stream: OutputStream
  private(set) var captured = CapturedOutput()
  private(set) var isOpen: Bool
  private let descriptor: Int32
  private let limits: Limits
  private let reactor: Reactor
  private var watch: UInt64?
  private var taken = 0
  private var onBytes: (([UInt8]) -> Void)?
  private var onLimit: (() -> Void)?
  private var onEnd: (() -> Void)?

  /// - Parameter descriptor: -1 when the stream goes elsewhere.
  init(_ stream: OutputStream, _ descriptor: Int32, _ limits: Limits, _ reactor: Reactor) {
    self.stream = stream
    self.descriptor = descriptor
    self.limits = limits
    self.reactor = reactor
    isOpen = descriptor >= 0
  }

  func begin(
    onBytes: @escaping ([UInt8]) -> Void, onLimit: @escaping () -> Void,
    onEnd: @escaping () -> Void
  ) {
    guard isOpen else { return }
    (self.onBytes, self.onLimit, self.onEnd) = (onBytes, onLimit, onEnd)
    watch = reactor.watch(descriptor) { self.receive() }
  }

  private func receive() {
    let count = read(descriptor, reactor.scratch.baseAddress, reactor.scratch.count)
    if count > 0 {
      take(count)
    } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
      end()
    }
  }

  private func take(_ count: Int) {
    let room = min(count, limits.bytesMax - taken)
    if room > 0 {
      let bytes = [UInt8](reactor.scratch[..<room])
      taken += room
      if limits.isKept { captured.bytes += bytes }
      onBytes?(bytes)
    }
    if room < count {
      captured.droppedBytes += count - room
      onLimit?()
    }
  }

  func end() {
    guard isOpen else { return }
    isOpen = false
    if let watch { reactor.unwatch(descriptor, watch) }
    close(descriptor)
    let onEnd = self.onEnd
    (onBytes, onLimit, self.onEnd) = (nil, nil, nil)
    onEnd?()
  }
}

extension ProcessSettings {
  func limits(for target: OutputTarget) -> ChildOutput.Limits {
    if case .captured = target {
      ChildOutput.Limits(isKept: true, bytesMax: max(0, outputBytesMax))
    } else {
      ChildOutput.Limits(isKept: false, bytesMax: max(0, outputBytesMax))
    }
  }
}
