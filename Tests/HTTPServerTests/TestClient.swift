import Glibc
import Threads

/// A blocking client on raw sockets, so that tests say exactly which bytes are sent and see exactly
/// which come back. Every conversation runs on a thread of its own.
final class TestClient: Sendable {
  private let fd: Int32

  private init(fd: Int32) {
    self.fd = fd
    // A server that does not answer must fail a test, not hang it.
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(fd) }

  static func connect(port: UInt16, receiveBufferBytes: Int32? = nil) -> TestClient? {
    let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    let client = TestClient(fd: fd)
    if var bytes = receiveBufferBytes {
      setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
    }
    var on: Int32 = 1
    setsockopt(fd, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return client.connected(&address)
  }

  static func connect(path: String) -> TestClient? {
    let client = TestClient(fd: socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) {
      $0.copyBytes(from: Array(path.utf8).prefix(107))
    }
    return client.connected(&address)
  }

  private func connected<Address>(_ address: inout Address) -> TestClient? {
    let size = socklen_t(MemoryLayout<Address>.size)
    let code = withUnsafeBytes(of: &address) { bytes in
      bytes.withMemoryRebound(to: sockaddr.self) { Glibc.connect(fd, $0.baseAddress, size) }
    }
    return code == 0 ? self : nil
  }

  /// False when the server has closed.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return false }
      sent += count
    }
    return true
  }

  @discardableResult
  func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  /// The next bytes; nil when the server has closed or cut the connection.
  func receive() -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = recv(fd, &buffer, buffer.count, 0)
    return count > 0 ? Array(buffer[..<count]) : nil
  }

  /// Everything until the server closes.
  func receiveAll() -> String {
    var all: [UInt8] = []
    while let bytes = receive() { all += bytes }
    return String(decoding: all, as: UTF8.self)
  }

  /// Everything up to and with `end`, or until the server closes.
  func receive(until end: String) -> String {
    var all: [UInt8] = []
    while !String(decoding: all, as: UTF8.self).contains(end), let bytes = receive() {
      all += bytes
    }
    return String(decoding: all, as: UTF8.self)
  }

  func withDescriptor(_ body: (Int32) -> Void) { body(fd) }

  func finishSending() { shutdown(fd, Int32(SHUT_WR)) }
}

/// Runs blocking work on a thread of its own.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async throws -> Value {
  let queue = AsyncStream<Value>.makeStream()
  try Thread.start(named: "client") {
    queue.continuation.yield(body())
    queue.continuation.finish()
  }
  for await value in queue.stream { return value }
  throw CancellationError()
}
