public import Automation
public import Curl
import JSON

/// Sends one HTTP request. Any answer is a result; 200 to 206 succeed. No answer is a failed one
/// that says why, or a timeout.
///
/// Where hosts are allowed or forbidden, each redirect's host is checked before it is asked.
public struct HTTPRequestRunner: Runner {
  public static let name = "http-request"
  public static let hasSideEffects = true
  static let redirectsMax = 30

  private let client: HTTPClient

  public init(_ client: HTTPClient) { self.client = client }

  public func run(_ job: Job, output: any OutputSink) async -> WorkerReport.Outcome {
    let order: HTTPOrder
    do throws(ParameterError) {
      order = try HTTPOrder(job)
    } catch {
      return .failed(error.text)
    }
    do throws(CurlError) {
      return outcome(of: try await response(to: order), bytesMax: job.outputBytesMax)
    } catch .timedOut(let text) {
      return WorkerReport.Outcome(status: .timeout, result: ["error": .string(text)])
    } catch .cancelled {
      return WorkerReport.Outcome(status: .canceled, result: ["error": "Action was canceled."])
    } catch {
      return .failed(error.description)
    }
  }

  private func response(to order: HTTPOrder) async throws(CurlError) -> HTTPResponse {
    var request = order.request
    guard order.hosts.isLimited, request.redirectsMax > 0 else {
      return try await client.perform(request)
    }
    let redirectsMax = request.redirectsMax
    request.redirectsMax = 0
    for _ in 0...redirectsMax {
      let response = try await client.perform(request)
      guard let next = HTTPRedirect.next(after: response, to: request) else { return response }
      if let refusal = order.hosts.refusal(of: next.url) { throw .invalidRequest(refusal) }
      request = next
    }
    throw .invalidRequest("\(order.request.url): more than \(redirectsMax) redirects")
  }

  private func outcome(of response: HTTPResponse, bytesMax: Int) -> WorkerReport.Outcome {
    let text = HTTPText.decode(response.body, contentType: response.header("content-type"))
    var result: JSONObject = ["status_code": .int(response.status)]
    result["body"] = .string(text)
    result["parsed"] = false
    if response.isTruncated {
      result["body"] = .string(text + "\n[cut here: more than \(bytesMax) bytes]")
    } else if HTTPText.isJSON(response.header("content-type")),
      let value = try? JSONValue(parsing: text)
    {
      result["body"] = value
      result["parsed"] = true
    }
    result["headers"] = .object(Self.headers(response))
    if response.isTruncated { result["truncated"] = true }
    let isGood = (200...206).contains(response.status)
    return WorkerReport.Outcome(status: isGood ? .succeeded : .failed, result: .object(result))
  }

  /// Headers of one name become one, as they may.
  private static func headers(_ response: HTTPResponse) -> JSONObject {
    var headers: JSONObject = [:]
    var spelling: [String: String] = [:]
    for (name, value) in response.headers {
      let known = spelling[name.lowercased()]
      if let known, let before = headers[known]?.stringValue {
        headers[known] = .string(before + ", " + value)
      } else {
        spelling[name.lowercased()] = name
        headers[name] = .string(value)
      }
    }
    return headers
  }
}

/// The next request after a redirect that is followed here, by the rules of `HTTPRequest`.
enum HTTPRedirect {
  /// Nil when the response is the last one.
  static func next(after response: HTTPResponse, to request: HTTPRequest) -> HTTPRequest? {
    guard [301, 302, 303, 307, 308].contains(response.status),
      let location = response.header("location"),
      let from = WebURL(request.url), let target = WebURL(location, from: request.url)
    else { return nil }
    var next = request
    next.url = target.text
    let becomesGet =
      response.status == 303 && request.method != "HEAD"
      || [301, 302].contains(response.status) && request.method == "POST"
    if becomesGet {
      next.method = "GET"
      next.body = .none
      next.headers.removeAll { $0.name.lowercased() == "content-type" }
    }
    if !target.hasOrigin(of: from) {
      next.credentials = nil
      next.cookies = []
      next.headers.removeAll { $0.name.lowercased() == "authorization" }
    }
    return next
  }
}

/// What the bytes of a body mean.
enum HTTPText {
  static func isJSON(_ contentType: String?) -> Bool {
    mediaType(contentType) == "application/json"
  }

  /// By the charset that the header names; without one UTF-8 if it is that, else Latin-1.
  static func decode(_ bytes: [UInt8], contentType: String?) -> String {
    let parameters = (contentType ?? "").split(separator: ";").dropFirst()
    let charset = parameters.lazy.map(trimmed).first { $0.hasPrefix("charset=") }?
      .dropFirst("charset=".count).filter { $0 != "\"" }
    if charset != "iso-8859-1", charset != "latin-1",
      charset == "utf-8" || String(validating: bytes, as: UTF8.self) != nil
    {
      return String(decoding: bytes, as: UTF8.self)
    }
    var text = ""
    for byte in bytes { text.unicodeScalars.append(Unicode.Scalar(byte)) }
    return text
  }

  private static func mediaType(_ contentType: String?) -> String {
    contentType?.split(separator: ";").first.map(trimmed) ?? ""
  }

  private static func trimmed(_ text: Substring) -> String {
    text.lowercased().filter { $0 != " " && $0 != "\t" }
  }
}
