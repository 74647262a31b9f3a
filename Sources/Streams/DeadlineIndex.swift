public import Calendar

/// Names with the times at which they fall due: the earliest is at hand in constant time.
public struct DeadlineIndex: Sendable {
  private var byName: [String: Instant] = [:]
  /// Latest first, so that the earliest is removed at the end.
  private var ordered: [(time: Instant, name: String)] = []

  public init() {}

  public var earliest: Instant? { ordered.last?.time }

  /// The names that are due at `time`, earliest first.
  public func due(at time: Instant) -> [String] {
    ordered.reversed().prefix { $0.time <= time }.map(\.name)
  }

  public subscript(name: String) -> Instant? {
    get { byName[name] }
    set {
      if let old = byName[name] { ordered.remove(at: place(of: old, name)) }
      byName[name] = newValue
      if let newValue { ordered.insert((newValue, name), at: place(of: newValue, name)) }
    }
  }

  /// Where an entry stands, or would stand.
  private func place(of time: Instant, _ name: String) -> Int {
    var low = 0
    var high = ordered.count
    while low < high {
      let middle = (low + high) / 2
      if (ordered[middle].time, ordered[middle].name) > (time, name) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }
}
