import Glibc

/// Writes status line and headers of answers into one buffer that is used again and again.
struct ResponseWriter {
  private static let reasons: [Int: StaticString] = [
    200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 206: "Partial Content",
    301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified",
    307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request",
    401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    406: "Not Acceptable", 408: "Request Timeout", 409: "Conflict", 410: "Gone",
    411: "Length Required", 412: "Precondition Failed", 413: "Content Too Large",
    414: "URI Too Long", 415: "Unsupported Media Type", 417: "Expectation Failed",
    422: "Unprocessable Content", 423: "Locked", 429: "Too Many Requests",
    431: "Request Header Fields Too Large", 500: "Internal Server Error",
    501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Gateway Timeout", 505: "HTTP Version Not Supported",
  ]

  /// How the client learns where the body ends.
  enum Framing {
    case length(Int)
    case chunked
    case untilClose
    /// 204, 304: there is no body.
    case absent
  }

  private(set) var bytes: [UInt8] = []
  private var dateLine: [UInt8] = []
  private var dateSecond = -1

  init() {
    bytes.reserveCapacity(64 * 1024)
  }

  mutating func begin(
    _ response: Response, _ framing: Framing, connection: StaticString?
  ) {
    bytes.removeAll(keepingCapacity: true)
    if response.status == 200 {
      put("HTTP/1.1 200 OK\r\n")
    } else {
      put("HTTP/1.1 ")
      put(response.status)
      put(" ")
      put(Self.reasons[response.status] ?? "Status")
      put("\r\n")
    }
    bytes.append(contentsOf: dateLine)
    for header in response.headers {
      put(header.name, orElse: 0x5f) { ByteClasses.isToken($0) }
      put(": ")
      put(header.value, orElse: 0x20) { ByteClasses.isFieldValue($0) }
      put("\r\n")
    }
    switch framing {
    case .length(let count):
      put("Content-Length: ")
      put(count)
      put("\r\n")
    case .chunked: put("Transfer-Encoding: chunked\r\n")
    case .untilClose, .absent: break
    }
    if let connection {
      put("Connection: ")
      put(connection)
      put("\r\n")
    }
    put("\r\n")
  }

  mutating func append(_ body: [UInt8]) { bytes.append(contentsOf: body) }

  /// A chunk of a chunked body around `data`.
  static func chunk(_ data: [UInt8]) -> [UInt8] {
    var framed: [UInt8] = []
    framed.reserveCapacity(data.count + 20)
    framed.append(contentsOf: String(data.count, radix: 16).utf8)
    framed.append(contentsOf: [0x0d, 0x0a])
    framed.append(contentsOf: data)
    framed.append(contentsOf: [0x0d, 0x0a])
    return framed
  }

  static let lastChunk: [UInt8] = Array("0\r\n\r\n".utf8)

  /// Keeps the `Date` line up to date; one system call a loop turn.
  mutating func setClock() {
    var seconds = time(nil)
    if seconds == dateSecond { return }
    dateSecond = seconds
    var parts = tm()
    gmtime_r(&seconds, &parts)
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let two = { (value: Int32) in value < 10 ? "0\(value)" : "\(value)" }
    let text =
      "Date: \(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) "
      + "\(parts.tm_year + 1900) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) "
      + "GMT\r\n"
    dateLine = Array(text.utf8)
  }

  private mutating func put(_ text: StaticString) {
    bytes.append(
      contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private mutating func put(_ number: Int) {
    var number = number
    let start = bytes.count
    repeat {
      bytes.append(UInt8(0x30 + number % 10))
      number /= 10
    } while number > 0
    bytes[start...].reverse()
  }

  /// Text that came from somewhere must not be able to end the line and begin another one.
  private mutating func put(
    _ text: String, orElse substitute: UInt8, _ isAllowed: (UInt8) -> Bool
  ) {
    var text = text
    text.withUTF8 { text in
      let start = bytes.count
      bytes.append(contentsOf: text)
      for index in 0..<text.count where !isAllowed(text[index]) {
        bytes[start + index] = substitute
      }
    }
  }
}
