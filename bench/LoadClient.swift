import CSockets
import Glibc
import Threads

/// A bare HTTP client that costs as little as it can: connections that are kept, requests whose
/// bytes are ready, answers of which only status and length are read. It blocks, so it runs on a
/// thread of its own, whose CPU is told apart.
final class LoadClient {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private let sockets: [Int32]
  private var buffer = [UInt8](repeating: 0, count: 64 << 10)

  init(port: UInt16, connectionCount: Int) throws {
    sockets = try (0..<connectionCount).map { _ in try Self.connected(port) }
  }

  deinit { for socket in sockets { close(socket) } }

  private static func connected(_ port: UInt16) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard code == 0 else { throw Failure(description: "no connection to port \(port)") }
    var yes: Int32 = 1
    setsockopt(
      descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    return descriptor
  }

  /// A request with a body, as bytes.
  static func request(
    _ path: String, _ body: some Collection<UInt8>, type: String = "application/json"
  ) -> [UInt8] {
    Array(
      """
      POST \(path) HTTP/1.1\r
      Host: 127.0.0.1\r
      Content-Type: \(type)\r
      Content-Length: \(body.count)\r
      \r

      """.utf8) + body
  }

  static func get(_ path: String) -> [UInt8] {
    Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8)
  }

  func ask(_ path: String) throws -> ArraySlice<UInt8> {
    try send(Self.get(path))
    return try receive()
  }

  func send(_ bytes: [UInt8], on place: Int = 0) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        sockets_send(sockets[place], $0.baseAddress! + sent, bytes.count - sent, 0)
      }
      guard count > 0 else { throw Failure(description: "the server has closed the connection") }
      sent += count
    }
  }

  /// The body of an answer, which must be a success and fit the buffer.
  @discardableResult
  func receive(on place: Int = 0) throws -> ArraySlice<UInt8> {
    var filled = 0
    while true {
      let count = buffer.withUnsafeMutableBytes {
        recv(sockets[place], $0.baseAddress! + filled, $0.count - filled - 1, 0)
      }
      guard count > 0 else { throw Failure(description: "the server has closed the connection") }
      filled += count
      // An end for what looks for texts in it.
      buffer[filled] = 0
      if let body = try Self.body(buffer[..<filled]) { return body }
    }
  }

  /// Nil while it is not whole.
  private static func body(_ bytes: ArraySlice<UInt8>) throws -> ArraySlice<UInt8>? {
    let (head, length) = bytes.withUnsafeBytes { raw -> (Int, Int) in
      let text = raw.baseAddress!.assumingMemoryBound(to: CChar.self)
      guard let end = strstr(text, "\r\n\r\n"), let field = strstr(text, "Content-Length: ") else {
        return (0, 0)
      }
      return (UnsafePointer(end) - text + 4, Int(strtol(field + 16, nil, 10)))
    }
    guard head > 0, bytes.count >= head + length else { return nil }
    guard bytes[9] == UInt8(ascii: "2") else {
      throw Failure(description: String(decoding: bytes.prefix(head + length), as: UTF8.self))
    }
    return bytes[head..<head + length]
  }

  /// Sends each request once, as many at a time as there are connections, each connection its next
  /// one when its answer has come.
  func sendAll(_ count: Int, _ request: (Int) -> [UInt8]) throws {
    for number in 0..<count + sockets.count {
      let place = number % sockets.count
      if number >= sockets.count, number - sockets.count < count { try receive(on: place) }
      if number < count { try send(request(number), on: place) }
    }
  }

  var connectionCount: Int { sockets.count }
}

/// A thread that makes load, and what it has cost itself.
enum LoadThread {
  /// Runs `work` on a thread; returns its value and the CPU of the thread in microseconds.
  static func run<Value: Sendable>(
    _ work: @escaping @Sendable () throws -> Value
  ) async throws -> (value: Value, cpuUs: Double) {
    let executor = try ThreadExecutor(named: "load")
    return try await executor.run { () throws -> (value: Value, cpuUs: Double) in
      let start = Cost.threadCPU
      let value = try work()
      return (value, Cost.threadCPU - start)
    }
  }
}
