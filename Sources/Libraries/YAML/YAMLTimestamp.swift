/// A date, or a date with a time, of the proleptic Gregorian calendar, years 1 to 9999; always one
/// that exists. Without an offset the text named no zone.
public struct YAMLTimestamp: Sendable, Hashable {
  public var year: Int
  public var month: Int
  public var day: Int
  /// Nil for a date alone.
  public var time: Time?

  public struct Time: Sendable, Hashable {
    public var hour: Int
    public var minute: Int
    public var second: Int
    public var microsecond: Int
    /// East of UTC, less than a day either way.
    public var offsetMinutes: Int?

    public init(
      hour: Int, minute: Int, second: Int, microsecond: Int = 0, offsetMinutes: Int? = nil
    ) {
      self.hour = hour
      self.minute = minute
      self.second = second
      self.microsecond = microsecond
      self.offsetMinutes = offsetMinutes
    }
  }

  public init(year: Int, month: Int, day: Int, time: Time? = nil) {
    self.year = year
    self.month = month
    self.day = day
    self.time = time
  }

  /// ISO 8601 as Python's `isoformat` writes it: `2001-02-03`, `2001-02-03T04:05:06.000007+02:00`;
  /// no fraction where it is zero, no zone where none was given.
  public var iso8601: String {
    var text = "\(padded(year, to: 4))-\(padded(month, to: 2))-\(padded(day, to: 2))"
    guard let time else { return text }
    text += "T\(padded(time.hour, to: 2)):\(padded(time.minute, to: 2))"
    text += ":\(padded(time.second, to: 2))"
    if time.microsecond != 0 { text += ".\(padded(time.microsecond, to: 6))" }
    if let offset = time.offsetMinutes {
      let size = offset.magnitude
      text += "\(offset < 0 ? "-" : "+")\(padded(Int(size / 60), to: 2))"
      text += ":\(padded(Int(size % 60), to: 2))"
    }
    return text
  }

  private func padded(_ number: Int, to width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
