import Curl
import Glibc
import JSON
import Processes
import TestSupport
import Testing
import Threads

/// The real program of the debug build over a folder of its own, with its private PostgreSQL, on a
/// port that the system chooses. It may be ended and started again; the folder goes with the test.
final class RunningPetrel: HTTPSubject {
  /// The one that all tests of a suite with the trait `sharedPetrel` ask.
  @TaskLocal static var shared: RunningPetrel?

  /// It stands beside the tests; nil: it was not built.
  static let program: String? = {
    guard let real = realpath("/proc/self/exe", nil) else { return nil }
    defer { free(real) }
    let folder = String(cString: real).split(separator: "/").dropLast().joined(separator: "/")
    return access("/\(folder)/petrel", X_OK) == 0 ? "/\(folder)/petrel" : nil
  }()

  static let isPossible = program != nil && TestPostgres.isInstalled
  static let missing =
    program == nil
    ? "the program petrel does not stand beside the tests: swift build" : TestPostgres.missing

  private struct Server {
    let child: Child
    let said: Transcript<OutputStream>
  }

  let folder = TemporaryFolder()
  let client: HTTPClient
  private let server = Locked<Server?>(nil)

  private init() throws {
    client = try HTTPClient()
    // PostgreSQL's user passes through it, as it would through /var/lib.
    chmod(folder.path, 0o711)
  }

  var data: String { folder.path + "/data" }

  /// Runs a test with a server that listens; it is ended in order after it, however that went.
  static func run(_ test: (RunningPetrel) async throws -> Void) async throws {
    let petrel = try RunningPetrel()
    do {
      try await petrel.start()
      try await test(petrel)
    } catch {
      await petrel.cleanUp()
      throw error
    }
    await petrel.cleanUp()
  }

  // MARK: - Its life

  /// Starts it and waits until it listens.
  func start() async throws {
    let said = Transcript<OutputStream>()
    var settings = try settings(["up", "--listen", "127.0.0.1:0"])
    settings.deathSignal = ProcessSignal.terminate
    settings.onOutput = said.add
    let child = try await Child.start(settings)
    server.withLock { $0 = Server(child: child, said: said) }
    await until { address != nil || Glibc.kill(child.pid, 0) != 0 }
    try #require(address != nil, "petrel has ended: \(said.text(.stderr))")
  }

  /// Waits until the view is there as well.
  func waitUntilReady() async throws {
    try await until { try await get("/readyz").status == 200 }
  }

  /// As a machine that fails: nothing is finished.
  func kill() async {
    guard let child = server.withLock({ $0?.child }) else { return }
    child.signal(ProcessSignal.kill)
    _ = await child.wait()
    server.withLock { $0 = nil }
  }

  /// Asks it to end.
  func terminate() { server.withLock { $0?.child }?.signal(ProcessSignal.terminate) }

  /// How it ended; what it wrote is in there.
  func end() async throws -> ProcessOutcome {
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
  var database: pid_t? {
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

  func base() async throws -> String { try #require(address, "petrel does not run") }

  /// Sends one event and waits for the rules; the id of its trigger instance.
  func event(_ event: JSONValue) async throws -> String {
    let answer = try await send("POST", "/api/v2/events?wait=decided", event)
    return try #require(
      answer.json["outcomes"]?[0]?["trigger_instance"]?.stringValue, "\(answer.text)")
  }

  /// Runs the program beside the server, as a user would.
  func command(_ words: String..., input: String = "") async throws -> ProcessOutcome {
    var settings = try settings(words)
    settings.input = .bytes(Array(input.utf8))
    return try await Child.run(settings)
  }

  /// Starts the program beside the server and hands on what it says, for as long as it runs.
  func follow(
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

/// One server for all tests of a suite.
struct SharedPetrel: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?,
    performing function: @Sendable () async throws -> Void
  ) async throws {
    try await RunningPetrel.run { petrel in
      try await petrel.waitUntilReady()
      try await RunningPetrel.$shared.withValue(petrel) { try await function() }
    }
  }
}

extension Trait where Self == SharedPetrel {
  static var sharedPetrel: SharedPetrel { SharedPetrel() }
}

/// Tests that leave a server as it is and so can share one.
@Suite(
  .serialized, .enabled(if: RunningPetrel.isPossible, "\(RunningPetrel.missing)"), .sharedPetrel)
struct SharedServerTests {
  static var petrel: RunningPetrel { get throws { try #require(RunningPetrel.shared) } }
}

extension ProcessOutcome {
  /// The lines of the standard output that are JSON.
  var lines: [JSONValue] {
    stdout.text.split(separator: "\n").compactMap { try? JSONValue(parsing: String($0)) }
  }
}
