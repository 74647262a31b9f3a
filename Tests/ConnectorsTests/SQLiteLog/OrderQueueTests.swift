import Streams
import Testing
import Threads

@testable import Connectors

/// The queue before the writing thread: its limits, its end.
@Suite struct OrderQueueTests {
  /// Offers an order of so many bytes; what became of it.
  private func offer(
    _ queue: OrderQueue, bytes: Int = 10, as owner: Owner? = nil
  ) async -> Bool {
    var outgoing = Outgoing()
    outgoing.add(
      Topic("events", number: 0, .input), Lane(0), value: [UInt8](repeating: 32, count: bytes))
    var order = LogOrder(records: outgoing, frames: [], durability: .recorded)
    order.owner = owner
    let taken = Locked(false)
    _ = await withCheckedContinuation { (answer: SQLiteLogWriter.Answer) in
      let waiting = SQLiteLogWriter.Waiting(order: order, answer: answer)
      taken.withLock { $0 = queue.offer(waiting) }
      answer.resume(returning: .success([]))
    }
    return taken.withLock { $0 }
  }

  @Test func asManyOrdersWaitAsMay() async {
    let queue = OrderQueue(ordersMax: 3, bytesMax: 1_000)
    for _ in 0..<3 { #expect(await offer(queue)) }
    #expect(await !offer(queue))
    #expect(queue.next(until: nil)?.count == 3)
    #expect(await offer(queue))
  }

  @Test func theEnginesOwnCommitsAreNotRefusedForWhatComesFromOutside() async {
    let queue = OrderQueue(ordersMax: 1, bytesMax: 10)
    let engine = Owner(group: "engine", partition: 0, epoch: 1)
    #expect(await offer(queue))
    #expect(await !offer(queue))
    #expect(await offer(queue, bytes: 100, as: engine))
    queue.shut()
    #expect(await !offer(queue, as: engine))
  }

  @Test func asManyBytesWaitAsMay() async {
    let queue = OrderQueue(ordersMax: 100, bytesMax: 30)
    #expect(await offer(queue, bytes: 20))
    #expect(await !offer(queue, bytes: 11))
    #expect(await offer(queue, bytes: 10))
    #expect(await !offer(queue, bytes: 1))
    #expect(queue.next(until: nil)?.count == 2)
    // A large one may wait where nothing else does.
    #expect(await offer(queue, bytes: 31))
    #expect(await !offer(queue, bytes: 1))
  }

  @Test func aDeadlineEndsTheWait() {
    let queue = OrderQueue(ordersMax: 3, bytesMax: 30)
    #expect(queue.next(until: .now)?.isEmpty ?? false)
    #expect(queue.next(until: .now + .milliseconds(20))?.isEmpty ?? false)
  }

  @Test func whatWaitsWhenItClosesIsStillTaken() async {
    let queue = OrderQueue(ordersMax: 3, bytesMax: 30)
    #expect(await offer(queue))
    queue.shut()
    #expect(await !offer(queue))
    #expect(queue.next(until: nil)?.count == 1)
    #expect(queue.next(until: nil) == nil)
  }
}
