import Glibc
import Threads

/// How far a long piece of work is, in one line of a terminal's standard error that is written over
/// and over. Elsewhere it shows nothing.
final class ProgressBar: Sendable {
  /// What is counted.
  enum Unit: Sendable {
    case bytes
    case count(String)

    func text(_ amount: Int) -> String {
      switch self {
      case .bytes: ByteCount.rounded(amount)
      case .count: "\(amount)"
      }
    }

    /// Behind an amount.
    var name: String {
      switch self {
      case .bytes: ""
      case .count(let name): " " + name
      }
    }
  }

  private struct State {
    var done = 0
    /// Nil where the end is not known before.
    var total: Int?
    var lastShown: ContinuousClock.Instant?
    var isShown = false
  }

  static let interval = Duration.milliseconds(100)

  private let channel: Channel
  private let title: String
  private let unit: Unit
  private let start: ContinuousClock.Instant
  private let state: Locked<State>

  init(
    _ channel: Channel, title: String, total: Int?, unit: Unit = .bytes,
    start: ContinuousClock.Instant = .now
  ) {
    self.channel = channel
    self.title = title
    self.unit = unit
    self.start = start
    state = Locked(State(total: total))
  }

  /// - Parameters:
  ///   - amount: more than before. That it cannot be shown hinders no transfer.
  ///   - total: the end, where it is known by now only.
  func add(_ amount: Int, of total: Int? = nil, now: ContinuousClock.Instant = .now) {
    guard let columns = channel.columnsMax else { return }
    let shown: (done: Int, total: Int?)? = state.withLock { state in
      state.done += amount
      if let total { state.total = total }
      if let last = state.lastShown, now - last < Self.interval { return nil }
      state.lastShown = now
      state.isShown = true
      return (state.done, state.total)
    }
    guard let shown else { return }
    let text = Self.text(
      title: title, done: shown.done, total: shown.total, unit: unit, elapsed: now - start,
      columnsMax: columns - 1)
    try? channel.put("\r\u{1B}[K" + text)
  }

  /// Takes the line away.
  func clear() {
    let isShown: Bool = state.withLock { state in
      defer { state.isShown = false }
      return state.isShown
    }
    if isShown { try? channel.put("\r\u{1B}[K") }
  }

  static func text(
    title: String, done: Int, total: Int?, unit: Unit = .bytes, elapsed: Duration,
    columnsMax: Int
  ) -> String {
    let seconds = elapsed / .seconds(1)
    let speed = seconds > 0 ? ", \(unit.text(Int(Double(done) / seconds)))/s" : ""
    var amount = unit.text(done)
    var bar = ""
    if let total, total > 0 {
      let share = min(Double(done) / Double(total), 1)
      amount += " of \(unit.text(total))\(unit.name) (\(Int(share * 100)) %)"
      let room = min(columnsMax - TextWidth.columns(title) - amount.count - speed.count - 4, 40)
      if room >= 10 {
        let filled = Int(Double(room) * share)
        bar =
          "[" + String(repeating: "#", count: filled)
          + String(repeating: "-", count: room - filled) + "] "
      }
    }
    return TextWidth.truncated("\(title) \(bar)\(amount)\(speed)", columnsMax: columnsMax)
  }
}
