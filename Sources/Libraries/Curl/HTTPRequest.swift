/// One HTTP request to be sent. `http` and `https` only.
///
/// Redirects follow the Fetch standard: 303 turns every method but HEAD into GET, 301 and 302 turn
/// POST into GET, 307 and 308 keep method and body. Credentials, cookies and an `Authorization`
/// header go to the first scheme, host and port only. A streamed body cannot be sent twice: its
/// redirects are not followed.
public struct HTTPRequest: Sendable {
  public typealias Header = (name: String, value: String)

  public var method: String
  public var url: String
  /// Sent in this order. Without an `Accept-Encoding` of the caller compressed responses are asked
  /// for and decoded.
  public var headers: [Header] = []
  public var cookies: [Header] = []
  public var body = Body.none
  public var credentials: Credentials?
  /// 0 gives redirects back as they are. At most 50.
  public var redirectsMax = 0
  public var timeLimits = TimeLimits()
  /// Counts for `perform`, after decoding; a stream is bounded by its buffer.
  public var responseBytesMax = 8 << 20
  /// Keeps the first `responseBytesMax` bytes of a larger response instead of failing.
  public var truncatesResponse = false
  public var tls = TLS()
  public var proxy = Proxy.environment
  /// Connects to this Unix socket, whatever host the URL names; no proxy then.
  public var socketPath: String?

  public init(_ method: String = "GET", _ url: String) {
    self.method = method
    self.url = url
  }

  public enum Body: Sendable {
    case none
    case bytes([UInt8])
    case stream(Upload)
  }

  /// A body that is made while it is sent. `next` gives the next piece, nil at the end; it is
  /// called once at a time, and its error fails the request. Without a size it is sent in chunks.
  public struct Upload: Sendable {
    public let byteCount: Int?
    public let next: @Sendable () async throws -> [UInt8]?

    public init(
      byteCount: Int? = nil, _ next: @escaping @Sendable () async throws -> [UInt8]?
    ) {
      self.byteCount = byteCount
      self.next = next
    }
  }

  public enum Credentials: Sendable {
    case basic(user: String, password: String)
    case digest(user: String, password: String)
  }

  /// Each from 1 ms to 24 days.
  public struct TimeLimits: Sendable {
    public var connectMs = 10_000
    /// From the call to the last byte, redirects and waiting for a place included; nil is no limit.
    public var totalMs: Int? = 60_000
    /// Without a byte in or out, in whole seconds, rounded up; nil is no limit. A stream whose
    /// reader is slow does not count, a streamed body that is slow to come does.
    public var idleMs: Int?

    public init() {}
  }

  public struct TLS: Sendable {
    /// Off accepts any certificate: for tests and for people who know.
    public var verifies = true
    /// A file of PEM certificates to trust instead of the system's.
    public var authoritiesFile: String?

    public init() {}
  }

  public enum Proxy: Sendable {
    /// As `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy` say.
    case environment
    case none
    /// Such as `http://user:password@host:3128` or `socks5h://host`.
    case url(String)
  }
}

extension HTTPRequest {
  /// What error texts call this request: no secrets that stand in a URL.
  var name: String {
    var url = url.prefix { $0 != "?" && $0 != "#" }
    if let scheme = url.firstRange(of: "://") {
      let authority = url[scheme.upperBound...].prefix { $0 != "/" }
      if let at = authority.lastIndex(of: "@") {
        url.removeSubrange(scheme.upperBound...at)
      }
    }
    return "\(method) \(url)"
  }

  /// Refuses what would not reach the server as it stands here.
  func validate() throws(CurlError) {
    func check(_ isGood: Bool, _ expected: String) throws(CurlError) {
      guard isGood else { throw .invalidRequest("\(name): expected \(expected)") }
    }
    try check(isToken(method), "a method, found '\(method)'")
    let scheme = url.prefix { $0 != ":" }.lowercased()
    try check(
      (scheme == "http" || scheme == "https") && url.dropFirst(scheme.count).hasPrefix("://"),
      "a URL that begins with http:// or https://")
    try check(url.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }, "a URL without blanks")
    for (name, value) in headers {
      try check(isToken(name), "the name of a header, found '\(name)'")
      try check(isText(value), "header '\(name)' in one line")
      try check(
        !["content-length", "transfer-encoding"].contains(name.lowercased()),
        "no header '\(name)': the body says its size itself")
    }
    for (name, value) in cookies {
      try check(isToken(name), "the name of a cookie, found '\(name)'")
      try check(isText(value) && !value.contains(";"), "cookie '\(name)' in one line without ';'")
    }
    try check((0...50).contains(redirectsMax), "0 to 50 redirects, found \(redirectsMax)")
    try check(responseBytesMax >= 0, "a response of 0 bytes or more")
    for limit in [timeLimits.connectMs, timeLimits.totalMs ?? 1, timeLimits.idleMs ?? 1] {
      try check((1...msMax).contains(limit), "a time limit of 1 to \(msMax) ms, found \(limit)")
    }
    for text in [user, password, proxyURL, socketPath, tls.authoritiesFile] {
      try check(text?.utf8.contains(0) != true, "no zero byte in credentials, proxy or path")
    }
    if method == "HEAD", case .none = body { return }
    try check(method != "HEAD", "HEAD without a body")
    if case .stream(let upload) = body, let count = upload.byteCount {
      try check(count >= 0, "a body of 0 bytes or more, found \(count)")
    }
  }

  var user: String? {
    switch credentials {
    case .basic(let user, _), .digest(let user, _): user
    case nil: nil
    }
  }

  var password: String? {
    switch credentials {
    case .basic(_, let password), .digest(_, let password): password
    case nil: nil
    }
  }

  /// An empty text keeps curl from looking into the environment.
  var proxyURL: String? {
    if socketPath != nil { return "" }
    return switch proxy {
    case .environment: nil
    case .none: ""
    case .url(let url): url
    }
  }
}

/// curl's largest time limit.
private let msMax = Int(Int32.max)

private func isToken(_ text: String) -> Bool {
  !text.isEmpty
    && text.utf8.allSatisfy { byte in
      (0x21...0x7E).contains(byte) && !#""(),/:;<=>?@[\]{}"#.utf8.contains(byte)
    }
}

private func isText(_ text: String) -> Bool {
  text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
}
