import Glibc

/// A thread that runs the jobs of actors and tasks, one at a time and in order: the place for C
/// calls that block. An actor names it as its `unownedExecutor`; code without an actor calls `run`.
/// A hop onto it costs tens of microseconds, so hand over batches.
/// Its queue has no maximum of its own: it holds at most one entry for each task that awaits it.
/// The thread ends when the last reference is gone and every job has run.
public final class ThreadExecutor: SerialExecutor, TaskExecutor {
  let thread: Thread
  private let inbox: Inbox

  public init(named name: String) throws(ThreadsError) {
    let inbox = Inbox()
    self.inbox = inbox
    thread = try Thread.start(named: name) {
      while Inbox.runAll(inbox.take()) {}
    }
  }

  deinit { inbox.close() }

  public func enqueue(_ job: consuming ExecutorJob) {
    inbox.put(.job(UnownedJob(job), self))
  }

  /// Runs `body` on the thread. Cancelling the caller does not interrupt it: a C call cannot be
  /// stopped half-way.
  public func run<Result: Sendable, Failure: Error>(
    _ body: @escaping @Sendable () throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    let outcome: Swift.Result<Result, Failure> = await withCheckedContinuation { continuation in
      inbox.put(
        .call(
          {
            do throws(Failure) {
              continuation.resume(returning: .success(try body()))
            } catch {
              continuation.resume(returning: .failure(error))
            }
          }, self))
    }
    return try outcome.get()
  }

  public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    UnownedSerialExecutor(ordinary: self)
  }

  public func asUnownedTaskExecutor() -> UnownedTaskExecutor {
    UnownedTaskExecutor(ordinary: self)
  }

  /// Lets `assumeIsolated` on the actors of this executor work inside callbacks from C.
  public func checkIsolated() {
    precondition(thread.isCurrent, "called outside of the executor's thread")
  }

  public func isIsolatingCurrentContext() -> Bool? { thread.isCurrent }

  /// An entry keeps its executor alive until it has run.
  private enum Entry: Sendable {
    case job(UnownedJob, ThreadExecutor)
    case call(@Sendable () -> Void, ThreadExecutor)

    func run() {
      switch self {
      case .job(let job, let executor):
        job.runSynchronously(
          isolatedTo: executor.asUnownedSerialExecutor(),
          taskExecutor: executor.asUnownedTaskExecutor())
      case .call(let body, _): body()
      }
    }
  }

  /// Entries that wait for the thread. The thread sleeps on a condition while there are none.
  private final class Inbox: @unchecked Sendable {
    private struct State {
      var entries: [Entry] = []
      var isClosed = false
    }
    private let state = Locked(State())
    private let changed: UnsafeMutablePointer<pthread_cond_t>

    init() {
      changed = .allocate(capacity: 1)
      pthread_cond_init(changed, nil)
    }

    deinit {
      pthread_cond_destroy(changed)
      changed.deallocate()
    }

    /// In a function of its own, so that the entries, which may hold the last reference to the
    /// executor, are gone before the next wait. Says whether there were any.
    static func runAll(_ entries: [Entry]) -> Bool {
      for entry in entries { entry.run() }
      return !entries.isEmpty
    }

    func put(_ entry: Entry) {
      state.withLock { state in
        state.entries.append(entry)
        if state.entries.count == 1 { pthread_cond_signal(changed) }
      }
    }

    func close() {
      state.withLock { state in
        state.isClosed = true
        pthread_cond_signal(changed)
      }
    }

    /// Everything that waits; blocks while there is nothing. No entries: closed and empty.
    func take() -> [Entry] {
      state.wait(on: changed) { state in
        if state.entries.isEmpty, !state.isClosed { return nil }
        defer { state.entries = [] }
        return state.entries
      }
    }
  }
}
