import Automation
import Crypto
import Curl
import JSON

/// The request that an action's parameters ask for.
struct HTTPOrder {
  static let timeoutSecondsDefault = 60.0

  private(set) var request: HTTPRequest
  let hosts: AllowedHosts

  init(_ job: Job) throws(ParameterError) {
    let runner = job.runnerParameters
    guard let url = runner["url"]?.stringValue, !url.isEmpty else {
      throw ParameterError("Parameter url must be a text, but there is none.")
    }
    hosts = try AllowedHosts(runner)
    request = HTTPRequest("GET", url + Self.query(job.actionParameters["params"], after: url))
    if let refusal = hosts.refusal(of: request.url) { throw ParameterError(refusal) }
    try addHeaders(runner["headers"], job)
    try addBody(job.actionParameters)
    for (name, value) in try Self.members(runner["cookies"], "cookies") {
      request.cookies.append((name, PythonText.string(value)))
    }
    if let method = job.actionParameters["method"]?.stringValue {
      request.method = method
    } else if case .bytes = request.body {
      request.method = "POST"
    }
    try addCredentials(job)
    request.redirectsMax =
      runner["allow_redirects"]?.boolValue == true ? HTTPRequestRunner.redirectsMax : 0
    request.tls.verifies = runner["verify_ssl_cert"]?.boolValue ?? true
    addProxy(runner)
    request.timeLimits.totalMs = try Self.timeLimitMs(job.actionParameters["timeout"])
    request.timeLimits.connectMs = request.timeLimits.totalMs ?? 60_000
    request.responseBytesMax = job.outputBytesMax
    request.truncatesResponse = true
  }

  private static func members(
    _ value: JSONValue?, _ name: String
  ) throws(ParameterError) -> JSONObject {
    switch value ?? .null {
    case .null: return [:]
    case .object(let members): return members
    case let other:
      throw ParameterError("Parameter \(name) must be an object, found \(other.kindName).")
    }
  }

  // MARK: - Parts

  /// Lists give a name several times, null leaves it out.
  private static func query(_ parameters: JSONValue?, after url: String) -> String {
    var items: [String] = []
    for (name, value) in parameters?.objectValue ?? [:] {
      for value in value.arrayValue ?? [value] where !value.isNull {
        items.append("\(formEncoded(name))=\(formEncoded(PythonText.string(value)))")
      }
    }
    guard !items.isEmpty else { return "" }
    return (url.contains("?") ? "&" : "?") + items.joined(separator: "&")
  }

  static func formEncoded(_ text: String) -> String {
    var encoded = ""
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e:
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      case 0x20: encoded += "+"
      default: encoded += "%" + Hex.encode([byte]).uppercased()
      }
    }
    return encoded
  }

  private mutating func addHeaders(_ value: JSONValue?, _ job: Job) throws(ParameterError) {
    for (name, value) in try Self.members(value, "headers") {
      // The body itself says how long it is.
      guard !["content-length", "transfer-encoding"].contains(name.lowercased()), !value.isNull
      else { continue }
      request.headers.append((name, PythonText.string(value)))
    }
    if header("user-agent") == nil { request.headers.append(("User-Agent", "petrel")) }
    let name = job.action.drop { $0 != "." }.dropFirst()
    request.headers.append(("X-Stanley-Action", String(name)))
  }

  private func header(_ name: String) -> String? {
    request.headers.first { $0.name.lowercased() == name }?.value
  }

  private mutating func addBody(_ parameters: JSONObject) throws(ParameterError) {
    let body = parameters["body"] ?? .null
    let isEmpty = body.isNull || body.stringValue == ""
    if let name = parameters["file_name"]?.stringValue, !name.isEmpty,
      let content = parameters["file_content"]?.stringValue, !content.isEmpty
    {
      guard isEmpty else {
        throw ParameterError("Parameters body and file_content cannot be sent together.")
      }
      addFile(name, content, type: parameters["file_content_type"]?.stringValue)
    } else if !isEmpty {
      request.body = .bytes(Array(try bodyText(body).utf8))
    }
  }

  private func bodyText(_ body: JSONValue) throws(ParameterError) -> String {
    guard HTTPText.isJSON(header("content-type")) else { return PythonText.string(body) }
    guard let text = body.stringValue else { return body.text() }
    do {
      return try JSONValue(parsing: text).text()
    } catch {
      throw ParameterError(
        "Parameter body must be JSON, because the header content-type says so: \(error)")
    }
  }

  private mutating func addFile(_ name: String, _ content: String, type: String?) {
    let boundary = Hex.encode(randomBytes(16))
    let quoted = name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      .filter { $0 != "\r" && $0 != "\n" && $0 != "\r\n" }
    var text = "--\(boundary)\r\n"
    text += "Content-Disposition: form-data; name=\"\(quoted)\"; filename=\"\(quoted)\"\r\n"
    if let type, !type.isEmpty, !type.contains(where: \.isNewline) {
      text += "Content-Type: \(type)\r\n"
    }
    text += "\r\n\(content)\r\n--\(boundary)--\r\n"
    request.headers.removeAll { $0.name.lowercased() == "content-type" }
    request.headers.append(("Content-Type", "multipart/form-data; boundary=\(boundary)"))
    request.body = .bytes(Array(text.utf8))
  }

  /// A user name and password; or `auth`, which is a header as `name=value`, or `user:password`.
  private mutating func addCredentials(_ job: Job) throws(ParameterError) {
    let user = job.runnerParameters["username"]?.stringValue ?? ""
    let password = job.runnerParameters["password"]?.stringValue ?? ""
    if !user.isEmpty || !password.isEmpty {
      request.credentials = .basic(user: user, password: password)
      return
    }
    guard let auth = job.actionParameters["auth"]?.stringValue, !auth.isEmpty else { return }
    if let mark = auth.firstIndex(where: { $0 == "=" || $0 == ":" }) {
      let before = String(auth[..<mark])
      let after = String(auth[auth.index(after: mark)...])
      if auth[mark] == "=" {
        request.headers.append((before, after))
      } else {
        request.credentials = .basic(user: before, password: after)
      }
    } else {
      throw ParameterError("Parameter auth must be 'name=value' for a header or 'user:password'.")
    }
  }

  private mutating func addProxy(_ runner: JSONObject) {
    let isEncrypted = WebURL(request.url)?.scheme == "https"
    let proxy = runner[isEncrypted ? "https_proxy" : "http_proxy"]?.stringValue ?? ""
    if !proxy.isEmpty { request.proxy = .url(proxy) }
  }

  private static func timeLimitMs(_ value: JSONValue?) throws(ParameterError) -> Int? {
    let value = value.flatMap { $0.isNull ? nil : $0 } ?? .double(timeoutSecondsDefault)
    guard let seconds = value.doubleValue, seconds > 0, seconds <= 1e6 else {
      throw ParameterError(
        "Parameter timeout must be a number of seconds, more than 0 and at most 1000000,"
          + " found \(value.text()).")
    }
    return max(1, Int(seconds * 1000))
  }
}

/// The hosts that may be asked, and those that may not; only one of the lists can be given.
struct AllowedHosts {
  private var allowed: Set<String>
  private var forbidden: Set<String>

  init(_ parameters: JSONObject) throws(ParameterError) {
    func hosts(_ name: String) -> Set<String> {
      Set(
        (parameters[name]?.arrayValue ?? []).compactMap(\.stringValue).map { host in
          let host = host.lowercased().filter { $0 != "[" && $0 != "]" }
          return host.hasSuffix(".") ? String(host.dropLast()) : host
        })
    }
    allowed = hosts("url_hosts_whitelist")
    forbidden = hosts("url_hosts_blacklist")
    guard allowed.isEmpty || forbidden.isEmpty else {
      throw ParameterError(
        "\"url_hosts_blacklist\" and \"url_hosts_whitelist\" parameters are mutually exclusive. "
          + "Only one should be provided.")
    }
  }

  var isLimited: Bool { !allowed.isEmpty || !forbidden.isEmpty }

  /// Why a URL may not be asked; nil when it may.
  func refusal(of url: String) -> String? {
    guard isLimited else { return nil }
    guard let host = WebURL(url)?.host else { return "URL \"\(url)\" cannot be understood" }
    if forbidden.contains(host) { return "URL \"\(url)\" is blacklisted" }
    if !allowed.isEmpty, !allowed.contains(host) { return "URL \"\(url)\" is not whitelisted" }
    return nil
  }
}
