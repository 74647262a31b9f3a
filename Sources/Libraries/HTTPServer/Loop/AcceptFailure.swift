import Glibc

/// What a failed accept means for the listener.
enum AcceptFailure: Equatable {
  /// Nothing waits, or one client has gone again: go on.
  case passing
  /// The process or the system has no descriptor or memory left: pause.
  case exhausted

  init(_ code: Int32) {
    switch code {
    case EMFILE, ENFILE, ENOBUFS, ENOMEM: self = .exhausted
    default: self = .passing
    }
  }
}
