import CCurl

/// What two URLs must have in common for secrets to go to both, as curl itself reads them.
struct Origin: Equatable {
  private let parts: [String]

  /// Nil for a URL that curl does not accept. A relative one is completed from `origin`.
  init?(_ url: String, from origin: String? = nil) {
    guard let handle = curl_url() else { return nil }
    defer { curl_url_cleanup(handle) }
    for url in [origin, url].compactMap(\.self) {
      guard curl_url_set(handle, CURLUPART_URL, url, 0) == CURLUE_OK else { return nil }
    }
    var parts: [String] = []
    for part in [CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT] {
      var text: UnsafeMutablePointer<CChar>?
      let flags = UInt32(CURLU_DEFAULT_PORT)
      guard curl_url_get(handle, part, &text, flags) == CURLUE_OK, let text else { return nil }
      parts.append(String(cString: text).lowercased())
      curl_free(text)
    }
    self.parts = parts
  }
}
