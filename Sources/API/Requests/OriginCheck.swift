import Glibc
import HTTPServer

/// Keeps foreign web pages out. A page that a person opens may send requests to any address that
/// the person's machine reaches, this server's too, and with a name of its own that it points there
/// may read the answers as well. Such requests say what they are: they carry an `Origin`, a
/// `Sec-Fetch-Site` or a `Host` that is not this server's. Programs send none of these, and pages
/// cannot reach a Unix socket, so nobody else is refused. This is no authentication.
struct OriginCheck: Sendable {
  /// In small letters. Addresses need not be named: no page can make one its own.
  private let names: Set<String>

  /// - Parameter names: by which clients may call the server besides the hosts that it listens on.
  init(_ addresses: [ListenAddress], names: [String]) {
    var known: Set<String> = ["localhost"]
    for address in addresses {
      switch address {
      case .tcp(let host, _), .tls(let host, _): known.insert(host.lowercased())
      case .unix: continue
      }
    }
    self.names = known.union(names.map { $0.lowercased() })
  }

  /// The answer to a request that a foreign page has sent; nil for any other. Called on a loop
  /// thread.
  @Sendable func refusal(of request: Request) -> Response? {
    if request.isLocal { return nil }
    let host = request.header("host")?.lowercased()
    if let host, !isOwn(host) {
      return .fault(
        403,
        "the server is not called '\(host)'; call it by its address, or name it in http.names")
    }
    if let origin = request.header("origin"), !Self.isPage(of: host, origin.lowercased()) {
      return .fault(403, "requests from pages of another site ('\(origin)') are not taken")
    }
    if request.header("sec-fetch-site")?.lowercased() == "cross-site" {
      return .fault(403, "requests from pages of another site are not taken")
    }
    return nil
  }

  /// Whether the value of a `Host` header is an address or one of the names.
  private func isOwn(_ host: String) -> Bool {
    if host.hasPrefix("[") {
      guard let end = host.firstIndex(of: "]") else { return false }
      return Self.isAddress(AF_INET6, host[..<end].dropFirst())
    }
    let name = host.prefix { $0 != ":" }
    return names.contains(String(name)) || Self.isAddress(AF_INET, name)
  }

  private static func isAddress(_ family: Int32, _ text: Substring) -> Bool {
    var address = in6_addr()
    return inet_pton(family, String(text), &address) == 1
  }

  private static func isPage(of host: String?, _ origin: String) -> Bool {
    guard let host, let scheme = ["http://", "https://"].first(where: origin.hasPrefix) else {
      return false
    }
    return origin.dropFirst(scheme.count) == host
  }
}
