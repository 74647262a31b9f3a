import Glibc
import JSON
import Processes
import Threads

/// The real program over a folder of its own with its private database: it stands beside this one.
/// Its CPU is that of its process, without its database's.
final class Server: Sendable {
  private let child: Child
  private let data: String
  let port: UInt16
  /// From its start until it was ready, view included.
  let readyAfter: Duration

  private init(_ child: Child, _ data: String, _ port: UInt16, _ readyAfter: Duration) {
    self.child = child
    self.data = data
    self.port = port
    self.readyAfter = readyAfter
  }

  static func program() throws -> String {
    guard let real = realpath("/proc/self/exe", nil) else { throw BenchFailure("no /proc") }
    defer { free(real) }
    let folder = String(cString: real).split(separator: "/").dropLast().joined(separator: "/")
    let program = "/\(folder)/petrel"
    guard access(program, X_OK) == 0 else {
      throw BenchFailure("\(program) is not there; 'make bench' builds it")
    }
    return program
  }

  private static let environment = ["PATH": "/usr/local/bin:/usr/bin:/bin"]

  /// Starts it and waits until it is ready.
  static func start(_ data: String, _ flags: [String] = []) async throws -> Server {
    let begin = ContinuousClock.now
    let said = Locked("")
    let wakeups = Wakeups()
    var settings = ProcessSettings(
      try program(),
      ["up", "--data", data, "--listen", "127.0.0.1:0", "--log-level", "warning"] + flags,
      environment: environment)
    settings.deathSignal = SIGTERM
    settings.stderr = .descriptor(2)
    settings.onOutput = { _, bytes in
      said.withLock { $0 += String(decoding: bytes, as: UTF8.self) }
      wakeups.notifyAll()
    }
    let child = try await Child.start(settings)
    let port = await wakeups.first(within: .seconds(60)) { Self.port(in: said.withLock { $0 }) }
    guard let port else { throw BenchFailure("petrel does not listen") }
    while !isReady(port) {
      guard ContinuousClock.now - begin < .seconds(120) else {
        throw BenchFailure("petrel is not ready after two minutes")
      }
      try await Task.sleep(for: .milliseconds(10))
    }
    return Server(child, data, port, .now - begin)
  }

  private static func port(in text: String) -> UInt16? {
    guard let place = text.firstRange(of: "http://127.0.0.1:") else { return nil }
    return UInt16(text[place.upperBound...].prefix { $0.isNumber })
  }

  private static func isReady(_ port: UInt16) -> Bool {
    guard let client = try? LoadClient(port: port, connectionCount: 1) else { return false }
    return (try? client.ask("/readyz")) != nil
  }

  func register(pack folder: String) async throws {
    let outcome = try await Child.run(
      ProcessSettings(
        Self.program(), ["pack", "register", folder, "--data", data],
        environment: Self.environment))
    guard case .exited(0) = outcome.ending else {
      throw BenchFailure("the pack was not taken: \(outcome.stderr.text)")
    }
  }

  func end() async {
    child.signal(SIGTERM)
    _ = await child.wait()
  }

  // MARK: - what it is at

  /// Waits until nothing is on its way any more: taken, run, and with `isViewed` in the view.
  func settle(isViewed: Bool) async throws {
    let client = try LoadClient(port: port, connectionCount: 1)
    var before = ""
    while true {
      let status = try JSONValue(parsing: Array(client.ask("/api/v2/status")))
      let ends = status["log"]?["topics"]?.text() ?? ""
      if Self.isIdle(status, isViewed), ends == before { return }
      before = ends
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  private static func isIdle(_ status: JSONValue, _ isViewed: Bool) -> Bool {
    let engine = status["engine"]?["lag"]?.objectValue ?? [:]
    let worker = status["worker"]
    let views = isViewed ? status["projections"]?.arrayValue ?? [] : []
    return engine.allSatisfy { $0.value.intValue == 0 } && worker?["lag"]?.intValue == 0
      && worker?["running"]?.intValue == 0 && views.allSatisfy { $0["lag"]?.intValue == 0 }
  }

  /// Records in a topic.
  func end(of topic: String) throws -> Int {
    let client = try LoadClient(port: port, connectionCount: 1)
    let status = try JSONValue(parsing: Array(client.ask("/api/v2/status")))
    return status["log"]?["topics"]?[topic]?["end"]?.intValue ?? 0
  }

  /// Microseconds of CPU of the process, and of its children that have ended.
  func cpu() throws -> (own: Double, children: Double) {
    let text = Self.read("/proc/\(child.pid)/stat")
    // What stands behind the name, which may hold anything.
    let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
    guard fields.count > 15 else { throw BenchFailure("petrel has ended") }
    let ticks = fields[12...15].map { Double($0) ?? 0 }
    let tickUs = 1e6 / Double(sysconf(Int32(_SC_CLK_TCK)))
    return ((ticks[0] + ticks[1]) * tickUs, (ticks[2] + ticks[3]) * tickUs)
  }

  /// Resident bytes: now, and the most it ever was.
  func resident() -> (now: Int, most: Int) {
    var (now, most) = (0, 0)
    for line in Self.read("/proc/\(child.pid)/status").split(separator: "\n") {
      let number = line.split(separator: " ").compactMap { Int($0) }.first ?? 0
      if line.hasPrefix("VmRSS:") { now = number << 10 }
      if line.hasPrefix("VmHWM:") { most = number << 10 }
    }
    return (now, most)
  }

  private static func read(_ path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 16 << 10)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}
