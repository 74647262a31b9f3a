import Threads

/// What requests of one kind may hold together, in bytes or in pieces. A share is given back when
/// nobody holds it any more.
final class Allowance: Sendable {
  final class Share: Sendable {
    private let allowance: Allowance
    private let count: Int

    fileprivate init(_ allowance: Allowance, _ count: Int) {
      self.allowance = allowance
      self.count = count
    }

    deinit { allowance.taken.withLock { $0 -= count } }
  }

  private let taken = Locked(0)
  private let countMax: Int

  init(_ countMax: Int) { self.countMax = countMax }

  /// Nil when there is not so much left.
  func take(_ count: Int = 1) -> Share? {
    let isLeft = taken.withLock { taken in
      guard taken + count <= countMax else { return false }
      taken += count
      return true
    }
    return isLeft ? Share(self, count) : nil
  }
}
