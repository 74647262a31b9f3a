import CSpawn
import Glibc
import Threads

/// A child process that was started. It runs on when nobody holds this object; its end is always
/// taken note of, so no zombie stays.
///
/// Processes that it started are left alone when it ends by itself; `stop`, a time limit, a
/// cancelled `run` and (if so set) too much output end the whole tree.
public final class Child: @unchecked Sendable {
  // `pid` and `settings` never change; all else is touched on the reactor's thread only.

  /// How many children can run at a time.
  public static let childrenMax = 4096

  /// Of another process once this one has ended: for showing, not for `kill(2)`.
  public let pid: Int32

  private let settings: ProcessSettings
  private let mark: Mark
  private let reactor: Reactor
  private let descriptor: Int32
  private var watch: UInt64 = 0
  private var input: ChildInput?
  private var outputs: [ChildOutput] = []

  private var ending: ProcessOutcome.Ending?
  private var stopped: ProcessOutcome.StopReason?
  private var usage = ProcessUsage()
  private var survivors: [Int32] = []
  private var treeKill: TreeKill?
  private var isTreeEnding = false
  private var timeLimit: UInt64?
  private var drain: UInt64?
  private var outcome: ProcessOutcome?
  private var waiters: [@Sendable (ProcessOutcome) -> Void] = []

  /// Starts a child; returns when it runs its program.
  public static func start(_ settings: ProcessSettings) async throws(ProcessError) -> Child {
    let result = await withCheckedContinuation { continuation in
      start(settings, on: .shared, childrenMax: childrenMax) { continuation.resume(returning: $0) }
    }
    return try result.get()
  }

  /// Starts a child and waits until it has ended. Cancelling the task stops the tree; the outcome
  /// then says so.
  public static func run(_ settings: ProcessSettings) async throws(ProcessError) -> ProcessOutcome {
    if Task.isCancelled { throw .cancelled }
    let child = try await start(settings)
    return await withTaskCancellationHandler {
      await child.wait()
    } onCancel: {
      child.stop(.cancelled, graceMs: child.settings.graceMs)
    }
  }

  /// Waits for the end; any number of tasks may. Cancelling the task changes nothing.
  public func wait() async -> ProcessOutcome {
    await withCheckedContinuation { continuation in
      reactor.submit {
        if let outcome = self.outcome {
          continuation.resume(returning: outcome)
        } else {
          self.waiters.append { continuation.resume(returning: $0) }
        }
      }
    }
  }

  /// Sends a signal to the child alone; nothing happens when it has ended.
  public func signal(_ number: Int32) {
    reactor.submit { if self.ending == nil { _ = cspawn_signal(self.descriptor, number) } }
  }

  /// Ends the whole tree: SIGTERM, after the grace SIGKILL until nothing is left. Returns at once;
  /// `wait` tells the outcome. A second call can only shorten the grace.
  /// - Parameter graceMs: nil for that of the settings.
  public func stop(graceMs: Int? = nil) {
    stop(.requested, graceMs: graceMs ?? settings.graceMs)
  }

  static func start(
    _ settings: ProcessSettings, on reactor: Reactor, childrenMax: Int,
    _ done: @escaping @Sendable (Result<Child, ProcessError>) -> Void
  ) {
    let isRoom = Adoption.census.withLock { census in
      guard census.count < childrenMax else { return false }
      census.count += 1
      return true
    }
    guard isRoom else { return done(.failure(.tooMany(max: childrenMax))) }
    Reactor.spawner.submit {
      let mark = Mark(settings.mark)
      do throws(ProcessError) {
        let launch = try Launch.start(settings, mark)
        _ = Adoption.census.withLock { $0.pids.insert(launch.pid) }
        let child = Child(settings, mark, reactor, launch)
        reactor.submit {
          child.begin()
          done(.success(child))
        }
      } catch {
        Adoption.census.withLock { $0.count -= 1 }
        done(.failure(error))
      }
    }
  }

  private init(_ settings: ProcessSettings, _ mark: Mark, _ reactor: Reactor, _ launch: Launch) {
    self.settings = settings
    self.mark = mark
    self.reactor = reactor
    pid = launch.pid
    descriptor = launch.descriptor
    if case .bytes(let bytes) = settings.input {
      input = ChildInput(launch.input, bytes, reactor)
    }
    for (stream, target) in [(OutputStream.stdout, settings.stdout), (.stderr, settings.stderr)] {
      outputs.append(
        ChildOutput(stream, launch.output[stream.rawValue], settings.limits(for: target), reactor))
    }
  }

  private func begin() {
    input?.begin()
    for output in outputs {
      output.begin(
        onBytes: { self.settings.onOutput?(output.stream, $0) },
        onLimit: {
          if self.settings.stopsOnOutputLimit {
            self.beginStop(.outputLimit, graceMs: self.settings.graceMs)
          }
        },
        onEnd: { self.settle() })
    }
    watch = reactor.watch(descriptor) { self.reap() }
    if let timeLimitMs = settings.timeLimitMs {
      timeLimit = reactor.after(ms: timeLimitMs) {
        self.timeLimit = nil
        self.beginStop(.timeLimit, graceMs: self.settings.graceMs)
      }
    }
  }

  private func stop(_ reason: ProcessOutcome.StopReason, graceMs: Int) {
    reactor.submit { self.beginStop(reason, graceMs: graceMs) }
  }

  private func beginStop(_ reason: ProcessOutcome.StopReason, graceMs: Int) {
    guard outcome == nil else { return }
    if let treeKill {
      return Reactor.spawner.submit { treeKill.hasten(graceMs: graceMs) }
    }
    stopped = ending == nil ? reason : nil
    let isGroup = settings.ownSession && ending == nil
    if isGroup, graceMs > 0 {
      // All at once, so that a shell does not go on when the command it waits for is gone.
      // The group's number is the child's as long as the child is not reaped.
      kill(-pid, SIGTERM)
      kill(-pid, SIGCONT)
    }
    let treeKill = TreeKill(
      mark: mark, graceMs: graceMs, group: isGroup && graceMs > 0 ? pid : 0,
      killCommand: settings.killCommand)
    self.treeKill = treeKill
    isTreeEnding = true
    Reactor.spawner.submit {
      treeKill.begin { survivors in self.reactor.submit { self.endTree(survivors) } }
    }
  }

  private func endTree(_ survivors: [Int32]) {
    isTreeEnding = false
    self.survivors = survivors
    reap()
    // Still there: stuck, not ours to kill, or a child that took its mark off.
    if ending == nil, survivors.contains(pid) || cspawn_signal(descriptor, SIGKILL) != 0 {
      ending = .lost
    }
    settle()
  }

  private func reap() {
    guard ending == nil else { return }
    var end = cspawn_ending()
    guard cspawn_reap(descriptor, &end) == 1 else { return }
    reactor.unwatch(descriptor, watch)
    ending = end.exited == 1 ? .exited(end.status) : .signalled(end.status)
    usage = ProcessUsage(
      userUs: end.user_us, systemUs: end.system_us, memoryBytesMax: end.memory_kib_max * 1024)
    settle()
  }

  /// Looks whether all is over: the child, the killing of its tree, its output.
  private func settle() {
    guard let ending, outcome == nil else { return }
    if let timeLimit { reactor.cancel(timeLimit) }
    timeLimit = nil
    guard !isTreeEnding else { return }
    if outputs.contains(where: \.isOpen) {
      if drain == nil {
        drain = reactor.after(ms: settings.drainMs) {
          for output in self.outputs { output.end() }
        }
      }
      return
    }
    if let drain { reactor.cancel(drain) }
    input?.end()
    if ending == .lost { reactor.unwatch(descriptor, watch) }
    close(descriptor)
    let outcome = ProcessOutcome(
      ending: ending, stopped: stopped, stdout: outputs[0].captured, stderr: outputs[1].captured,
      usage: usage, survivors: survivors)
    self.outcome = outcome
    treeKill = nil
    Adoption.census.withLock { census in
      census.count -= 1
      census.pids.remove(pid)
    }
    for waiter in waiters { waiter(outcome) }
    waiters = []
  }
}
