import CSpawn
import Glibc
import Threads

/// A thread that never ends and waits for descriptors, deadlines and jobs. All but `submit` is
/// called on the thread itself. Jobs must not block, except on a reactor that is kept for them. The
/// inbox has no maximum of its own: there are a few jobs for each child, and the number of children
/// is limited.
final class Reactor: @unchecked Sendable {
  /// Serves all children.
  static let shared = Reactor(named: "processes")
  /// Starts and kills them. Its own, because a start stands still until the child has reached its
  /// program; never ending, because a parent-death signal follows the thread that started the
  /// child.
  static let spawner = {
    let spawner = Reactor(named: "process-spawner")
    spawner.submit { Adoption.begin() }
    return spawner
  }()

  private static let eventsMax = 64

  /// For reads: what is in it is the running job's alone.
  let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
  private let epoll: Int32
  private let counter: Int32
  private let inbox = Locked<[@Sendable () -> Void]>([])
  private var watches: [UInt64: () -> Void] = [:]
  private var timers: [(dueMs: Int64, id: UInt64, run: () -> Void)] = []  // the next one last
  private var lastID: UInt64 = 0

  init(named name: String) {
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    counter = cspawn_counter()
    var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: 0))
    guard epoll >= 0, counter >= 0, epoll_ctl(epoll, EPOLL_CTL_ADD, counter, &event) == 0 else {
      fatalError("no descriptors left for watching child processes (errno \(errno))")
    }
    do {
      try Thread.start(named: name) { self.loop() }
    } catch {
      fatalError("no thread for watching child processes: \(error)")
    }
  }

  /// Runs `job` on the thread, in order.
  func submit(_ job: @escaping @Sendable () -> Void) {
    let isFirst = inbox.withLock { jobs in
      jobs.append(job)
      return jobs.count == 1
    }
    if isFirst {
      var one: UInt64 = 1
      _ = write(counter, &one, 8)
    }
  }

  /// Calls `run` whenever the descriptor is ready (level-triggered) until it is unwatched.
  func watch(_ descriptor: Int32, writable: Bool = false, _ run: @escaping () -> Void) -> UInt64 {
    lastID += 1
    watches[lastID] = run
    var event = epoll_event(
      events: writable ? EPOLLOUT.rawValue : EPOLLIN.rawValue, data: epoll_data_t(u64: lastID))
    epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event)
    return lastID
  }

  /// Call it before the descriptor is closed.
  func unwatch(_ descriptor: Int32, _ id: UInt64) {
    watches[id] = nil
    epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
  }

  func after(ms: Int, _ run: @escaping () -> Void) -> UInt64 {
    lastID += 1
    let due = Self.nowMs() + Int64(max(0, ms))
    var low = 0
    var high = timers.count
    while low < high {
      let middle = (low + high) / 2
      if timers[middle].dueMs > due { low = middle + 1 } else { high = middle }
    }
    timers.insert((due, lastID, run), at: low)
    return lastID
  }

  func cancel(_ timer: UInt64) { timers.removeAll { $0.id == timer } }

  /// The monotonic clock.
  static func nowMs() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  private func loop() {
    var events = [epoll_event](repeating: epoll_event(), count: Self.eventsMax)
    while true {
      let waitMs = timers.last.map { Int32(clamping: max(0, $0.dueMs - Self.nowMs())) } ?? -1
      let count = epoll_wait(epoll, &events, Int32(Self.eventsMax), waitMs)
      for event in events.prefix(Int(max(0, count))) {
        if event.data.u64 == 0 { runInbox() } else { watches[event.data.u64]?() }
      }
      let now = Self.nowMs()
      while let next = timers.last, next.dueMs <= now {
        timers.removeLast()
        next.run()
      }
    }
  }

  private func runInbox() {
    var value: UInt64 = 0
    _ = read(counter, &value, 8)
    let jobs = inbox.withLock { jobs in
      defer { jobs = [] }
      return jobs
    }
    for job in jobs { job() }
  }
}
