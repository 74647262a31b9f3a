import Glibc
import Processes
import Telemetry
import Threads

/// A cluster whose files are there: gives the server that runs on them, or starts one.
struct Cluster: Sendable {
  let folder: ClusterFolder
  let tools: ClusterTools
  let owner: ClusterOwner

  private static let lookMs = 50
  private static let testMs = 10_000

  /// Finds out as whom the programs run.
  static func owner(of folder: ClusterFolder) async throws(PrivatePostgresError) -> ClusterOwner {
    let hasNamespaces = geteuid() == 0 ? await hasNamespaces() : false
    do {
      // The user database may be a directory service: not on the pool.
      return try await ThreadExecutor(named: "postgres-owner").run {
        () throws(PrivatePostgresError) in
        try ClusterOwner(folder, hasNamespaces: hasNamespaces)
      }
    } catch let error as PrivatePostgresError {
      throw error
    } catch {
      throw .folder(folder.path, why: "no thread: \(error)")
    }
  }

  private static func hasNamespaces() async -> Bool {
    var settings = ProcessSettings(
      "unshare", ClusterOwner.namespaceOptions + ["true"],
      environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"])
    settings.timeLimitMs = testMs
    return (try? await Child.run(settings))?.code == 0
  }

  func server(
    staleLockMs: Int, _ logger: Logger
  ) async throws(PrivatePostgresError) -> ClusterServer {
    if let lock = ClusterLock(folder), ClusterLock.isServer(lock.processID, of: folder) {
      logger.info(
        "a PostgreSQL that was left running is taken over",
        ["process": .int(Int(lock.processID))])
      return ClusterServer(found: lock, in: folder)
    }
    try await clearLock(withinMs: staleLockMs)
    return try await ClusterServer(startIn: folder, tools, as: owner)
  }

  /// A killed server leaves its lock. The next one removes it, unless the number in it belongs to
  /// a process: one that has ended but not been taken note of, or by chance another program. Then
  /// it is removed here, once no process of the old server is left that might write.
  private func clearLock(withinMs limitMs: Int) async throws(PrivatePostgresError) {
    let end = ContinuousClock.now + .milliseconds(limitMs)
    while let lock = ClusterLock(folder) {
      let isGone = kill(lock.processID, 0) != 0 && errno == ESRCH
      if !ClusterLock.hasProcesses(folder, owner: owner.ids.user) {
        if !isGone { unlink(folder.lock) }
        return
      }
      guard .now < end else { throw .stuck(data: folder.data, processID: lock.processID) }
      do { try await Task.sleep(for: .milliseconds(Self.lookMs)) } catch { throw .cancelled }
    }
  }
}
