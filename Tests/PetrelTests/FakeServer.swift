import Glibc
import Threads

/// A tiny HTTP server for tests of the client: one request a connection, answers as told.
final class FakeServer: Sendable {
  struct Request: Sendable {
    let method: String
    /// With its query.
    let target: String
    /// The lines of the head, in small letters.
    var head: [String] = []
    let body: [UInt8]

    var path: String { String(target.prefix { $0 != "?" }) }
    var text: String { String(decoding: body, as: UTF8.self) }

    func header(_ name: String) -> String? {
      head.first { $0.hasPrefix(name + ": ") }.map { String($0.dropFirst(name.count + 2)) }
    }
  }

  struct Answer: Sendable {
    var status = 200
    var headers: [String] = []
    var body: String

    static func json(_ body: String, status: Int = 200, total: Int? = nil) -> Answer {
      let count = total.map { ["X-Total-Count: \($0)"] } ?? []
      return Answer(
        status: status, headers: ["Content-Type: application/json"] + count, body: body)
    }
  }

  typealias Respond = @Sendable (Request) -> Answer

  private let descriptor: Int32
  private let seen = Locked<[Request]>([])
  /// `http://127.0.0.1:port`; empty for a server on a path.
  let url: String

  var requests: [Request] { seen.withLock { $0 } }

  /// On a free port of the loopback.
  init(_ respond: @escaping Respond) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    try Self.bind(descriptor, &address)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = getsockname(descriptor, $0, &length)
      }
    }
    url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    try start(respond)
  }

  /// On a Unix socket.
  init(path: String, _ respond: @escaping Respond) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    try Self.bind(descriptor, &address)
    url = ""
    try start(respond)
  }

  /// Wakes the thread out of `accept`, which then closes the socket.
  func stop() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  private struct SystemError: Error { let code = errno }

  private static func bind<Address>(_ descriptor: Int32, _ address: inout Address) throws {
    let code = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
      }
    }
    guard code == 0, listen(descriptor, 16) == 0 else { throw SystemError() }
  }

  private func start(_ respond: @escaping Respond) throws {
    let (descriptor, seen) = (descriptor, seen)
    try Thread.start(named: "fake server") {
      while true {
        let connection = accept(descriptor, nil, nil)
        guard connection >= 0 else { break }
        if let request = Self.read(connection) {
          seen.withLock { $0.append(request) }
          Self.write(respond(request), to: connection)
        }
        close(connection)
      }
      close(descriptor)
    }
  }

  private static func read(_ connection: Int32) -> Request? {
    var bytes: [UInt8] = []
    func more() -> Bool {
      var buffer = [UInt8](repeating: 0, count: 65_536)
      let count = recv(connection, &buffer, buffer.count, 0)
      if count > 0 { bytes += buffer[..<count] }
      return count > 0
    }
    func range(of text: String) -> Int? {
      let pattern = Array(text.utf8)
      guard bytes.count >= pattern.count else { return nil }
      return (0...(bytes.count - pattern.count)).first { bytes[$0...].starts(with: pattern) }
    }
    while range(of: "\r\n\r\n") == nil { guard more() else { return nil } }
    let end = (range(of: "\r\n\r\n") ?? 0) + 4
    let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
    let words = lines[0].split(separator: " ").map(String.init)
    let head = lines.map { $0.lowercased() }
    if head.contains("transfer-encoding: chunked") {
      while range(of: "\r\n0\r\n\r\n") == nil, !bytes[end...].starts(with: Array("0\r\n\r\n".utf8))
      {
        guard more() else { return nil }
      }
      return Request(
        method: words[0], target: words[1], head: head, body: unchunked(Array(bytes[end...])))
    }
    let length = head.first { $0.hasPrefix("content-length: ") }.flatMap { Int($0.dropFirst(16)) }
    while bytes.count < end + (length ?? 0) { guard more() else { return nil } }
    return Request(method: words[0], target: words[1], head: head, body: Array(bytes[end...]))
  }

  private static func unchunked(_ bytes: [UInt8]) -> [UInt8] {
    var (rest, body) = (bytes[...], [UInt8]())
    while let line = rest.firstIndex(of: UInt8(ascii: "\r")) {
      let size = Int(String(decoding: rest[..<line], as: UTF8.self), radix: 16) ?? 0
      if size == 0 { break }
      let start = line + 2
      body += rest[start..<start + size]
      rest = rest[(start + size + 2)...]
    }
    return body
  }

  private static func write(_ answer: Answer, to connection: Int32) {
    let lines =
      ["HTTP/1.1 \(answer.status) Answer", "Content-Length: \(answer.body.utf8.count)"]
      + answer.headers + ["Connection: close", "", answer.body]
    let bytes = Array(lines.joined(separator: "\r\n").utf8)
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { raw in
        send(connection, raw.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      sent += count
    }
  }
}
