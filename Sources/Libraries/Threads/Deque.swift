/// A first-in, first-out ring that grows by doubling and never shrinks.
struct Deque<Element> {
  private var slots: [Element?] = []
  private var head = 0
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  mutating func append(_ element: Element) {
    if count == slots.count { grow() }
    slots[(head + count) % slots.count] = element
    count += 1
  }

  mutating func popFirst() -> Element? {
    guard count > 0 else { return nil }
    let element = slots[head].take()
    head = (head + 1) % slots.count
    count -= 1
    return element
  }

  /// Removes and returns the first element that fits, in linear time.
  mutating func removeFirst(where fits: (Element) -> Bool) -> Element? {
    for index in 0..<count {
      guard let element = slots[(head + index) % slots.count], fits(element) else { continue }
      for later in index..<(count - 1) {
        slots[(head + later) % slots.count] = slots[(head + later + 1) % slots.count]
      }
      slots[(head + count - 1) % slots.count] = nil
      count -= 1
      return element
    }
    return nil
  }

  private mutating func grow() {
    var larger: [Element?] = []
    larger.reserveCapacity(max(8, slots.count * 2))
    for index in 0..<count { larger.append(slots[(head + index) % slots.count]) }
    for _ in count..<max(8, slots.count * 2) { larger.append(nil) }
    slots = larger
    head = 0
  }
}
