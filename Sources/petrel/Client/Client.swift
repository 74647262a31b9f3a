import Curl
import Glibc
import JSON

/// Asks a Petrel server over HTTP: through the socket in its data folder, or at a URL. Whoever
/// makes one closes it.
struct Client: Sendable {
  enum Place: Sendable {
    case socket(path: String)
    /// Without a `/` at its end.
    case url(String)
  }

  struct Reply: Sendable {
    let body: [UInt8]
    /// How many there are of what a list shows a part of.
    let totalCount: Int?

    func json() throws(ClientError) -> JSONValue {
      do { return try JSONValue(parsing: body, limits: Client.jsonLimits) } catch {
        throw .garbled("the server's answer is not JSON: \(error.message)")
      }
    }
  }

  /// A page of large results.
  static let responseBytesMax = 512 << 20
  static let jsonLimits = JSONLimits(depthMax: 256, bytesMax: responseBytesMax)
  static let timeoutMs = 60_000

  let place: Place
  private let http: HTTPClient
  private let atEnd: @Sendable () async -> Void

  /// - Parameter atEnd: what serves this client alone is ended by it.
  init(_ place: Place, atEnd: @escaping @Sendable () async -> Void = {}) throws {
    self.place = place
    self.atEnd = atEnd
    http = try HTTPClient()
  }

  func close() async {
    http.shutdown()
    await atEnd()
  }

  func get(_ path: String, _ query: [QueryItem] = []) async throws -> Reply {
    try await send(request("GET", path, query))
  }

  func send(
    _ method: String, _ path: String, _ query: [QueryItem] = [], json: JSONValue? = nil
  ) async throws -> Reply {
    var request = request(method, path, query)
    if let json {
      request.headers.append(("Content-Type", "application/json"))
      request.body = .bytes(Array(json.text().utf8))
    }
    return try await send(request)
  }

  /// - Parameter body: NDJSON; a stream of unknown length has no time limit but to stand still.
  func send(
    lines body: HTTPRequest.Body, to path: String, _ query: [QueryItem] = []
  ) async throws -> Reply {
    var request = request("POST", path, query)
    request.headers.append(("Content-Type", "application/x-ndjson"))
    request.body = body
    request.timeLimits.totalMs = nil
    return try await send(request)
  }

  /// A response whose body is read while it comes.
  func stream(
    method: String = "GET", _ path: String, _ query: [QueryItem] = [],
    headers: [HTTPRequest.Header] = []
  ) async throws -> HTTPResponseStream {
    var request = request(method, path, query)
    request.headers += headers
    request.timeLimits.totalMs = nil
    do {
      let stream = try await http.stream(request)
      guard stream.status < 300 else {
        var body: [UInt8] = []
        while let piece = try await stream.next(), body.count < 1 << 20 { body += piece }
        throw Self.refusal(stream.status, body)
      }
      return stream
    } catch let error as CurlError {
      throw Self.failure(error)
    }
  }

  /// The next piece of a stream, nil at its end; errors are the client's own.
  static func next(of stream: HTTPResponseStream) async throws -> [UInt8]? {
    do { return try await stream.next() } catch { throw failure(error) }
  }

  private func request(_ method: String, _ path: String, _ query: [QueryItem]) -> HTTPRequest {
    var text = path
    if !query.isEmpty { text += "?" + query.map(\.text).joined(separator: "&") }
    var request: HTTPRequest
    switch place {
    case .socket(let path):
      request = HTTPRequest(method, "http://localhost" + text)
      request.socketPath = path
    case .url(let url): request = HTTPRequest(method, url + text)
    }
    request.headers = [("Accept", "application/json, */*;q=0.5")]
    request.timeLimits.totalMs = Self.timeoutMs
    request.responseBytesMax = Self.responseBytesMax
    return request
  }

  private func send(_ request: HTTPRequest) async throws -> Reply {
    do {
      let response = try await http.perform(request)
      guard response.status < 300 else { throw Self.refusal(response.status, response.body) }
      return Reply(
        body: response.body, totalCount: response.header("X-Total-Count").flatMap { Int($0) })
    } catch let error as CurlError {
      throw Self.failure(error)
    }
  }

  private static func failure(_ error: CurlError) -> any Error {
    switch error {
    case .cancelled: CancellationError()
    case .invalidRequest, .tooLarge: ClientError.garbled("\(error)")
    default: ClientError.unreachable("\(error); is the server running? 'petrel status' tells")
    }
  }

  private static func refusal(_ status: Int, _ body: [UInt8]) -> ClientError {
    let document = try? JSONValue(parsing: body, limits: jsonLimits)
    return .refused(status: status, reason: document?["faultstring"]?.stringValue ?? "", body: body)
  }
}

/// Cuts a stream into lines.
struct LineBuffer {
  private var rest: [UInt8] = []

  /// The lines that the piece completes, without their ends.
  mutating func add(_ piece: [UInt8]) -> [[UInt8]] {
    rest += piece
    var lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    rest = Array(lines.removeLast())
    return lines.map { Array($0) }
  }
}

/// `name=value` of a query.
struct QueryItem: Sendable {
  let name: String
  let value: String

  init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }

  var text: String { percentEncoded(name) + "=" + percentEncoded(value) }
}

/// For one part of a path or a query: all but unreserved characters are escaped.
func percentEncoded(_ text: String) -> String {
  var result = ""
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"), UInt8(ascii: "~"):
      result.unicodeScalars.append(Unicode.Scalar(byte))
    default:
      let digits = String(byte, radix: 16, uppercase: true)
      result += "%" + (digits.count == 1 ? "0" : "") + digits
    }
  }
  return result
}
