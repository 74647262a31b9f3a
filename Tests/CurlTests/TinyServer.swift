import Glibc
import Threads

/// A server for one test: it reads whole requests with blocking calls, one thread for each
/// connection, keeps them, and answers with whatever bytes the test gives.
final class TinyServer: Sendable {
  struct Received: Sendable {
    let line: String
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    var method: String { String(line.prefix { $0 != " " }) }
    var target: String { String(line.split(separator: " ")[1]) }
    func header(_ name: String) -> String? {
      headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
  }

  /// One connection. `write` throws nothing away: false means that the client is gone.
  struct Peer: Sendable {
    let descriptor: Int32

    @discardableResult func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    @discardableResult func write(_ bytes: [UInt8]) -> Bool {
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes {
          send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if count <= 0 { return false }
        rest = rest.dropFirst(count)
      }
      return true
    }

    /// A whole response; the connection stays open.
    func respond(_ status: Int, _ headers: [String] = [], _ body: String = "") {
      let lines = ["HTTP/1.1 \(status) Text", "Content-Length: \(body.utf8.count)"] + headers
      write(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    /// The client sees the end; what it sends is still read.
    func finishWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Blocks until the client has closed.
    func waitForClose() { var byte: UInt8 = 0; while recv(descriptor, &byte, 1, 0) > 0 {} }
  }

  typealias Answer = @Sendable (Received, Peer) -> Void

  private struct State: Sendable {
    var received: [Received] = []
    var open: [Int32] = []
    var connections = 0
    var threads: [Thread] = []
  }

  let port: UInt16
  let host: String
  private let listener: Int32
  private let state = Locked(State())

  var url: String { "http://\(host):\(port)" }
  var received: [Received] { state.withLock { $0.received } }
  var connections: Int { state.withLock { $0.connections } }

  /// Listens on a free port of 127.0.0.1, or on a Unix socket. The greeting is sent at once.
  init(socketPath: String? = nil, greeting: String = "", _ answer: @escaping Answer) {
    host = "127.0.0.1"
    let listener: Int32
    if let socketPath {
      listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(socketPath.utf8)) }
      Self.bind(listener, &address)
      port = 0
    } else {
      listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      Self.bind(listener, &address)
      port = UInt16(bigEndian: address.sin_port)
    }
    self.listener = listener
    listen(listener, 64)
    let thread = try! Thread.start(named: "tiny-server") { [state] in
      while true {
        let connection = accept(listener, nil, nil)
        if connection < 0 { return }
        Peer(descriptor: connection).write(greeting)
        Self.serve(connection, state, answer)
      }
    }
    state.withLock { $0.threads.append(thread) }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    state.withLock { $0.threads[0] }.join()
    for connection in state.withLock({ $0.open }) { shutdown(connection, Int32(SHUT_RDWR)) }
    for thread in state.withLock({ $0.threads.dropFirst() }) { thread.join() }
    close(listener)
  }

  /// Binds to the address and reads back what it has become.
  private static func bind<Address>(_ listener: Int32, _ address: inout Address) {
    var length = socklen_t(MemoryLayout<Address>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.bind(listener, $0, length) == 0 && getsockname(listener, $0, &length) == 0
      }
    }
    precondition(isBound, "cannot listen: \(errno)")
  }

  private static func serve(
    _ connection: Int32, _ state: Locked<State>, _ answer: @escaping Answer
  ) {
    let thread = try! Thread.start(named: "tiny-peer") {
      let peer = Peer(descriptor: connection)
      var reader = RequestReader(descriptor: connection)
      while let request = reader.next() {
        state.withLock { $0.received.append(request) }
        answer(request, peer)
      }
      state.withLock { $0.open.removeAll { $0 == connection } }
      close(connection)
    }
    state.withLock { state in
      state.connections += 1
      state.open.append(connection)
      state.threads.append(thread)
    }
  }
}

/// Cuts a connection's bytes into requests.
private struct RequestReader {
  let descriptor: Int32
  private var buffer: [UInt8] = []

  init(descriptor: Int32) { self.descriptor = descriptor }

  mutating func next() -> TinyServer.Received? {
    var lines: [String] = []
    while let line = line(), line != "" { lines.append(line) }
    guard let first = lines.first else { return nil }
    let headers = lines.dropFirst().map { line in
      let parts = line.split(separator: ":", maxSplits: 1)
      return (name: String(parts[0]), value: String(parts.dropFirst().joined().drop { $0 == " " }))
    }
    func header(_ name: String) -> String? {
      headers.first { $0.name.lowercased() == name }?.value
    }
    var body: [UInt8] = []
    if header("transfer-encoding") == "chunked" {
      while let size = line().flatMap({ Int($0, radix: 16) }), let piece = bytes(size) {
        body += piece
        _ = line()
        if size == 0 { break }
      }
    } else if let count = header("content-length").flatMap({ Int($0) }) {
      guard let whole = bytes(count) else { return nil }
      body = whole
    }
    return TinyServer.Received(line: first, headers: headers, body: body)
  }

  private mutating func line() -> String? {
    while true {
      if let end = buffer.firstIndex(of: 10) {
        let line = String(decoding: buffer[..<end].filter { $0 != 13 }, as: UTF8.self)
        buffer.removeFirst(end + 1)
        return line
      }
      guard fill() else { return nil }
    }
  }

  private mutating func bytes(_ count: Int) -> [UInt8]? {
    while buffer.count < count { guard fill() else { return nil } }
    defer { buffer.removeFirst(count) }
    return Array(buffer.prefix(count))
  }

  private mutating func fill() -> Bool {
    var piece = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &piece, piece.count, 0)
    guard count > 0 else { return false }
    buffer += piece.prefix(count)
    return true
  }
}

/// Something that a thread or a task waits for and a test lets happen.
final class Gate: Sendable {
  private let ends: (read: Int32, write: Int32)

  init() {
    var descriptors: [Int32] = [0, 0]
    precondition(pipe(&descriptors) == 0)
    ends = (descriptors[0], descriptors[1])
  }

  deinit {
    close(ends.read)
    close(ends.write)
  }

  /// Lets one waiter go on, now or when it comes.
  func open() { var byte: UInt8 = 1; _ = write(ends.write, &byte, 1) }

  /// Blocks the thread.
  func wait() { var byte: UInt8 = 0; _ = read(ends.read, &byte, 1) }

  /// Suspends the task; the waiting is done on a thread.
  func wait() async {
    await withCheckedContinuation { continuation in
      _ = try! Thread.start(named: "gate") { [self] in
        let block: () -> Void = wait
        block()
        continuation.resume()
      }
    }
  }
}
