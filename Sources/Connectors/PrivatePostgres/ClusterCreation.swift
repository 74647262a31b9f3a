import Glibc
import Processes

/// Makes the cluster's files, as an unprivileged user, reachable by a socket that only that user
/// and root can open, by TCP only with a password. It is whole or not there: `initdb` works in a
/// folder of another name.
struct ClusterCreation: Sendable {
  let folder: ClusterFolder
  let tools: ClusterTools
  let owner: ClusterOwner

  private static let timeLimitMs = 300_000

  /// Durable as it stands: fsync, full_page_writes, synchronous_commit and data checksums are on.
  private static let configuration = """

    # By petrel. Where the socket is is said at each start.
    listen_addresses = ''
    shared_buffers = 128MB
    max_wal_size = 2GB
    checkpoint_timeout = 15min
    log_checkpoints = off
    jit = off

    """

  func run() async throws(PrivatePostgresError) {
    let (user, group) = owner.ids
    try await remove(folder.unfinishedData)
    try folder.makePrivate(folder.unfinishedData, owner: user, group: group)
    let password = (0..<4).map { _ in String(UInt64.random(in: 0 ... .max), radix: 36) }.joined()
    unlink(folder.password)
    try ClusterFolder.write(password + "\n", to: folder.password, flags: O_EXCL)
    guard chown(folder.password, user, group) == 0 else {
      throw ClusterFolder.fault(folder.password)
    }
    let arguments = [
      "-D", folder.unfinishedData, "-U", PrivatePostgres.user, "-E", "UTF8", "--locale=C.UTF-8",
      "-k", "-A", "scram-sha-256", "--auth-local=trust", "--no-instructions",
      "--pwfile=\(folder.password)",
    ]
    try await perform(owner.settings(tools.initdb, arguments), "initdb")
    try ClusterFolder.write(
      Self.configuration, to: "\(folder.unfinishedData)/postgresql.conf", flags: O_APPEND)
    guard rename(folder.unfinishedData, folder.data) == 0 else {
      throw ClusterFolder.fault(folder.data)
    }
  }

  /// What a creation that was killed has left.
  private func remove(_ path: String) async throws(PrivatePostgresError) {
    guard access(path, F_OK) == 0 else { return }
    try await perform(ProcessSettings("rm", ["-rf", "--", path]), "rm")
  }

  private func perform(
    _ settings: ProcessSettings, _ name: String
  ) async throws(PrivatePostgresError) {
    var settings = settings
    settings.timeLimitMs = Self.timeLimitMs
    let outcome: ProcessOutcome
    do {
      outcome = try await Child.run(settings)
    } catch .cancelled {
      throw .cancelled
    } catch {
      throw .failed(program: name, words: "\(error)")
    }
    if outcome.stopped == .cancelled { throw .cancelled }
    guard outcome.code == 0 else {
      let words = ClusterFolder.lines(outcome.stderr.text)
      throw .failed(program: name, words: words.isEmpty ? "\(outcome.ending)" : words)
    }
  }
}
