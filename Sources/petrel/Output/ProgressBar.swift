import Glibc
import Threads

/// How far a long transfer is, in one line of a terminal's standard error that is written over and
/// over. Elsewhere it shows nothing.
final class ProgressBar: Sendable {
  private struct State {
    var done = 0
    var lastShown: ContinuousClock.Instant?
    var isShown = false
  }

  static let interval = Duration.milliseconds(100)

  private let channel: Channel
  private let title: String
  /// Nil where the end is not known before.
  private let total: Int?
  private let start: ContinuousClock.Instant
  private let state = Locked(State())

  init(_ channel: Channel, title: String, total: Int?, start: ContinuousClock.Instant = .now) {
    self.channel = channel
    self.title = title
    self.total = total
    self.start = start
  }

  /// - Parameter bytes: more than before. That it cannot be shown hinders no transfer.
  func add(_ bytes: Int, now: ContinuousClock.Instant = .now) {
    guard let columns = channel.columnsMax else { return }
    let done: Int? = state.withLock { state in
      state.done += bytes
      if let last = state.lastShown, now - last < Self.interval { return nil }
      state.lastShown = now
      state.isShown = true
      return state.done
    }
    guard let done else { return }
    let text = Self.text(
      title: title, done: done, total: total, elapsed: now - start, columnsMax: columns - 1)
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
    title: String, done: Int, total: Int?, elapsed: Duration, columnsMax: Int
  ) -> String {
    let seconds = elapsed / .seconds(1)
    let speed = seconds > 0 ? ", \(ByteCount.rounded(Int(Double(done) / seconds)))/s" : ""
    var amount = ByteCount.rounded(done)
    var bar = ""
    if let total, total > 0 {
      let share = min(Double(done) / Double(total), 1)
      amount += " of \(ByteCount.rounded(total)) (\(Int(share * 100)) %)"
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
