import Arguments
import Glibc

/// Which server a command talks to. `--data` is shared by all commands.
struct ConnectionOptions: Sendable {
  static let serverVariable = "PETREL_SERVER"

  let server: Key<String?>

  init(in signature: inout Signature) {
    server = signature.optional(
      "server", nil, String.self,
      "Talk to the server at this URL instead of the one of the data folder (or PETREL_SERVER)")
  }
}

/// What a command needs a server for.
enum Purpose: Sendable {
  /// Without a running server the folder itself may answer.
  case reading
  case changing
}

extension Program {
  /// Opens a client, runs the body with it and closes it.
  func withClient(
    _ values: Values, _ options: ConnectionOptions, _ purpose: Purpose = .reading,
    _ body: (Client) async throws -> Void
  ) async throws {
    let client = try await client(values, options, purpose)
    do {
      try await body(client)
    } catch {
      await client.close()
      throw error
    }
    await client.close()
  }

  private func client(
    _ values: Values, _ options: ConnectionOptions, _ purpose: Purpose
  ) async throws -> Client {
    let variable = surroundings.variables[ConnectionOptions.serverVariable] ?? ""
    if let url = values[options.server] ?? (variable.isEmpty ? nil : variable) {
      return try Client(.url(try Self.serverURL(url)))
    }
    let reading = configuration(values)
    let data = reading.configuration.data
    let path = Self.socketPath(in: data)
    switch Self.knock(path) {
    case .open: return try Client(.socket(path: path))
    case .closed:
      if purpose == .reading, let readOffline = hooks.readOffline {
        try report(reading)
        return try await readOffline(reading.configuration)
      }
      throw ClientError.notRunning(
        "no server runs on \(data); start it with 'petrel up --data \(data)'")
    case .forbidden:
      throw ClientError.unreachable(
        "\(path) belongs to another user; run this as that user or name the server with --server")
    case .tooLong:
      throw ClientError.unreachable(
        "\(path) is too long for a socket's path; change into the folder and use --data .")
    }
  }

  /// - Parameter url: `host:port` alone is http.
  static func serverURL(_ url: String) throws -> String {
    var text = url.contains("://") ? url : "http://" + url
    while text.hasSuffix("/") { text.removeLast() }
    let isURL = text.hasPrefix("http://") || text.hasPrefix("https://")
    guard isURL, !text.hasSuffix(":"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw ArgumentsError.usage(
        "--server: expected a URL such as http://127.0.0.1:9101, found '\(url)'")
    }
    return text
  }

  static func socketPath(in data: String) -> String {
    (data.hasSuffix("/") ? data : data + "/") + "petrel.sock"
  }

  private enum Door { case open, closed, forbidden, tooLong }

  /// A socket file outlives a server that was killed, so only a connection tells.
  private static func knock(_ path: String) -> Door {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let capacity = MemoryLayout.size(ofValue: address.sun_path)
    guard path.utf8.count < capacity else { return .tooLong }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return .closed }
    defer { Glibc.close(descriptor) }
    let code = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    if code == 0 { return .open }
    return errno == EACCES || errno == EPERM ? .forbidden : .closed
  }
}
