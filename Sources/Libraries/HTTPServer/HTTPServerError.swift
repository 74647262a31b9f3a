/// What can go wrong for the caller of this library. Faults of clients never come here: they are
/// answered by the server itself.
public enum HTTPServerError: Error, Equatable, CustomStringConvertible {
  /// The address cannot be listened on: report it and give up, or choose another one.
  case cannotListen(address: String, reason: String)
  /// Certificate or key cannot be used: report it; after a failed reload the old ones stay in use.
  case cannotUseCertificate(reason: String)
  /// The system has no more descriptors or threads: report it and give up.
  case cannotStart(reason: String)
  /// The client has gone or was cut off: stop working for it.
  case gone
  /// All bodies together have reached their limit: answer 429.
  case busy
  /// What the client sent is malformed: answer 400 with this text.
  case badRequest(String)

  public var description: String {
    switch self {
    case .cannotListen(let address, let reason): "cannot listen on \(address): \(reason)"
    case .cannotUseCertificate(let reason): "cannot use the TLS certificate: \(reason)"
    case .cannotStart(let reason): "cannot start the HTTP server: \(reason)"
    case .gone: "the client has gone"
    case .busy: "too many bodies are being received"
    case .badRequest(let reason): reason
    }
  }
}
