/// Where a server listens.
public enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
  /// A host name or an IPv4 or IPv6 address; port 0 takes a free one.
  case tcp(host: String, port: UInt16)
  /// The same with TLS; the configuration must name certificate and key.
  case tls(host: String, port: UInt16)
  /// A socket file with mode 0600. Its peers are `isLocal`. At most 107 bytes.
  case unix(path: String)

  public var description: String {
    switch self {
    case .tcp(let host, let port), .tls(let host, let port):
      host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): path
    }
  }
}

/// PEM files: the certificate with its chain, and the key.
public struct TLSFiles: Sendable, Hashable {
  public var certificate: String
  public var key: String

  public init(certificate: String, key: String) {
    self.certificate = certificate
    self.key = key
  }
}

/// What one server may use at most. Times are milliseconds, sizes bytes.
public struct ServerLimits: Sendable {
  public var parser = ParserLimits()
  /// From connecting, or from the first byte of a later request, to the end of the head.
  public var headDeadlineMs = 10_000
  public var handshakeDeadlineMs = 10_000
  /// Without a request on a connection that had one.
  public var idleDeadlineMs = 60_000
  /// A body slower than this over `bodyWindowMs` is answered 408.
  public var bodyBytesPerSecondMin = 1024
  public var bodyWindowMs = 10_000
  /// Without any progress in sending an answer.
  public var writeDeadlineMs = 30_000
  /// How long what a client still sends is swallowed after an early answer.
  public var lingerMs = 2_000
  /// How long an idle connection may still begin a request after a drain has begun.
  public var drainGraceMs = 250
  public var connectionCountMax = 4096
  public var connectionCountPerHostMax = 1024
  /// Bodies of unanswered requests together, of streamed ones what waits for its reader; beyond:
  /// 429.
  public var bodyBytesTotalMax = 256 << 20
  /// A gzip body may not grow by more than this factor once it is over 64 KiB.
  public var inflationMax = 100
  /// JSON and text answers at least this long are compressed for clients that take it.
  public var compressionBytesMin = 16 * 1024
  /// What waits to be sent to one listener of an event stream; beyond: it is dropped.
  public var eventBytesPendingMax = 64 * 1024
  public var heartbeatMs = 15_000
  /// What a producer of a streamed answer, or the reader of a streamed body, may be ahead.
  public var streamWindowBytes = 256 * 1024
  public var listenBacklog = 4096

  public init() {}
}

/// Everything a server is told when it is made.
public struct ServerConfiguration: Sendable {
  public var addresses: [ListenAddress]
  public var tls: TLSFiles?
  /// Threads that serve connections, 1 to 64. One is cheapest on few cores.
  public var loopCount = 1
  public var limits = ServerLimits()
  /// Called on a loop thread after every answer; must not block.
  public var accessLog: (@Sendable (AccessEntry) -> Void)?
  /// Refuses a request by its head, before any route is asked; called on a loop thread, must not
  /// block. nil: every request is served.
  public var refusal: (@Sendable (Request) -> Response?)?
  /// Serves what no route matches, on the loop thread; nil leaves it to the server (404, 405).
  public var unmatched: (@Sendable (Request) -> Response?)?

  public init(addresses: [ListenAddress]) {
    self.addresses = addresses
  }
}
