import CSockets
import Glibc

/// A socket that connections come from. All loops watch the same one; the kernel wakes one of them.
final class ListenerSocket: Sendable {
  let fd: Int32
  let address: ListenAddress
  let isEncrypted: Bool

  private init(fd: Int32, address: ListenAddress, isEncrypted: Bool) {
    self.fd = fd
    self.address = address
    self.isEncrypted = isEncrypted
  }

  deinit { close(fd) }

  /// Listens on everything that `address` names; the addresses of the result hold real ports.
  static func open(
    _ address: ListenAddress, backlog: Int
  ) throws(HTTPServerError) -> [ListenerSocket] {
    switch address {
    case .tcp(let host, let port):
      return try openTCP(host, port, backlog).map { fd, port in
        ListenerSocket(fd: fd, address: .tcp(host: host, port: port), isEncrypted: false)
      }
    case .tls(let host, let port):
      return try openTCP(host, port, backlog).map { fd, port in
        ListenerSocket(fd: fd, address: .tls(host: host, port: port), isEncrypted: true)
      }
    case .unix(let path):
      var failure = sockets_failure()
      let fd = sockets_listen_unix(path, Int32(backlog), &failure)
      if fd < 0 { throw .cannotListen(address: path, reason: text(failure)) }
      return [ListenerSocket(fd: fd, address: address, isEncrypted: false)]
    }
  }

  private static func openTCP(
    _ host: String, _ port: UInt16, _ backlog: Int
  ) throws(HTTPServerError) -> [(Int32, UInt16)] {
    var failure = sockets_failure(), port = port
    var fds = [Int32](repeating: -1, count: 8)
    let count = sockets_listen_tcp(host, &port, Int32(backlog), &fds, Int32(fds.count), &failure)
    if count < 0 {
      throw .cannotListen(
        address: ListenAddress.tcp(host: host, port: port).description, reason: text(failure))
    }
    return fds.prefix(Int(count)).map { ($0, port) }
  }

  private static func text(_ failure: sockets_failure) -> String {
    guard let step = failure.step, let reason = failure.reason else { return "no address" }
    return "\(String(cString: step)): \(String(cString: reason))"
  }

  /// From now on nobody can connect, even while loops still hold the socket. A Unix socket's file
  /// goes first, so that a successor may already listen at the same path.
  func stop() {
    if case .unix(let path) = address { unlink(path) }
    shutdown(fd, Int32(SHUT_RDWR))
  }
}
