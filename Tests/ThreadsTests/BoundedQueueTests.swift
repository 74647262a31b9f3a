import Testing

@testable import Threads

@Suite(.timeLimit(.minutes(1))) struct BoundedQueueTests {
  @Test(arguments: [1, 2, 16])
  func takesElementsToItsMaximumAndNoMore(given elementsMax: Int) async throws {
    let queue = BoundedQueue<Int>(elementsMax: elementsMax)
    for element in 0..<elementsMax { #expect(queue.offer(element) == .accepted) }
    #expect(queue.offer(elementsMax) == .full)
    #expect(queue.count == elementsMax)
    #expect(try await queue.receiveBatch() == Array(0..<elementsMax))
    #expect(queue.offer(0) == .accepted)
  }

  @Test func aSenderWaitsForRoomAndKeepsItsTurn() async throws {
    let queue = BoundedQueue<Int>(elementsMax: 2)
    let sender = Task { for element in 0..<1_000 { try await queue.send(element) } }
    var received: [Int] = []
    while received.count < 1_000 {
      let batch = try await queue.receiveBatch(elementsMax: 3)
      #expect((1...2).contains(batch.count))
      received += batch
    }
    try await sender.value
    #expect(received == Array(0..<1_000))
  }

  @Test func manySendersAndReceiversLoseNothing() async throws {
    let queue = BoundedQueue<Int>(elementsMax: 8)
    let sum = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<4 {
        group.addTask {
          var sum = 0
          while let element = try await queue.receive() { sum += element }
          return sum
        }
      }
      try await withThrowingTaskGroup { senders in
        for first in 0..<4 {
          senders.addTask {
            for element in 0..<500 { try await queue.send(first * 500 + element) }
          }
        }
        try await senders.waitForAll()
      }
      queue.close()
      return try await group.reduce(0, +)
    }
    #expect(sum == (0..<2_000).reduce(0, +))
  }

  @Test func closingKeepsWhatIsInside() async throws {
    let queue = BoundedQueue<String>(elementsMax: 2)
    try await queue.send("a")
    queue.close()
    queue.close()
    #expect(queue.offer("b") == .closed)
    await #expect(throws: ThreadsError.closed) { try await queue.send("b") }
    #expect(try await queue.receive() == "a")
    #expect(try await queue.receive() == nil)
    #expect(try await queue.receiveBatch() == [])
  }

  @Test func closingWakesAReceiver() async throws {
    let queue = BoundedQueue<Int>(elementsMax: 1)
    let receiver = Task { try await queue.receive() }
    while !queue.hasWaitingReceiver { await Task.yield() }
    queue.close()
    #expect(try await receiver.value == nil)
  }

  @Test func closingWakesASender() async throws {
    let queue = BoundedQueue<Int>(elementsMax: 1)
    try await queue.send(1)
    let sender = Task { try await queue.send(2) }
    while !queue.hasWaitingSender { await Task.yield() }
    queue.close()
    await #expect(throws: ThreadsError.closed) { try await sender.value }
    #expect(try await queue.receiveBatch() == [1])
  }

  @Test func aCancelledSenderLeavesNothingBehind() async throws {
    let queue = BoundedQueue<Int>(elementsMax: 1)
    try await queue.send(1)
    let sender = Task { try await queue.send(2) }
    while !queue.hasWaitingSender { await Task.yield() }
    sender.cancel()
    await #expect(throws: ThreadsError.cancelled) { try await sender.value }
    #expect(try await queue.receiveBatch() == [1])
    #expect(queue.count == 0)
  }

  @Test func aCancelledReceiverTakesNothing() async throws {
    let queue = BoundedQueue<Int>(elementsMax: 1)
    let receiver = Task { try await queue.receive() }
    while !queue.hasWaitingReceiver { await Task.yield() }
    receiver.cancel()
    await #expect(throws: ThreadsError.cancelled) { try await receiver.value }
    #expect(queue.offer(1) == .accepted)
    #expect(queue.count == 1)
  }

  @Test func aTaskCancelledBeforeDoesNotWait() async throws {
    let queue = BoundedQueue<Int>(elementsMax: 1)
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      try await queue.send(1)  // There is room: no need to give up.
      await #expect(throws: ThreadsError.cancelled) { try await queue.send(2) }
      #expect(try await queue.receive() == 1)
      await #expect(throws: ThreadsError.cancelled) { try await queue.receive() }
    }
    task.cancel()
    try await task.value
  }
}

@Suite struct DequeTests {
  @Test func keepsOrderWhileItWrapsAndGrows() {
    var deque = Deque<Int>()
    var expected: [Int] = []
    for number in 0..<100 {
      deque.append(number)
      expected.append(number)
      if number % 3 == 0 { #expect(deque.popFirst() == expected.removeFirst()) }
    }
    #expect(deque.count == expected.count)
    #expect(deque.removeFirst { $0 == 50 } == 50)
    #expect(deque.removeFirst { $0 == 50 } == nil)
    expected.removeAll { $0 == 50 }
    while let number = deque.popFirst() { #expect(number == expected.removeFirst()) }
    #expect(expected.isEmpty)
    #expect(deque.popFirst() == nil)
  }
}
