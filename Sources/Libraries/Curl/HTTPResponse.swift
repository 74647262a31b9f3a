/// Status and headers of the last response, after redirects and requests to log in.
public struct HTTPResponseHead: Sendable {
  public internal(set) var status = 0
  /// In the server's order and spelling; one entry for each line.
  public internal(set) var headers: [HTTPRequest.Header] = []

  /// The first header of this name, in any case.
  public func header(_ name: String) -> String? {
    let name = name.lowercased()
    return headers.first { $0.name.lowercased() == name }?.value
  }
}

/// A response with its whole body.
public struct HTTPResponse: Sendable {
  public let head: HTTPResponseHead
  public let body: [UInt8]
  /// The body went on after `responseBytesMax`.
  public let isTruncated: Bool
  /// Where the response came from, after redirects.
  public let url: String
  public let redirects: Int
  /// From the start of the transfer to its last byte.
  public let durationUs: Int

  public var status: Int { head.status }
  public var headers: [HTTPRequest.Header] { head.headers }
  public func header(_ name: String) -> String? { head.header(name) }
}
