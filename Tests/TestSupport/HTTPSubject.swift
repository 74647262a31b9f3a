public import Curl
public import JSON
import Streams

/// A server that a test asks as a user would.
public protocol HTTPSubject: Sendable {
  var client: HTTPClient { get }
  /// Where it listens, such as `http://127.0.0.1:9101`.
  func base() async throws -> String
}

extension HTTPSubject {
  public func request(_ method: String, _ path: String) async throws -> HTTPRequest {
    var request = HTTPRequest(method, try await base() + path)
    request.proxy = .none
    request.responseBytesMax = 1 << 30
    return request
  }

  public func get(_ path: String) async throws -> Answer {
    Answer(try await client.perform(request("GET", path)))
  }

  public func send(
    _ method: String, _ path: String, _ body: JSONValue? = nil
  ) async throws -> Answer {
    try await send(method, path, text: body?.text())
  }

  /// - Parameter headers: by default those of a body of JSON, where there is a body.
  public func send(
    _ method: String, _ path: String, text: String?,
    headers: [HTTPRequest.Header]? = nil
  ) async throws -> Answer {
    var request = try await request(method, path)
    request.headers = headers ?? (text == nil ? [] : [("Content-Type", "application/json")])
    if let text { request.body = .bytes(Array(text.utf8)) }
    return Answer(try await client.perform(request))
  }

  public func send(
    _ method: String, _ path: String, text: String?, type: String,
    headers: [HTTPRequest.Header] = []
  ) async throws -> Answer {
    try await send(method, path, text: text, headers: [("Content-Type", type)] + headers)
  }

  public func stream(_ path: String) async throws -> HTTPResponseStream {
    try await client.stream(request("GET", path))
  }

  /// Asks until the answer is as wanted; the view follows the log by a moment.
  public func eventually(
    _ path: String, _ isWanted: (Answer) -> Bool
  ) async throws -> Answer {
    let deadline = ContinuousClock.now + .seconds(20)
    while true {
      let answer = try await get(path)
      if isWanted(answer) { return answer }
      guard ContinuousClock.now < deadline else {
        throw SubjectError.stays("\(path) stays \(answer.status) \(answer.text)")
      }
      await Task.yield()
    }
  }
}

/// Why a test cannot go on with a server.
public enum SubjectError: Error {
  case stays(String)
}

/// What the server said.
public struct Answer: Sendable {
  public let status: Int
  public let text: String
  private let response: HTTPResponse

  public init(_ response: HTTPResponse) {
    self.response = response
    status = response.status
    text = String(decoding: response.body, as: UTF8.self)
  }

  /// Null where it is no JSON.
  public var json: JSONValue {
    let limits = JSONLimits(depthMax: Limits.nestingMax, bytesMax: response.body.count)
    return (try? JSONValue(parsing: response.body, limits: limits)) ?? .null
  }

  /// The documents of a body that has one in each line.
  public var lines: [JSONValue] {
    text.split(separator: "\n").map { (try? JSONValue(parsing: String($0))) ?? .null }
  }

  public var fault: String { json["faultstring"]?.stringValue ?? "" }
  public func header(_ name: String) -> String? { response.header(name) }

  /// One member of each object of a list.
  public func each(_ member: String) -> [String] {
    (json.arrayValue ?? []).map { $0[member]?.stringValue ?? "?" }
  }
}
