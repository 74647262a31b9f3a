import Glibc
import Processes
import Threads

/// A server that runs: our child, or one that a predecessor of ours has left behind when it was
/// killed. Both end by the same signals.
struct ClusterServer: Sendable {
  let folder: ClusterFolder
  let processID: Int32
  /// Where its socket is.
  let socket: String
  /// Nil for one that was found.
  private let child: Child?
  /// Of our child: its command cannot be read at every moment of its start.
  private let hasEnded = Locked(false)

  /// Of a stop with SIGINT, which rolls back and disconnects; then SIGQUIT, which leaves the rest
  /// to recovery; then SIGKILL.
  private static let stopMs = 30_000
  private static let quitMs = 5_000
  private static let lookMs = 100

  init(found lock: ClusterLock, in folder: ClusterFolder) {
    self.folder = folder
    processID = lock.processID
    socket = lock.socket
    child = nil
  }

  init(
    startIn folder: ClusterFolder, _ tools: ClusterTools, as owner: ClusterOwner
  ) async throws(PrivatePostgresError) {
    let (user, group) = owner.ids
    socket = folder.socket
    try folder.makePrivate(socket, owner: user, group: group)
    let log = try folder.openLog()
    defer { close(log) }
    var settings = owner.settings(
      tools.postgres,
      [
        "-D", folder.data, "-c", "listen_addresses=", "-c", "unix_socket_directories=\(socket)",
      ])
    settings.stdout = .descriptor(log)
    settings.stderr = .descriptor(log)
    settings.deathSignal = nil
    self.folder = folder
    do {
      let child = try await Child.start(settings)
      self.child = child
      processID = child.pid
    } catch .cancelled {
      throw .cancelled
    } catch {
      throw .failed(program: "postgres", words: "\(error)")
    }
  }

  /// Waits until it has ended; when the task is cancelled it is stopped, which is waited for, too.
  func end() async {
    let watching = Task { await watch() }
    await withTaskCancellationHandler {
      await watching.value
    } onCancel: {
      Task.detached { await stop() }
    }
  }

  private func watch() async {
    if let child {
      _ = await child.wait()
      hasEnded.withLock { $0 = true }
    } else {
      while isRunning { try? await Task.sleep(for: .milliseconds(Self.lookMs)) }
    }
  }

  var wasFound: Bool { child == nil }

  /// For our child false once `end` has seen its end.
  var isRunning: Bool {
    child == nil ? ClusterLock.isServer(processID, of: folder) : !hasEnded.withLock { $0 }
  }

  func signal(_ number: Int32) {
    if isRunning { kill(processID, number) }
  }

  /// Stops it with growing force and waits for its end. Not for a cancelled task, which cannot
  /// sleep.
  func stop() async {
    for (number, limitMs) in [(SIGINT, Self.stopMs), (SIGQUIT, Self.quitMs), (SIGKILL, 5_000)] {
      guard isRunning else { return }
      signal(number)
      let end = ContinuousClock.now + .milliseconds(limitMs)
      while isRunning, .now < end { try? await Task.sleep(for: .milliseconds(10)) }
    }
  }
}
