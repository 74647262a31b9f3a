import CCurl
import Glibc

/// One request on its way: curl's easy handle, what curl reads from and writes to, and what has
/// come so far. Everything but `request` and `deadline` belongs to the loop's thread.
final class Transfer: @unchecked Sendable {
  enum Sink {
    case collected(EndOfTransfer)
    case streamed(StreamBuffer)
  }

  /// Why a callback broke the transfer off.
  private enum Stop {
    case truncated
    case failed(CurlError)
  }

  /// Status lines and headers of all responses to one request.
  static let headersBytesMax = 256 << 10

  let request: HTTPRequest
  let deadline: ContinuousClock.Instant?
  private(set) var easy: UnsafeMutableRawPointer?
  private(set) var upload: UploadSource?
  private(set) var resume: @Sendable () -> Void = {}

  private let sink: Sink
  private var headerLines: UnsafeMutablePointer<curl_slist>?
  private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
  private var head = HTTPResponseHead()
  private var headersBytes = 0
  private var isHeadComplete = false
  private var isHeadGiven = false
  private var body: [UInt8] = []
  private var stop: Stop?

  init(_ request: HTTPRequest, _ sink: Sink) {
    self.request = request
    self.sink = sink
    deadline = request.timeLimits.totalMs.map { .now + .milliseconds($0) }
    errorText.pointee = 0
  }

  deinit { errorText.deallocate() }

  func isExpired(_ now: ContinuousClock.Instant) -> Bool { deadline.map { $0 <= now } ?? false }

  /// Makes the handle. `resume` may be called from any thread, when a paused body has bytes again.
  func prepare(
    resume: @escaping @Sendable () -> Void
  ) throws(CurlError) -> UnsafeMutableRawPointer {
    guard let easy = curl_easy_init() else { throw .busy("\(request.name): no memory") }
    self.easy = easy
    self.resume = resume
    upload =
      switch request.body {
      case .bytes(let bytes): UploadSource(bytes)
      case .stream(let stream): UploadSource(stream)
      // These methods have a body, if an empty one.
      case .none: ["POST", "PUT", "PATCH"].contains(request.method) ? UploadSource([]) : nil
      }
    var options = Options(easy)
    options.set(request, upload: upload, deadline: deadline)
    for line in options.headerLines(request, upload: upload) {
      guard let longer = curl_slist_append(headerLines, line) else {
        throw .busy("\(request.name): no memory")
      }
      headerLines = longer
    }
    options.set(callbacksOf: self, headerLines, errorText)
    if let code = options.failure { throw error(code) }
    return easy
  }

  // MARK: The end

  /// What became of the transfer, by curl's code.
  func outcome(_ code: CURLcode) -> EndOfTransfer.Outcome {
    guard let easy else { return .failure(.cancelled) }
    var isTruncated = false
    switch stop {
    case .failed(let error): return .failure(error)
    case .truncated: isTruncated = true
    case nil:
      guard code == CURLE_OK else { return .failure(error(code)) }
    }
    let url = ccurl_info_text(easy, CURLINFO_EFFECTIVE_URL).map { String(cString: $0) }
    return .success(
      HTTPResponse(
        head: head, body: body, isTruncated: isTruncated, url: url ?? request.url,
        redirects: ccurl_info_long(easy, CURLINFO_REDIRECT_COUNT),
        durationUs: Int(ccurl_info_size(easy, CURLINFO_TOTAL_TIME_T))))
  }

  private func error(_ code: CURLcode) -> CurlError {
    let detail = errorText.pointee == 0 ? curl_easy_strerror(code) : UnsafePointer(errorText)
    let text = "\(request.name): \(detail.map { String(cString: $0) } ?? "")"
    let redirects = easy.map { ccurl_info_long($0, CURLINFO_REDIRECT_COUNT) } ?? 0
    return CurlError(code, text: text, isFirst: redirects == 0)
  }

  /// Frees what curl used (the loop has let go of the handle) and tells who waits.
  func end(_ outcome: EndOfTransfer.Outcome) {
    upload?.stop()
    if let easy { curl_easy_cleanup(easy) }
    curl_slist_free_all(headerLines)
    easy = nil
    headerLines = nil
    switch (sink, outcome) {
    case (.collected(let end), _): end.finish(outcome)
    case (.streamed(let buffer), .success):
      giveHead()
      buffer.finish(.complete)
    case (.streamed(let buffer), .failure(let error)): buffer.finish(.failed(error))
    }
  }

  // MARK: What curl calls

  /// One line of a response's head, or a trailer. False breaks the transfer off.
  func receiveHeader(_ line: UnsafeRawBufferPointer) -> Bool {
    headersBytes += line.count
    guard headersBytes <= Self.headersBytesMax else {
      stop = .failed(.tooLarge(bytesMax: Self.headersBytesMax))
      return false
    }
    let text = String(decoding: line, as: UTF8.self)
    if text.hasPrefix("HTTP/") {
      head = HTTPResponseHead()
      isHeadComplete = false
      head.status = text.split(separator: " ").dropFirst().first.flatMap { Int($0.prefix(3)) } ?? 0
      followAsGet()
    } else if isHeadComplete {
      // A trailer: nobody has asked for any.
    } else if line.first == 0x0D || line.first == 0x0A {
      isHeadComplete = true
      // Any other status may be followed by another request.
      if (200..<300).contains(head.status) { giveHead() }
    } else {
      addHeader(text)
      keepCookies(from: head.headers.last)
    }
    return true
  }

  private func addHeader(_ text: String) {
    if text.first == " " || text.first == "\t", let last = head.headers.indices.last {
      head.headers[last].value += " " + trimmed(text[...])
    } else if let colon = text.firstIndex(of: ":") {
      let value = trimmed(text[text.index(after: colon)...])
      head.headers.append((name: String(text[..<colon]), value: value))
    }
  }

  /// curl repeats a method that it was told by name; after 303 the next request is a GET.
  private func followAsGet() {
    guard head.status == 303, request.redirectsMax > 0, request.method != "HEAD", let easy else {
      return
    }
    _ = ccurl_set_text(easy, CURLOPT_CUSTOMREQUEST, nil)
  }

  /// curl keeps credentials from another origin, but not the request's own cookies.
  private func keepCookies(from header: HTTPRequest.Header?) {
    guard !request.cookies.isEmpty, request.redirectsMax > 0, (300..<400).contains(head.status),
      let header, header.name.lowercased() == "location", let easy
    else { return }
    let origin = Origin(request.url)
    if origin == nil || origin != Origin(header.value, from: request.url) {
      _ = ccurl_set_text(easy, CURLOPT_COOKIE, nil)
    }
  }

  /// Bytes of the body. `pause` asks curl to offer the same bytes again, later.
  enum Receipt { case taken, pause, stop }

  func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Receipt {
    switch sink {
    case .streamed(let buffer):
      giveHead()
      return buffer.offer(bytes) ? .taken : .pause
    case .collected:
      let room = request.responseBytesMax - body.count
      guard bytes.count > room else {
        body.append(contentsOf: bytes)
        return .taken
      }
      if request.truncatesResponse {
        body.append(contentsOf: bytes.prefix(room))
        stop = .truncated
      } else {
        stop = .failed(.tooLarge(bytesMax: request.responseBytesMax))
      }
      return .stop
    }
  }

  /// Fills curl's buffer with the request's body; the number is curl's.
  func sendBody(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard let upload else { return 0 }
    switch upload.read(into: buffer, resume: resume) {
    case .bytes(let count): return count
    case .end: return 0
    case .pause: return Int(CURL_READFUNC_PAUSE)
    case .failed(let text):
      stop = .failed(.bodyFailed("\(request.name): \(text)"))
      return Int(CURL_READFUNC_ABORT)
    }
  }

  private func giveHead() {
    guard case .streamed(let buffer) = sink, !isHeadGiven else { return }
    isHeadGiven = true
    buffer.begin(head)
  }
}

private func trimmed(_ text: Substring) -> String {
  let isBlank = { (character: Character) in character.isWhitespace }
  let start = text.drop(while: isBlank)
  guard let last = start.lastIndex(where: { !isBlank($0) }) else { return "" }
  return String(start[...last])
}
