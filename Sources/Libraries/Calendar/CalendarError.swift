/// A name or text that means nothing here; the description goes to the person who wrote it.
public enum CalendarError: Error, Equatable, CustomStringConvertible {
  /// tzdata has no such zone, or is not installed.
  case unknownZone(String)
  /// The zone's file is damaged or of an old form.
  case unreadableZone(String, reason: String)
  case notADuration(String, reason: String)

  public var description: String {
    switch self {
    case .unknownZone(let name):
      "expected a time zone of tzdata such as Europe/Paris, found '\(name)'"
    case .unreadableZone(let name, let reason):
      "the data of time zone '\(name)' cannot be read: \(reason)"
    case .notADuration(let text, let reason):
      "expected a duration such as 90s, 2h30m or 1d, found '\(text)': \(reason)"
    }
  }
}
