/// What a calendar and a clock on the wall show, without a zone.
public struct CivilTime: Sendable, Hashable, Comparable {
  public var date: CivilDate
  /// 0...23
  public var hour: Int
  /// 0...59
  public var minute: Int
  /// 0...59: no leap seconds.
  public var second: Int
  /// 0...999,999
  public var microsecond: Int

  public init(_ date: CivilDate, hour: Int = 0, minute: Int = 0, second: Int = 0) {
    self.date = date
    self.hour = hour
    self.minute = minute
    self.second = second
    microsecond = 0
  }

  /// What clocks show at `instant` where they are ahead of UTC by `offsetSeconds`.
  public init(_ instant: Instant, offsetSeconds: Int = 0) {
    self.init(secondsSinceEpoch: Int(instant.seconds) + offsetSeconds)
    microsecond = instant.microsecondOfSecond
  }

  /// - Parameter secondsSinceEpoch: as if the clock showed UTC.
  init(secondsSinceEpoch: Int) {
    let days = (secondsSinceEpoch >= 0 ? secondsSinceEpoch : secondsSinceEpoch - 86_399) / 86_400
    let second = secondsSinceEpoch - days * 86_400
    self.init(
      CivilDate(daysSinceEpoch: days), hour: second / 3600, minute: second / 60 % 60,
      second: second % 60)
  }

  /// As if the clock showed UTC.
  var secondsSinceEpoch: Int {
    date.daysSinceEpoch * 86_400 + hour * 3600 + minute * 60 + second
  }

  /// The instant at which clocks that are ahead of UTC by `offsetSeconds` show this.
  public func instant(offsetSeconds: Int = 0) -> Instant {
    Instant(seconds: Int64(secondsSinceEpoch - offsetSeconds)) + .microseconds(microsecond)
  }

  public static func < (one: CivilTime, other: CivilTime) -> Bool {
    if one.date != other.date { return one.date < other.date }
    return (one.hour, one.minute, one.second, one.microsecond)
      < (other.hour, other.minute, other.second, other.microsecond)
  }
}
