import CSockets
import Glibc

/// Where a loop learns which of its sockets are ready. It is made before the loop's thread, so that
/// a start without descriptors is an error and not a trap.
final class Readiness: Sendable {
  let epoll: Int32

  init() throws(HTTPServerError) {
    epoll = sockets_epoll_create()
    guard epoll >= 0 else { throw .cannotStart(reason: "no epoll descriptor: errno \(errno)") }
  }

  deinit { close(epoll) }
}
