import Glibc

/// One thread of the system, for blocking C calls and event loops; nothing is pooled. It takes no
/// signals except those that the processor raises, so that signals meant for the process go where
/// the program waits for them. The name is what `top -H` shows: its first 15 bytes. A thread that
/// nobody joins gives its memory back when it ends.
public final class Thread: Sendable {
  private let handle: pthread_t
  private let joined = Locked(false)

  private init(handle: pthread_t) { self.handle = handle }

  deinit { if !joined.withLock({ $0 }) { pthread_detach(handle) } }

  /// Starts a thread that runs `body` once and ends.
  /// - Parameter stackBytes: rounded up to what the system demands; nil is its default (8 MB).
  @discardableResult
  public static func start(
    named name: String, stackBytes: Int? = nil, _ body: @escaping @Sendable () -> Void
  ) throws(ThreadsError) -> Thread {
    let start = Unmanaged.passRetained(Start(name: name, body: body))
    let (handle, code) = create(start.toOpaque(), stackBytes: stackBytes)
    guard code == 0 else {
      start.release()
      throw .noThread(code: code)
    }
    return Thread(handle: handle)
  }

  private static func create(
    _ argument: UnsafeMutableRawPointer, stackBytes: Int?
  ) -> (handle: pthread_t, code: Int32) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    if let stackBytes {
      let page = 4096
      let bytes = max(stackBytes, 65_536)
      pthread_attr_setstacksize(&attributes, (bytes + page - 1) / page * page)
    }
    var handle = pthread_t()
    let code = pthread_create(&handle, &attributes, runThread, argument)
    return (handle, code)
  }

  /// Blocks the calling thread until this one has ended. Only the first call waits; never call it
  /// from a task or from the thread itself.
  public func join() {
    let first = joined.withLock { joined in
      defer { joined = true }
      return !joined
    }
    if first { pthread_join(handle, nil) }
  }

  /// Whether the caller runs on this thread.
  public var isCurrent: Bool { pthread_equal(handle, pthread_self()) != 0 }
}

private final class Start: Sendable {
  let name: String
  let body: @Sendable () -> Void

  init(name: String, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }
}

/// A named function, because a closure here crashes the compiler (6.3.1).
private func runThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument else { return nil }
  let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
  blockSignals()
  setName(start.name)
  start.body()
  return nil
}

/// Blocking a signal that the processor raises would end the process without its crash report.
private func blockSignals() {
  var mask = sigset_t()
  sigfillset(&mask)
  for signal in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE] { sigdelset(&mask, signal) }
  pthread_sigmask(SIG_SETMASK, &mask, nil)
}

/// Through /proc, because Swift sees neither `pthread_setname_np` nor `prctl`; without /proc it
/// has no name.
private func setName(_ name: String) {
  var short = ""
  for character in name where short.utf8.count + character.utf8.count <= 15 {
    short.append(character)
  }
  let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
  guard file >= 0 else { return }
  _ = short.withCString { write(file, $0, strlen($0)) }
  close(file)
}
