import Threads

/// Whether the view's database answers. It is asked again only when the last answer is old, so that
/// whoever watches the product costs the database nothing.
final class ViewProbe: Sendable {
  /// How long an answer holds.
  static let age = Duration.seconds(1)

  private struct Answer {
    let isGood: Bool
    let time: ContinuousClock.Instant
  }

  private let last = Locked<Answer?>(nil)
  private let now: @Sendable () -> ContinuousClock.Instant
  private let ask: @Sendable () async -> Bool

  init(
    now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now },
    _ ask: @escaping @Sendable () async -> Bool
  ) {
    self.now = now
    self.ask = ask
  }

  func isAnswering() async -> Bool {
    let time = now()
    if let last = last.withLock({ $0 }), time < last.time + Self.age { return last.isGood }
    let isGood = await ask()
    last.withLock { $0 = Answer(isGood: isGood, time: time) }
    return isGood
  }
}
