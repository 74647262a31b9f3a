import Threads

/// Events for any number of listeners on any number of servers. Publishing costs one lock and at
/// most one note for each loop that has listeners, however many those are. The channel keeps its
/// newest events (`bytesMax`): a loop that falls further behind loses its listeners, never memory.
public final class EventChannel: Sendable {
  /// An event, made ready once for all listeners.
  struct Published: Sendable {
    let event: ServerSentEvent
    let text: [UInt8]
    let chunk: [UInt8]
  }

  /// What a loop finds when it comes for new events.
  struct Collected: Sendable {
    /// The number of the first of `events`.
    let first: UInt64
    let events: [Published]
    let isClosed: Bool
  }

  private struct Watcher {
    let mailbox: LoopMailbox
    var isNotified = false
  }

  private struct State {
    var kept: [Published] = []
    /// Of `kept`, so many at its start are given up; taken out in bulk.
    var given = 0
    var keptBytes = 0
    var last: UInt64 = 0
    var watchers: [ObjectIdentifier: Watcher] = [:]
    var isClosed = false

    var first: UInt64 { last + 1 - UInt64(kept.count - given) }
  }

  public let bytesMax: Int
  private let state = Locked(State())

  public init(bytesMax: Int = 1 << 20) {
    self.bytesMax = bytesMax
  }

  /// Sends an event to whoever listens. False if it is longer than the channel may keep.
  @discardableResult
  public func publish(_ event: ServerSentEvent) -> Bool {
    let text = event.text
    if text.count > bytesMax { return false }
    let published = Published(event: event, text: text, chunk: ResponseWriter.chunk(text))
    let loops = state.withLock { state in
      state.kept.append(published)
      state.keptBytes += text.count
      state.last += 1
      while state.keptBytes > bytesMax {
        state.keptBytes -= state.kept[state.given].text.count
        state.given += 1
      }
      if state.given > 64, state.given > state.kept.count / 2 {
        state.kept.removeFirst(state.given)
        state.given = 0
      }
      return Self.unnotified(&state)
    }
    for loop in loops { loop.post(.published(self)) }
    return true
  }

  /// Ends the streams of all listeners, once they have what was published before.
  public func close() {
    let loops = state.withLock { state in
      state.isClosed = true
      return Self.unnotified(&state)
    }
    for loop in loops { loop.post(.published(self)) }
  }

  /// The number of the newest event. A subscription after it misses nothing published later: take
  /// it, read what the listener is to be sent first, then subscribe.
  public var lastNumber: UInt64 { state.withLock { $0.last } }

  /// Events after that number (nil: from now on), `backlog` before them.
  public func subscription(
    after number: UInt64? = nil, backlog: [ServerSentEvent] = [],
    select: @escaping @Sendable (ServerSentEvent) -> EventVerdict = { _ in .send }
  ) -> EventSubscription {
    EventSubscription(
      channel: self, after: number ?? lastNumber, backlog: backlog, select: select)
  }

  private static func unnotified(_ state: inout State) -> [LoopMailbox] {
    var loops: [LoopMailbox] = []
    for (key, watcher) in state.watchers where !watcher.isNotified {
      state.watchers[key]?.isNotified = true
      loops.append(watcher.mailbox)
    }
    return loops
  }

  // What a loop does.

  func attach(_ mailbox: LoopMailbox) {
    state.withLock { state in
      state.watchers[ObjectIdentifier(mailbox)] = Watcher(mailbox: mailbox)
    }
  }

  func detach(_ mailbox: LoopMailbox) {
    state.withLock { state in
      _ = state.watchers.removeValue(forKey: ObjectIdentifier(mailbox))
    }
  }

  /// The events after `number` that are still kept.
  func collect(after number: UInt64, for mailbox: LoopMailbox) -> Collected {
    state.withLock { state in
      state.watchers[ObjectIdentifier(mailbox)]?.isNotified = false
      let first = max(state.first, number + 1)
      let count = first > state.last ? 0 : Int(state.last - first + 1)
      return Collected(
        first: first, events: Array(state.kept.suffix(count)), isClosed: state.isClosed)
    }
  }
}
