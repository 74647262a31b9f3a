public import Glibc

/// A value behind a lock: the one lock of the house. Built on `pthread_mutex` so that
/// ThreadSanitizer sees it (it reports false races on `Synchronization.Mutex`).
/// Never hold it over an `await`; the closure must not call back into the same lock.
public final class Locked<Value>: @unchecked Sendable {
  @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
  @usableFromInline var value: Value

  public init(_ value: sending Value) {
    self.value = value
    mutex = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  /// Runs `body` with exclusive access to the value.
  @inlinable
  public func withLock<Result, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&value)
  }

  /// Calls `look` until it finds something, with the lock held; in between the thread sleeps until
  /// `changed` is signalled, without the lock. The wait must not be inside of `withLock`: there the
  /// compiler may take it that nobody else changes the value.
  func wait<Found: Sendable>(
    on changed: UnsafeMutablePointer<pthread_cond_t>, _ look: (inout Value) -> Found?
  ) -> Found {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let found = look(&value) { return found }
      pthread_cond_wait(changed, mutex)
    }
  }
}
