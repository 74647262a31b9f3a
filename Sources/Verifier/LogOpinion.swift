public import Calendar
import Streams

/// The second opinion on a log of which older parts may have been taken out. What rests on what is
/// not there cannot be judged: decisions are judged from behind the last row that lacks events,
/// trigger instances or decisions, executions from behind the last one that lacks anything.
public struct LogOpinion {
  /// What is known of nothing before it.
  private struct Horizon {
    let ends: [Int64]
    let seconds: Int64
  }

  private static let keptMax = 1_000
  private static let decisionTopics: Set<String> = [
    "events", "triggers", "decisions", "dead-letters",
  ]

  private let windowSeconds: Int64
  private var verifier: Verifier
  private var decisions = Findings()
  private var others = Findings()

  private struct Findings {
    var horizon: Horizon?
    var count = 0
    var kept: [Violation] = []

    mutating func begin(_ horizon: Horizon) {
      self = Findings()
      self.horizon = horizon
    }

    mutating func add(_ violation: Violation) {
      count += 1
      if kept.count < keptMax { kept.append(violation) }
    }
  }

  public init(windowSeconds: Int64, idsMax: Int) {
    self.windowSeconds = windowSeconds
    verifier = Verifier(windowSeconds: windowSeconds, idsMax: idsMax)
  }

  /// What it comes to so far.
  public struct Result: Sendable {
    public let decisionCount: Int
    /// Outcomes of rules that use what the second opinion does not know.
    public let unjudgedCount: Int
    public let executionCount: Int
    public let violationCount: Int
    /// The first thousand of decisions, and of all else.
    public let violations: [Violation]
  }

  public var result: Result {
    Result(
      decisionCount: verifier.decisionCount, unjudgedCount: verifier.unjudgedCount,
      executionCount: verifier.executionCount, violationCount: decisions.count + others.count,
      violations: decisions.kept + others.kept)
  }

  /// Takes one commit.
  /// - Parameters:
  ///   - trimmed: topics of which something is not there.
  ///   - ends: one past the last offset of each topic behind it, by the topic's number.
  public mutating func take(
    _ written: Written, trimmed: Set<String>, ends: [Int64], at time: Instant
  ) {
    verifier.take(written)
    for violation in verifier.drainViolations() {
      switch violation.invariant {
      case .decisions, .acknowledged:
        if canJudge(violation, from: decisions.horizon) { decisions.add(violation) }
      default: if canJudge(violation, from: others.horizon) { others.add(violation) }
      }
    }
    guard !trimmed.isEmpty else { return }
    let horizon = Horizon(ends: ends, seconds: time.seconds)
    others.begin(horizon)
    if !trimmed.isDisjoint(with: Self.decisionTopics) { decisions.begin(horizon) }
  }

  /// Whether all that the violation rests on lies behind the horizon.
  private func canJudge(_ violation: Violation, from horizon: Horizon?) -> Bool {
    guard let horizon else { return true }
    // Ticks are counted from the log's first.
    if violation.invariant == .timers { return false }
    guard let id = Identifier(String(violation.place.prefix(24))) else { return true }
    let end = horizon.ends[Int(id.topicNumber)]
    guard id.offset >= UInt32(truncatingIfNeeded: end) else { return false }
    // The first of two copies may lie before it.
    return violation.invariant != .acknowledged
      || Int64(id.seconds) > horizon.seconds + 2 * windowSeconds
  }
}
