/// A day of the proleptic Gregorian calendar, without a zone. Fields are what they say: the
/// memberwise initialiser takes them as given, `init?(checking:)` only a day that exists. The
/// arithmetic is Howard Hinnant's, good for every day that an `Instant` can reach.
public struct CivilDate: Sendable, Hashable, Comparable {
  public var year: Int
  /// 1...12
  public var month: Int
  /// 1...31
  public var day: Int

  public init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// Nil if the calendar has no such day.
  public init?(checking year: Int, _ month: Int, _ day: Int) {
    guard (1...12).contains(month), day >= 1, day <= CivilDate.days(inMonth: month, of: year) else {
      return nil
    }
    self.init(year: year, month: month, day: day)
  }

  /// - Parameter daysSinceEpoch: 0 is 1970-01-01.
  public init(daysSinceEpoch: Int) {
    let shifted = daysSinceEpoch + 719_468  // Days since 0000-03-01: the leap day ends a year.
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// Counted from 1970-01-01.
  public var daysSinceEpoch: Int {
    let marchYear = month <= 2 ? year - 1 : year
    let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
    let yearOfEra = marchYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  public var weekday: Weekday {
    let days = daysSinceEpoch
    let number = days >= -4 ? (days + 4) % 7 : (days + 5) % 7 + 6
    return Weekday(rawValue: number) ?? .sunday
  }

  /// 1...366
  public var dayOfYear: Int {
    daysSinceEpoch - CivilDate(year: year, month: 1, day: 1).daysSinceEpoch + 1
  }

  public func adding(days: Int) -> CivilDate { CivilDate(daysSinceEpoch: daysSinceEpoch + days) }

  /// The same day of a later (or earlier) month; the last day of it where it is shorter.
  public func adding(months: Int) -> CivilDate {
    let total = year * 12 + month - 1 + months
    let newYear = total >= 0 ? total / 12 : (total - 11) / 12
    let newMonth = total - newYear * 12 + 1
    let last = CivilDate.days(inMonth: newMonth, of: newYear)
    return CivilDate(year: newYear, month: newMonth, day: min(day, last))
  }

  public static func isLeap(year: Int) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }

  /// - Parameter month: 1...12
  public static func days(inMonth month: Int, of year: Int) -> Int {
    switch month {
    case 2: isLeap(year: year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  public static func < (one: CivilDate, other: CivilDate) -> Bool {
    (one.year, one.month, one.day) < (other.year, other.month, other.day)
  }
}

/// Numbered as cron does.
public enum Weekday: Int, Sendable, CaseIterable {
  case sunday, monday, tuesday, wednesday, thursday, friday, saturday
}
