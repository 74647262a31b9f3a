import Synchronization
import Threads

/// Counts up. Adding is one atomic operation and never allocates.
public final class Counter: Sendable {
  private let count = Atomic<Int>(0)

  init() {}

  public var value: Int { count.load(ordering: .relaxed) }

  /// - Parameter number: not negative.
  public func add(_ number: Int = 1) { count.wrappingAdd(number, ordering: .relaxed) }
}

/// Holds the latest value. Setting is one atomic operation and never allocates.
public final class Gauge: Sendable {
  private let bits = Atomic<UInt64>(0)

  init() {}

  public var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

  public func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

  /// - Parameter change: may be negative.
  public func add(_ change: Double) {
    var old = bits.load(ordering: .relaxed)
    while true {
      let new = (Double(bitPattern: old) + change).bitPattern
      let (isExchanged, current) = bits.weakCompareExchange(
        expected: old, desired: new, ordering: .relaxed)
      if isExchanged { return }
      old = current
    }
  }
}

/// Counts observed numbers by buckets. Observing takes a lock for some nanoseconds and never
/// allocates.
public final class Histogram: Sendable {
  /// For times from a millisecond to half a minute.
  public static let secondsBounds: [Double] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
  ]
  static let boundsMax = 64

  struct State {
    /// One more than there are bounds.
    var counts: [Int]
    var sum = 0.0
  }

  let bounds: [Double]
  private let state: Locked<State>

  init(_ bounds: [Double]) {
    precondition(bounds.count <= Histogram.boundsMax, "more than \(Histogram.boundsMax) buckets")
    precondition(
      zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 } && bounds.allSatisfy { $0.isFinite },
      "bounds of a histogram must be finite and ascend")
    self.bounds = bounds
    state = Locked(State(counts: Array(repeating: 0, count: bounds.count + 1)))
  }

  public func observe(_ value: Double) {
    let index = bounds.firstIndex { value <= $0 } ?? bounds.count
    state.withLock { state in
      state.counts[index] += 1
      state.sum += value
    }
  }

  /// In seconds.
  public func observe(_ time: Duration) { observe(time / .seconds(1)) }

  func snapshot() -> State { state.withLock { $0 } }
}
