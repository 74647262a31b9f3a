import CSockets
import Glibc
import Threads

/// The least that an HTTP server can do: an epoll loop on a thread that reads what is there and
/// sends a fixed answer, without looking. Ends when the last of its clients has gone.
final class BareLoop: Sendable {
  let port: UInt16
  private let thread: Threads.Thread

  init(answer: String) throws {
    var port: UInt16 = 0
    var failure = sockets_failure()
    var listener: Int32 = -1
    guard sockets_listen_tcp("127.0.0.1", &port, 1_024, &listener, 1, &failure) == 1 else {
      throw BenchFailure("no socket for the bare loop")
    }
    self.port = port
    let bytes = Array(answer.utf8)
    let descriptor = listener
    thread = try Threads.Thread.start(named: "bare") { Self.serve(descriptor, bytes) }
  }

  func join() { thread.join() }

  private static func serve(_ listener: Int32, _ answer: [UInt8]) {
    let epoll = sockets_epoll_create()
    _ = sockets_epoll_add(epoll, listener, SOCKETS_WATCH_LISTENER, UInt64(listener))
    defer {
      close(epoll)
      close(listener)
    }
    var tokens = [UInt64](repeating: 0, count: 256)
    var events = [UInt32](repeating: 0, count: 256)
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    var clientCount = 0
    while true {
      let count = sockets_epoll_wait(epoll, &tokens, &events, 256, -1)
      for token in tokens.prefix(Int(max(0, count))) {
        let descriptor = Int32(token)
        if descriptor == listener {
          var peer = sockets_peer()
          let accepted = sockets_accept(listener, &peer)
          guard accepted >= 0 else { continue }
          clientCount += 1
          _ = sockets_epoll_add(epoll, accepted, SOCKETS_WATCH_CONNECTION, UInt64(accepted))
          continue
        }
        let read = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        if read > 0 {
          _ = sockets_send(descriptor, answer, answer.count, 0)
        } else if read == 0 {
          close(descriptor)
          clientCount -= 1
          if clientCount == 0 { return }
        }
      }
    }
  }
}
