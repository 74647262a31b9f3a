import Glibc
import Postgres
import Processes
import TestSupport
import Testing

@testable import Connectors

/// A folder for one cluster, removed by `remove`.
struct ScratchFolder {
  let path: String

  init(_ name: String = "petrel-cluster") throws {
    var template = Array("/tmp/\(name)-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw ClusterFolder.fault("/tmp") }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    chmod(path, 0o755)
  }

  func remove() async throws {
    _ = try await Child.run(ProcessSettings("rm", ["-rf", "--", path]))
  }
}

@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.missing)"))
struct PrivatePostgresTests {
  /// Runs a cluster in a folder around `body`; the server has stopped afterwards.
  static func with<Value: Sendable>(
    _ folder: String, _ body: (String) async throws -> Value
  ) async throws -> Value {
    let postgres = PrivatePostgres(folder: folder)
    let running = Task { try await postgres.run() }
    let value: Value
    do {
      value = try await body(postgres.ready())
    } catch {
      running.cancel()
      try await running.value
      throw error
    }
    running.cancel()
    try await running.value
    return value
  }

  static func query(_ conninfo: String, _ sql: String) async throws(PostgresError) -> String {
    let connection = try await PostgresConnection.connect(conninfo)
    return try await connection.perform { session throws(PostgresError) in
      let rows = try session.query(sql)
      return rows.isEmpty ? "" : try rows[0].get(0)
    }
  }

  static func check(_ conninfo: String, _ sql: String, gives expected: String) async throws {
    let found = try await query(conninfo, sql)
    #expect(found == expected)
  }

  @Test func itIsMadeAndKeepsItsData() async throws {
    let folder = try ScratchFolder()
    // What a creation that was killed has left is in nobody's way.
    mkdir("\(folder.path)/data.unfinished", 0o700)
    mkdir("\(folder.path)/data.unfinished/base", 0o700)
    try await Self.with(folder.path) { conninfo in
      try await Self.check(conninfo, "SHOW listen_addresses", gives: "")
      try await Self.check(conninfo, "SHOW data_checksums", gives: "on")
      try await Self.check(conninfo, "SELECT current_database()::text", gives: "petrel")
      _ = try await Self.query(conninfo, "CREATE TABLE kept AS SELECT 'here' AS word")
    }
    let cluster = try ClusterFolder(folder.path)
    #expect(ClusterLock(cluster) == nil)
    var status = stat()
    #expect(stat(cluster.password, &status) == 0 && status.st_mode & 0o777 == 0o600)
    #expect(stat(cluster.data, &status) == 0 && status.st_uid != 0)
    try await Self.with(folder.path) { conninfo in
      try await Self.check(conninfo, "SELECT word FROM kept", gives: "here")
    }
    try await folder.remove()
  }

  @Test func aKilledServerIsStartedAgain() async throws {
    let folder = try ScratchFolder()
    let cluster = try ClusterFolder(folder.path)
    try await Self.with(folder.path) { conninfo in
      let first = try #require(ClusterLock(cluster)).processID
      kill(first, SIGKILL)
      while true {
        let lock = ClusterLock(cluster)
        if let lock, lock.processID != first, (try? await Self.query(conninfo, "SHOW port")) != nil
        {
          break
        }
        await Task.yield()
      }
      try await Self.check(conninfo, "SHOW port", gives: "5432")
    }
    #expect(ClusterLock(cluster) == nil)
    try await folder.remove()
  }

  @Test func oneThatWasLeftRunningIsTakenOverAndStopped() async throws {
    let folder = try ScratchFolder()
    try await Self.with(folder.path) { _ in }
    let cluster = try ClusterFolder(folder.path)
    let tools = try #require(try await ClusterTools.installed().first)
    let owner = try await Cluster.owner(of: cluster)
    let left = try await ClusterServer(startIn: cluster, tools, as: owner)
    while ClusterLock(cluster) == nil { await Task.yield() }
    try await Self.with(folder.path) { conninfo in
      #expect(ClusterLock(cluster)?.processID == left.processID)
      #expect(left.isRunning)
      try await Self.check(conninfo, "SHOW port", gives: "5432")
    }
    await left.end()
    try await folder.remove()
  }

  @Test func theLockOfAKilledServerIsNoHindrance() async throws {
    let folder = try ScratchFolder()
    try await Self.with(folder.path) { _ in }
    let cluster = try ClusterFolder(folder.path)
    // As after a restart of the machine: the number now belongs to another program, this one.
    let text = "\(getpid())\n\(cluster.data)\n1700000000\n5432\n\(cluster.socket)\n"
    try ClusterFolder.write(text, to: cluster.lock, flags: O_TRUNC)
    try await Self.with(folder.path) { conninfo in
      try await Self.check(conninfo, "SHOW port", gives: "5432")
    }
    try await folder.remove()
  }

  @Test func aLongPathPutsTheSocketElsewhere() async throws {
    let folder = try ScratchFolder()
    let long = "\(folder.path)/" + String(repeating: "long's ", count: 12)
    let cluster = try ClusterFolder(long)
    #expect(cluster.socket.hasPrefix("/tmp/petrel-"))
    try await Self.with(long) { conninfo in
      try await Self.check(conninfo, "SHOW port", gives: "5432")
    }
    rmdir(cluster.socket)
    try await folder.remove()
  }

  @Test func theSocketsPathHasAMaximum() throws {
    let folder = try ScratchFolder()
    let room = 107 - "/socket/.s.PGSQL.5432".utf8.count - folder.path.utf8.count - 1
    let fitting = folder.path + "/" + String(repeating: "x", count: room)
    #expect(try ClusterFolder(fitting).socket == fitting + "/socket")
    #expect(try ClusterFolder(fitting + "x").socket.hasPrefix("/tmp/petrel-"))
    rmdir(fitting)
    rmdir(fitting + "x")
    rmdir(folder.path)
  }

  @Test func aServerThatDoesNotStartIsTriedAgainAndItsWordsAreTold() async throws {
    let folder = try ScratchFolder()
    try await Self.with(folder.path) { _ in }
    let cluster = try ClusterFolder(folder.path)
    let settings = "\(cluster.data)/postgresql.conf"
    try ClusterFolder.write("shared_buffers = many\n", to: settings, flags: O_APPEND)
    let postgres = PrivatePostgres(folder: folder.path)
    let running = Task { try await postgres.run() }
    while postgres.problem == nil { await Task.yield() }
    #expect(String(describing: postgres.problem).contains("shared_buffers"))
    try ClusterFolder.write("shared_buffers = 16MB\n", to: settings, flags: O_APPEND)
    let conninfo = try await postgres.ready()
    try await Self.check(conninfo, "SHOW shared_buffers", gives: "16MB")
    #expect(postgres.problem == nil)
    running.cancel()
    try await running.value
    try await folder.remove()
  }

  @Test func theProbeTellsWhetherItAnswersNow() async throws {
    let folder = try ScratchFolder()
    let probe = ViewProbe(try PrivatePostgres.conninfo(folder: folder.path), freshFor: .zero)
    #expect(await !probe.answers())
    for _ in 1...2 {
      try await Self.with(folder.path) { _ in
        let answers = await probe.answers()
        #expect(answers)
      }
      #expect(await !probe.answers())
    }
    try await folder.remove()
  }

  @Test func cancellingBeforeItIsReadyEndsIt() async throws {
    let folder = try ScratchFolder()
    let postgres = PrivatePostgres(folder: folder.path)
    let running = Task { try await postgres.run() }
    running.cancel()
    try await running.value
    await #expect(throws: PrivatePostgresError.cancelled) { try await postgres.ready() }
    try await folder.remove()
  }
}

@Suite struct PrivatePostgresRefusalTests {
  @Test func withoutProgramsItSaysWhatToInstall() async throws {
    let folder = try ScratchFolder()
    let postgres = PrivatePostgres(folder: folder.path, toolFolders: ["/nonexistent"])
    await #expect(throws: PrivatePostgresError.notInstalled) { try await postgres.run() }
    try await folder.remove()
  }

  @Test func dataOfAnotherVersionAreRefused() async throws {
    let folder = try ScratchFolder()
    let cluster = try ClusterFolder(folder.path)
    mkdir(cluster.data, 0o700)
    try ClusterFolder.write("9.6\n", to: "\(cluster.data)/PG_VERSION", flags: 0)
    #expect(
      throws: PrivatePostgresError.versionMissing(
        data: cluster.data, version: 9, installed: [16, 15])
    ) {
      let installed = [16, 15].map { ClusterTools(version: $0, folder: "/pg/\($0)") }
      return try ClusterTools.choose(installed, for: cluster)
    }
    try ClusterFolder.write("15\n", to: "\(cluster.data)/PG_VERSION", flags: O_TRUNC)
    let chosen = try ClusterTools.choose(
      [16, 15].map { ClusterTools(version: $0, folder: "/pg/\($0)") }, for: cluster)
    #expect(chosen.version == 15)
    try await folder.remove()
  }

  @Test(.enabled(if: ProcessUser.canChange && ProcessUser(named: "postgres") != nil))
  func aFolderThatTheUserCannotEnterIsNamed() async throws {
    let folder = try ScratchFolder()
    chmod(folder.path, 0o700)
    let cluster = try ClusterFolder("\(folder.path)/deep/cluster")
    #expect(throws: PrivatePostgresError.notEnterable(folder: folder.path, user: "postgres")) {
      try ClusterOwner(cluster, hasNamespaces: false)
    }
    #expect(try ClusterOwner(cluster, hasNamespaces: true) == .namespace)
    chmod(folder.path, 0o711)
    let owner = try ClusterOwner(cluster, hasNamespaces: false)
    #expect(owner.ids.user == ProcessUser(named: "postgres")?.userID)
    try await folder.remove()
  }

  @Test(.enabled(if: ProcessUser.canChange && TestPostgres.isInstalled))
  func belowAClosedFolderItRunsInANamespace() async throws {
    let folder = try ScratchFolder()
    chmod(folder.path, 0o700)
    let path = "\(folder.path)/cluster"
    for _ in 1...2 {
      try await PrivatePostgresTests.with(path) { conninfo in
        try await PrivatePostgresTests.check(conninfo, "SHOW port", gives: "5432")
      }
    }
    var status = stat()
    #expect(stat("\(path)/data", &status) == 0 && status.st_uid == 0)
    try await folder.remove()
  }
}
