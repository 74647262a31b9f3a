import COpenSSL
import Glibc

/// Certificate, key and settings of TLS, shared by all connections made since the last reload; an
/// old one lives as long as its connections. TLS 1.2 and 1.3, no renegotiation.
final class TLSContext: @unchecked Sendable {
  // OpenSSL counts references and locks inside; nothing changes it after init.
  private let context: OpaquePointer

  /// SSL_OP_NO_RENEGOTIATION, a macro that Swift does not see.
  private static let noRenegotiation: UInt64 = 1 << 30

  init(_ files: TLSFiles) throws(HTTPServerError) {
    guard let made = SSL_CTX_new(TLS_server_method()) else {
      throw .cannotUseCertificate(reason: Self.reason())
    }
    context = made
    let modes =
      SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
      | SSL_MODE_RELEASE_BUFFERS
    SSL_CTX_ctrl(made, SSL_CTRL_MODE, Int(modes), nil)
    SSL_CTX_ctrl(made, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
    SSL_CTX_set_options(made, Self.noRenegotiation)
    try use(files)
  }

  deinit { SSL_CTX_free(context) }

  private func use(_ files: TLSFiles) throws(HTTPServerError) {
    ERR_clear_error()
    guard SSL_CTX_use_certificate_chain_file(context, files.certificate) == 1 else {
      throw .cannotUseCertificate(reason: "\(files.certificate): \(Self.reason())")
    }
    guard SSL_CTX_use_PrivateKey_file(context, files.key, SSL_FILETYPE_PEM) == 1 else {
      throw .cannotUseCertificate(reason: "\(files.key): \(Self.reason())")
    }
    guard SSL_CTX_check_private_key(context) == 1 else {
      throw .cannotUseCertificate(reason: "\(files.key) does not fit \(files.certificate)")
    }
  }

  private static func reason() -> String {
    let code = ERR_get_error()
    guard let text = ERR_reason_error_string(code) else { return "error \(code)" }
    return String(cString: text)
  }

  /// A session for an accepted connection, or nil without memory.
  func session(fd: Int32) -> TLSSession? {
    guard let session = SSL_new(context) else { return nil }
    SSL_set_fd(session, fd)
    SSL_set_accept_state(session)
    return TLSSession(session)
  }
}

/// How much a read or write moved.
enum Transfer: Equatable {
  case bytes(Int)
  /// Nothing now; the descriptor will say when.
  case blocked
  /// The other side ended properly (only reads say so).
  case ended
  case failed
}

/// TLS of one connection; belongs to its loop.
final class TLSSession {
  private let session: OpaquePointer

  fileprivate init(_ session: OpaquePointer) {
    self.session = session
  }

  deinit { SSL_free(session) }

  // Before every call the thread's error queue is emptied: it may hold another connection's error.

  func handshake() -> Transfer {
    ERR_clear_error()
    let result = SSL_do_handshake(session)
    return result == 1 ? .bytes(0) : outcome(result)
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
    ERR_clear_error()
    let result = SSL_read(session, buffer.baseAddress, Int32(clamping: buffer.count))
    return result > 0 ? .bytes(Int(result)) : outcome(result)
  }

  func write(_ bytes: UnsafeRawBufferPointer) -> Transfer {
    ERR_clear_error()
    let result = SSL_write(session, bytes.baseAddress, Int32(clamping: bytes.count))
    return result > 0 ? .bytes(Int(result)) : outcome(result)
  }

  /// Tells the peer that nothing more comes.
  func sayGoodbye() {
    ERR_clear_error()
    SSL_shutdown(session)
  }

  private func outcome(_ result: Int32) -> Transfer {
    switch SSL_get_error(session, result) {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: .blocked
    case SSL_ERROR_ZERO_RETURN: .ended
    default: .failed
    }
  }
}
