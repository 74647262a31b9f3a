import CCurl

/// A URL taken apart and made whole by curl itself, so that what is checked is what is connected
/// to.
public struct WebURL: Sendable, Equatable {
  public let text: String
  /// In lower case, as the host is.
  public let scheme: String
  /// Without brackets and a final dot.
  public let host: String
  public let port: Int

  /// Nil for what curl does not accept. A relative one, as in a redirect, is completed from `base`.
  public init?(_ text: String, from base: String? = nil) {
    guard let handle = curl_url() else { return nil }
    defer { curl_url_cleanup(handle) }
    for url in [base, text].compactMap(\.self) {
      guard curl_url_set(handle, CURLUPART_URL, url, 0) == CURLUE_OK else { return nil }
    }
    func part(_ part: CURLUPart) -> String? {
      var text: UnsafeMutablePointer<CChar>?
      guard curl_url_get(handle, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text
      else { return nil }
      defer { curl_free(text) }
      return String(cString: text)
    }
    guard let url = part(CURLUPART_URL), let scheme = part(CURLUPART_SCHEME),
      let host = part(CURLUPART_HOST), let port = part(CURLUPART_PORT).flatMap({ Int($0) })
    else { return nil }
    self.text = url
    self.scheme = scheme.lowercased()
    self.port = port
    let name = host.lowercased().filter { $0 != "[" && $0 != "]" }
    self.host = name.hasSuffix(".") ? String(name.dropLast()) : name
  }

  /// Secrets for one go to the other as well: the same scheme, host and port.
  public func hasOrigin(of other: WebURL) -> Bool {
    scheme == other.scheme && host == other.host && port == other.port
  }
}
