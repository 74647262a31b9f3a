import CCurl

/// Why there is no response, by what the caller can do. Texts name the method and the URL without
/// its user, password and query.
public enum CurlError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The request itself is wrong: mend it.
  case invalidRequest(String)
  /// As many requests as allowed are under way and waiting; nothing was sent: try later.
  case busy(String)
  /// No address or no connection, to the server or its proxy; nothing was sent: try again.
  case couldNotConnect(String)
  /// A time limit passed. The server may have done its part.
  case timedOut(String)
  /// No agreement on TLS, or a certificate that is not trusted.
  case tls(String)
  /// The response is larger than the request allows.
  case tooLarge(bytesMax: Int)
  /// What gives the streamed body failed, or did not give the size that was announced.
  case bodyFailed(String)
  /// The task was cancelled or the client was shut down.
  case cancelled
  /// Anything else, with curl's code: a broken connection, an answer that is not HTTP, too many
  /// redirects.
  case other(code: Int, String)

  public var description: String {
    switch self {
    case .invalidRequest(let text), .busy(let text), .couldNotConnect(let text),
      .timedOut(let text), .tls(let text), .bodyFailed(let text):
      text
    case .tooLarge(let bytesMax): "the response is larger than \(bytesMax) bytes"
    case .cancelled: "the request was cancelled"
    case .other(let code, let text): "\(text) (curl \(code))"
    }
  }
}

extension CurlError {
  /// - Parameter isFirst: no redirect was followed yet, so a wrong URL is the caller's.
  init(_ code: CURLcode, text: String, isFirst: Bool) {
    switch code {
    case CURLE_OPERATION_TIMEDOUT:
      self = .timedOut(text)
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT,
      CURLE_PROXY:
      self = .couldNotConnect(text)
    case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
      CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR,
      CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT:
      self = .tls(text)
    case CURLE_URL_MALFORMAT:
      self = isFirst ? .invalidRequest(text) : .other(code: Int(code.rawValue), text)
    default:
      self = .other(code: Int(code.rawValue), text)
    }
  }
}
