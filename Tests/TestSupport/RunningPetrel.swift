public import Curl
public import Glibc
public import JSON
public import Processes
import Testing
import Threads

/// The real program of the debug build over a folder of its own, with its private PostgreSQL, on a
/// port that the system chooses, unless told otherwise. It may be ended and started again; the
/// folder goes with the test.
public final class RunningPetrel: HTTPSubject {
  /// It stands beside the tests; nil: it was not built.
  public static let program = BuiltProgram.path("petrel")

  public static let isPossible = program != nil && TestPostgres.isInstalled
  public static let missing =
    program == nil
    ? "the program petrel does not stand beside the tests: swift build" : TestPostgres.missing

  /// What sets a server apart.
  public struct Form: Sendable {
    /// More than it needs, such as another database.
    public var arguments: [String] = []
    /// 0: what the system chooses. Another one is for a server that may be unable to say where it
    /// listens.
    public var port = 0
    /// A folder that is there already; nil: one of its own.
    public var data: String?

    public init() {}
  }

  private struct Server {
    let child: Child
    let said: Transcript<OutputStream>
  }

  public let folder = TemporaryFolder()
  public let client: HTTPClient
  private let form: Form
  private let server = Locked<Server?>(nil)

  private init(_ form: Form) throws {
    self.form = form
    data = form.data ?? folder.path + "/data"
    client = try HTTPClient()
    // PostgreSQL's user passes through it, as it would through /var/lib.
    chmod(folder.path, 0o711)
  }

  public let data: String

  /// Runs a test with a server that listens; it is ended in order after it, however that went.
  public static func run(_ test: (RunningPetrel) async throws -> Void) async throws {
    try await prepare { petrel in
      try await petrel.start()
      try await test(petrel)
    }
  }

  /// Runs a test with a server that does not run yet.
  public static func prepare(
    _ form: Form = Form(), _ test: (RunningPetrel) async throws -> Void
  ) async throws {
    let petrel = try RunningPetrel(form)
    do {
      try await test(petrel)
    } catch {
      await petrel.cleanUp()
      throw error
    }
    await petrel.cleanUp()
  }

  // MARK: - Its life

  /// Starts it and waits until it listens.
  public func start() async throws {
    let said = try await begin()
    try #require(said == nil, "petrel has ended: \(said ?? "")")
  }

  /// Starts it and waits until it listens or has ended; what it said if it has ended.
  /// - Parameter words: a program with its arguments that runs it in the same process.
  public func begin(under words: [String] = []) async throws -> String? {
    let said = Transcript<OutputStream>()
    var settings = try settings(["up", "--listen", "127.0.0.1:\(form.port)"] + form.arguments)
    if let program = words.first {
      settings.arguments = words.dropFirst() + [settings.program] + settings.arguments
      settings.program = program
    }
    settings.deathSignal = ProcessSignal.terminate
    settings.onOutput = said.add
    let child = try await Child.start(settings)
    server.withLock { $0 = Server(child: child, said: said) }
    var isThere = false
    await until {
      isThere = await listens()
      return isThere || Glibc.kill(child.pid, 0) != 0
    }
    guard !isThere else { return nil }
    await kill()
    return said.text(.stderr)
  }

  private func listens() async -> Bool {
    if form.port == 0 { return address != nil }
    return (try? await get("/healthz"))?.status == 200
  }

  /// Its process, while it runs.
  public var process: pid_t? { server.withLock { $0?.child.pid } }

  /// Waits until the view is there as well.
  public func waitUntilReady() async throws {
    try await until { try await get("/readyz").status == 200 }
  }

  /// As a machine that fails: nothing is finished.
  public func kill() async {
    guard let child = server.withLock({ $0?.child }) else { return }
    child.signal(ProcessSignal.kill)
    _ = await child.wait()
    server.withLock { $0 = nil }
  }

  /// Asks it to end.
  public func terminate() { server.withLock { $0?.child }?.signal(ProcessSignal.terminate) }

  /// How it ended; what it wrote is in there.
  public func end() async throws -> ProcessOutcome {
    let child = try #require(server.withLock { $0?.child }, "petrel does not run")
    let outcome = await child.wait()
    server.withLock { $0 = nil }
    return outcome
  }

  private func cleanUp() async {
    if let child = server.withLock({ $0?.child }) {
      child.signal(ProcessSignal.terminate)
      _ = await child.wait()
    }
    // A server that was killed leaves its database running, for the next one.
    if let database { Glibc.kill(database, SIGQUIT) }
  }

  /// The process of the private PostgreSQL, while there is one.
  public var database: pid_t? {
    let file = TemporaryFolder.bytes(data + "/postgres/data/postmaster.pid") ?? []
    guard let line = String(decoding: file, as: UTF8.self).split(separator: "\n").first,
      let pid = pid_t(line), let words = TemporaryFolder.bytes("/proc/\(pid)/cmdline"),
      String(decoding: words, as: UTF8.self).contains(data)
    else { return nil }
    return pid
  }

  // MARK: - Asking

  /// What it says where it listens.
  private var address: String? {
    let said = server.withLock { $0?.said.text(.stdout) } ?? ""
    guard let start = said.firstRange(of: "listens on ") else { return nil }
    let rest = said[start.upperBound...]
    return rest.firstIndex(of: ";").map { String(rest[..<$0]) }
  }

  public func base() async throws -> String {
    if form.port != 0 { return "http://127.0.0.1:\(form.port)" }
    return try #require(address, "petrel does not run")
  }

  /// Sends one event and waits for the rules; the id of its trigger instance.
  public func event(_ event: JSONValue) async throws -> String {
    let answer = try await send("POST", "/api/v2/events?wait=decided", event)
    return try #require(
      answer.json["outcomes"]?[0]?["trigger_instance"]?.stringValue, "\(answer.text)")
  }

  /// Runs the program beside the server, as a user would.
  public func command(_ words: String..., input: String = "") async throws -> ProcessOutcome {
    var settings = try settings(words)
    settings.input = .bytes(Array(input.utf8))
    return try await Child.run(settings)
  }

  /// Starts the program beside the server and hands on what it says, for as long as it runs.
  public func follow(
    _ words: [String], _ said: Transcript<OutputStream>
  ) async throws -> Child {
    var settings = try settings(words)
    settings.deathSignal = ProcessSignal.kill
    settings.onOutput = said.add
    return try await Child.start(settings)
  }

  private func settings(_ words: [String]) throws -> ProcessSettings {
    let program = try #require(Self.program)
    return ProcessSettings(
      program, words + ["--data", data], environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"])
  }
}

extension ProcessOutcome {
  /// The lines of the standard output that are JSON.
  public var lines: [JSONValue] {
    stdout.text.split(separator: "\n").compactMap { try? JSONValue(parsing: String($0)) }
  }
}
