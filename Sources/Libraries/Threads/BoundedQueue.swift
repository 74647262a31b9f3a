/// A queue between tasks that holds at most `elementsMax` elements. A sender waits while it is
/// full, a receiver while it is empty; both are served in order of arrival, and both give up when
/// their task is cancelled. A receiver takes all that is there at once, so that a hand-over costs
/// once a batch. After `close()` nothing more is taken in; what is inside can still be received.
public final class BoundedQueue<Element: Sendable>: Sendable {
  public let elementsMax: Int
  private let state = Locked(State())

  /// - Parameter elementsMax: at least 1.
  public init(elementsMax: Int) {
    precondition(elementsMax >= 1, "a queue must hold at least one element")
    self.elementsMax = elementsMax
  }

  /// What became of an element that was offered without waiting.
  public enum Offer: Sendable, Equatable { case accepted, full, closed }

  /// How many elements wait to be received.
  public var count: Int { state.withLock { $0.elements.count } }

  /// Waits for room. Throws `.closed`, or `.cancelled`; then the element was not sent.
  public func send(_ element: Element) async throws(ThreadsError) {
    let ticket = state.withLock { $0.nextTicket() }
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        state.withLock { state in
          switch state.offer(element, elementsMax: elementsMax) {
          case .accepted: continuation.resume(returning: SendOutcome.sent)
          case .closed: continuation.resume(returning: .closed)
          case .full where Task.isCancelled: continuation.resume(returning: .cancelled)
          case .full:
            state.senders.append(
              Sender(ticket: ticket, element: element, continuation: continuation))
          }
        }
      }
    } onCancel: {
      let sender = state.withLock { state in
        state.senders.removeFirst { $0.ticket == ticket }
      }
      sender?.continuation.resume(returning: .cancelled)
    }
    switch outcome {
    case .sent: return
    case .closed: throw .closed
    case .cancelled: throw .cancelled
    }
  }

  /// Sends without waiting, also from a thread.
  public func offer(_ element: Element) -> Offer {
    state.withLock { $0.offer(element, elementsMax: elementsMax) }
  }

  /// Waits for an element; nil when the queue is closed and empty. Throws `.cancelled` only.
  public func receive() async throws(ThreadsError) -> Element? {
    try await receiveBatch(elementsMax: 1).first
  }

  /// Waits until there is something, then takes all, up to `elementsMax`. Gives an empty batch when
  /// the queue is closed and empty. Throws `.cancelled` only.
  public func receiveBatch(elementsMax batchMax: Int = .max) async throws(ThreadsError) -> [Element]
  {
    precondition(batchMax >= 1, "a batch must hold at least one element")
    let ticket = state.withLock { $0.nextTicket() }
    let batch: [Element]? = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        state.withLock { state in
          let batch = state.take(batchMax: batchMax, elementsMax: elementsMax)
          if !batch.isEmpty || state.isClosed {
            continuation.resume(returning: batch)
          } else if Task.isCancelled {
            continuation.resume(returning: nil)
          } else {
            state.receivers.append(Receiver(ticket: ticket, continuation: continuation))
          }
        }
      }
    } onCancel: {
      let receiver = state.withLock { state in
        state.receivers.removeFirst { $0.ticket == ticket }
      }
      receiver?.continuation.resume(returning: nil)
    }
    guard let batch else { throw .cancelled }
    return batch
  }

  /// Takes nothing more in: senders that wait get `.closed`, receivers the end once all is
  /// received.
  /// A second call does nothing.
  public func close() {
    state.withLock { state in
      state.isClosed = true
      while let sender = state.senders.popFirst() { sender.continuation.resume(returning: .closed) }
      while let receiver = state.receivers.popFirst() {
        receiver.continuation.resume(returning: [])
      }
    }
  }
}

extension BoundedQueue {
  var hasWaitingSender: Bool { state.withLock { !$0.senders.isEmpty } }
  var hasWaitingReceiver: Bool { state.withLock { !$0.receivers.isEmpty } }

  private enum SendOutcome: Sendable { case sent, closed, cancelled }

  private struct Sender {
    let ticket: UInt64
    let element: Element
    let continuation: CheckedContinuation<SendOutcome, Never>
  }

  private struct Receiver {
    let ticket: UInt64
    let continuation: CheckedContinuation<[Element]?, Never>
  }

  /// Receivers wait only while there are no elements, senders only while it is full.
  private struct State {
    var elements = Deque<Element>()
    var senders = Deque<Sender>()
    var receivers = Deque<Receiver>()
    var isClosed = false
    var ticket: UInt64 = 0

    mutating func nextTicket() -> UInt64 {
      ticket += 1
      return ticket
    }

    mutating func offer(_ element: Element, elementsMax: Int) -> Offer {
      if isClosed { return .closed }
      if let receiver = receivers.popFirst() {
        receiver.continuation.resume(returning: [element])
        return .accepted
      }
      if elements.count >= elementsMax { return .full }
      elements.append(element)
      return .accepted
    }

    mutating func take(batchMax: Int, elementsMax: Int) -> [Element] {
      var batch: [Element] = []
      batch.reserveCapacity(min(batchMax, elements.count))
      while batch.count < batchMax, let element = elements.popFirst() { batch.append(element) }
      while elements.count < elementsMax, let sender = senders.popFirst() {
        elements.append(sender.element)
        sender.continuation.resume(returning: .sent)
      }
      return batch
    }
  }
}
