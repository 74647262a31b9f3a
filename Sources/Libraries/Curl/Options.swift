import CCurl
import Glibc

/// Sets the options of one easy handle and keeps the first code that is not OK.
struct Options {
  private(set) var failure: CURLcode?
  private let easy: UnsafeMutableRawPointer

  init(_ easy: UnsafeMutableRawPointer) { self.easy = easy }

  mutating func set(
    _ request: HTTPRequest, upload: UploadSource?, deadline: ContinuousClock.Instant?
  ) {
    text(CURLOPT_URL, request.url)
    // No signals for time-outs, no files or other protocols, whatever a redirect says.
    number(CURLOPT_NOSIGNAL, 1)
    text(CURLOPT_PROTOCOLS_STR, "http,https")
    text(CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
    setMethod(request, upload)
    setRedirects(request)
    setTimeLimits(request.timeLimits, deadline)
    setConnection(request)
    setCredentials(request)
    if !request.names("Accept-Encoding") { text(CURLOPT_ACCEPT_ENCODING, "") }
  }

  private mutating func setMethod(_ request: HTTPRequest, _ upload: UploadSource?) {
    if request.method == "HEAD" {
      number(CURLOPT_NOBODY, 1)
    } else if let upload {
      number(CURLOPT_POST, 1)
      size(CURLOPT_POSTFIELDSIZE_LARGE, upload.byteCount ?? -1)
      if request.method != "POST" { text(CURLOPT_CUSTOMREQUEST, request.method) }
    } else if request.method != "GET" {
      text(CURLOPT_CUSTOMREQUEST, request.method)
    }
  }

  private mutating func setRedirects(_ request: HTTPRequest) {
    if case .stream = request.body { return }
    guard request.redirectsMax > 0 else { return }
    number(CURLOPT_FOLLOWLOCATION, 1)
    number(CURLOPT_MAXREDIRS, request.redirectsMax)
    if request.method != "POST" { number(CURLOPT_POSTREDIR, ccurl_keep_post_after_301_302) }
    // Cookies that a response sets go with the requests that follow it.
    text(CURLOPT_COOKIEFILE, "")
  }

  private mutating func setTimeLimits(
    _ limits: HTTPRequest.TimeLimits, _ deadline: ContinuousClock.Instant?
  ) {
    number(CURLOPT_CONNECTTIMEOUT_MS, limits.connectMs)
    if let deadline {
      // 0 would be no limit.
      number(CURLOPT_TIMEOUT_MS, max(1, (deadline - .now).wholeMs))
    }
    if let idleMs = limits.idleMs {
      number(CURLOPT_LOW_SPEED_LIMIT, 1)
      number(CURLOPT_LOW_SPEED_TIME, (idleMs + 999) / 1_000)
    }
  }

  private mutating func setConnection(_ request: HTTPRequest) {
    number(CURLOPT_SSL_VERIFYPEER, request.tls.verifies ? 1 : 0)
    number(CURLOPT_SSL_VERIFYHOST, request.tls.verifies ? 2 : 0)
    if let file = request.tls.authoritiesFile { text(CURLOPT_CAINFO, file) }
    if let proxy = request.proxyURL { text(CURLOPT_PROXY, proxy) }
    // The proxy's answer to CONNECT is not the response.
    number(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    if let path = request.socketPath { text(CURLOPT_UNIX_SOCKET_PATH, path) }
  }

  private mutating func setCredentials(_ request: HTTPRequest) {
    if !request.cookies.isEmpty {
      text(
        CURLOPT_COOKIE, request.cookies.map { "\($0.name)=\($0.value)" }.joined(separator: "; "))
    }
    guard let credentials = request.credentials else { return }
    if case .digest = credentials {
      number(CURLOPT_HTTPAUTH, ccurl_auth_digest)
    } else {
      number(CURLOPT_HTTPAUTH, ccurl_auth_basic)
    }
    text(CURLOPT_USERNAME, request.user ?? "")
    text(CURLOPT_PASSWORD, request.password ?? "")
  }

  /// The request's headers in curl's form, and those that keep curl from adding its own.
  func headerLines(_ request: HTTPRequest, upload: UploadSource?) -> [String] {
    var lines = request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
    for name in ["Expect", "Content-Type"] where !request.names(name) { lines.append("\(name):") }
    if let upload, upload.byteCount == nil { lines.append("Transfer-Encoding: chunked") }
    return lines
  }

  /// The transfer, the lines and the text must live until the handle is gone.
  mutating func set(
    callbacksOf transfer: Transfer, _ headerLines: UnsafeMutablePointer<curl_slist>?,
    _ errorText: UnsafeMutablePointer<CChar>
  ) {
    let context = Unmanaged.passUnretained(transfer).toOpaque()
    pointer(CURLOPT_HTTPHEADER, headerLines)
    pointer(CURLOPT_ERRORBUFFER, errorText)
    for option in [CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_READDATA, CURLOPT_SEEKDATA] {
      pointer(option, context)
    }
    keep(ccurl_set_function(easy, CURLOPT_WRITEFUNCTION, writeBody))
    keep(ccurl_set_function(easy, CURLOPT_HEADERFUNCTION, writeHeader))
    keep(ccurl_set_function(easy, CURLOPT_READFUNCTION, readBody))
    keep(ccurl_set_seek(easy, rewindBody))
  }

  private mutating func keep(_ code: CURLcode) {
    if failure == nil, code != CURLE_OK { failure = code }
  }

  private mutating func number(_ option: CURLoption, _ value: Int) {
    keep(ccurl_set_long(easy, option, value))
  }

  private mutating func size(_ option: CURLoption, _ value: Int) {
    keep(ccurl_set_size(easy, option, curl_off_t(value)))
  }

  private mutating func text(_ option: CURLoption, _ value: String) {
    keep(ccurl_set_text(easy, option, value))
  }

  private mutating func pointer(_ option: CURLoption, _ value: UnsafeMutableRawPointer?) {
    keep(ccurl_set_pointer(easy, option, value))
  }
}

extension Duration {
  var wholeMs: Int {
    Int(components.seconds) * 1_000 + Int(components.attoseconds / 1_000_000_000_000_000)
  }
}

extension HTTPRequest {
  fileprivate func names(_ header: String) -> Bool {
    headers.contains { $0.name.lowercased() == header.lowercased() }
  }
}

// MARK: - What curl calls, on the loop's thread

private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
  context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}

private func writeHeader(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
  return transfer(context)?.receiveHeader(line) == true ? line.count : 0
}

private func writeBody(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
  switch transfer(context)?.receiveBody(piece) {
  case .taken: return piece.count
  case .pause: return Int(CURL_WRITEFUNC_PAUSE)
  // Any other number than the piece's breaks the transfer off.
  case .stop, nil: return piece.isEmpty ? 1 : 0
  }
}

private func readBody(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  let buffer = UnsafeMutableRawBufferPointer(start: bytes, count: size * count)
  return transfer(context)?.sendBody(into: buffer) ?? Int(CURL_READFUNC_ABORT)
}

private func rewindBody(
  _ context: UnsafeMutableRawPointer?, _ offset: curl_off_t, _ origin: Int32
) -> Int32 {
  guard offset == 0, origin == SEEK_SET, transfer(context)?.upload?.rewind() == true else {
    return CURL_SEEKFUNC_CANTSEEK
  }
  return CURL_SEEKFUNC_OK
}
