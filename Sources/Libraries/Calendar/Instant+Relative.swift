extension Instant {
  /// How long ago it was, or how soon it is, in one rounded-down unit: `3 min ago`, `in 2 h`,
  /// `now`.
  public func relative(to now: Instant) -> String {
    let seconds = (self - now).wholeMicroseconds / 1_000_000
    let distance = seconds.magnitude
    let text: String
    switch distance {
    case 0: return "now"
    case ..<60: text = "\(distance) s"
    case ..<3600: text = "\(distance / 60) min"
    case ..<86_400: text = "\(distance / 3600) h"
    case ..<(60 * 86_400): text = "\(distance / 86_400) d"
    case ..<(730 * 86_400): text = "\(distance / (86_400 * 30)) months"
    default: text = "\(distance / (86_400 * 365)) years"
    }
    return seconds < 0 ? "\(text) ago" : "in \(text)"
  }
}
