import Glibc
import Threads

/// Orders on their way from tasks to the writing thread, which blocks here while there are none.
final class OrderQueue: @unchecked Sendable {
  private let ordersMax: Int
  private let bytesMax: Int
  private var bytes = 0
  private var waiting: [SQLiteLogWriter.Waiting] = []
  private var isClosed = false
  private var hasEnded = false
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let arrived = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let end = Wakeups()

  init(ordersMax: Int, bytesMax: Int) {
    self.ordersMax = ordersMax
    self.bytesMax = bytesMax
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(arrived, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(arrived)
    pthread_mutex_destroy(mutex)
    arrived.deallocate()
    mutex.deallocate()
  }

  /// False when closed or, for what comes from outside, full.
  func offer(_ order: SQLiteLogWriter.Waiting) -> Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    let more = order.order.byteCount
    guard !isClosed else { return false }
    if order.order.isFromOutside {
      guard waiting.count < ordersMax, waiting.isEmpty || bytes + more <= bytesMax else {
        return false
      }
    }
    waiting.append(order)
    bytes += more
    if waiting.count == 1 { pthread_cond_signal(arrived) }
    return true
  }

  /// All that waits, once there is something or the deadline has come (then empty); nil when closed
  /// and empty.
  func next(until deadline: ContinuousClock.Instant?) -> [SQLiteLogWriter.Waiting]? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while waiting.isEmpty {
      if isClosed { return nil }
      guard let deadline else {
        pthread_cond_wait(arrived, mutex)
        continue
      }
      let left = deadline - ContinuousClock.now
      if left <= .zero { return [] }
      var until = timespec()
      clock_gettime(CLOCK_MONOTONIC, &until)
      let nanoseconds =
        until.tv_nsec + Int(left.components.attoseconds / 1_000_000_000)
      until.tv_sec += Int(left.components.seconds) + nanoseconds / 1_000_000_000
      until.tv_nsec = nanoseconds % 1_000_000_000
      pthread_cond_timedwait(arrived, mutex, &until)
    }
    let taken = waiting
    waiting = []
    bytes = 0
    return taken
  }

  /// Takes nothing more in and waits until the thread has ended.
  func close() async {
    shut()
    _ = await end.first(within: .seconds(60)) { self.isOver ? true : nil }
  }

  private var isOver: Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return hasEnded
  }

  func shut() {
    pthread_mutex_lock(mutex)
    isClosed = true
    pthread_cond_signal(arrived)
    pthread_mutex_unlock(mutex)
  }

  /// The thread says that it is through.
  func ended() {
    pthread_mutex_lock(mutex)
    hasEnded = true
    pthread_mutex_unlock(mutex)
    end.notifyAll()
  }
}
