public import Calendar

/// Reads dates as people and machines write them, in the way StackStorm's operators do: first as
/// ISO 8601, then as `dateutil.parser` guesses (`Thu, 1 Jan 2026 10:00 +0100`, `2014-09-01 4:20
/// pm`, `20260101T1000`). What a text leaves out comes from the date of `now` at midnight; a text
/// without a zone, or with the name of an unknown one, is in UTC.
public enum DateText {
  public static let textBytesMax = 256

  public static func instant(_ text: String, now: Instant) throws(ExpressionError) -> Instant {
    guard text.utf8.count <= textBytesMax else {
      throw .failed(.init("expected a date, found a text of more than \(textBytesMax) bytes"))
    }
    if let instant = ISODate.instant(text) { return instant }
    guard let instant = GuessedDate.instant(text, now: now) else {
      throw .failed(.init("expected a date, found \(PythonPrinter.quoted(text))"))
    }
    return instant
  }

  static let secondsPerDay = 86_400

  /// Nil where Python's `datetime` has no such time: outside the years 1 to 9999 in UTC.
  static func instant(
    _ date: CivilDate, secondOfDay: Int, microsecond: Int, offsetSeconds: Int
  ) -> Instant? {
    guard offsetSeconds.magnitude < secondsPerDay else { return nil }
    let seconds = date.daysSinceEpoch * secondsPerDay + secondOfDay - offsetSeconds
    guard (-62_135_596_800..<253_402_300_800).contains(seconds) else { return nil }
    return Instant(microseconds: Int64(seconds) * 1_000_000 + Int64(microsecond))
  }
}

/// ISO 8601 as it is exchanged: calendar, week and ordinal dates, basic or extended but not both in
/// one text, hours to fractions of a second (microseconds, the rest cut off), `Z` or an offset.
/// `24:00` is the midnight that ends the day.
struct ISODate {
  private var rest: Substring.UTF8View

  static func instant(_ text: String) -> Instant? {
    var reader = ISODate(rest: text[...].utf8)
    return reader.read()
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard rest.first == UInt8(ascii: character) else { return false }
    rest = rest.dropFirst()
    return true
  }

  private mutating func number(_ width: Int) -> Int? {
    guard rest.count >= width else { return nil }
    var value = 0
    for byte in rest.prefix(width) {
      guard (0x30...0x39).contains(byte) else { return nil }
      value = value * 10 + Int(byte) - 0x30
    }
    rest = rest.dropFirst(width)
    return value
  }

  private mutating func read() -> Instant? {
    guard let year = number(4), (1...9999).contains(year) else { return nil }
    let isExtended = take("-")
    guard let date = date(of: year, isExtended) else { return nil }
    if rest.isEmpty {
      return DateText.instant(date, secondOfDay: 0, microsecond: 0, offsetSeconds: 0)
    }
    guard take("T") || take("t") || take(" "), let time = time(isExtended),
      let offset = offset(), rest.isEmpty
    else { return nil }
    return DateText.instant(
      date, secondOfDay: time.second, microsecond: time.microsecond, offsetSeconds: offset)
  }

  /// At the mark between date and time, or at the end.
  private var isAtTime: Bool { rest.first.map { "Tt ".utf8.contains($0) } ?? true }

  private mutating func date(of year: Int, _ isExtended: Bool) -> CivilDate? {
    if take("W") { return weekDate(of: year, isExtended) }
    let digits = rest.prefix { (0x30...0x39).contains($0) }.count
    if digits == 3 {
      return number(3).flatMap { ordinalDate(of: year, $0) }
    }
    guard let month = number(2) else { return nil }
    if isExtended, isAtTime { return CivilDate(checking: year, month, 1) }
    if isExtended, !take("-") { return nil }
    return number(2).flatMap { CivilDate(checking: year, month, $0) }
  }

  private func ordinalDate(of year: Int, _ ordinal: Int) -> CivilDate? {
    guard ordinal >= 1, ordinal <= (CivilDate.isLeap(year: year) ? 366 : 365),
      let first = CivilDate(checking: year, 1, 1)
    else { return nil }
    return CivilDate(daysSinceEpoch: first.daysSinceEpoch + ordinal - 1)
  }

  /// Week 1 is the one with 4 January in it.
  private mutating func weekDate(of year: Int, _ isExtended: Bool) -> CivilDate? {
    guard let week = number(2), let fourth = CivilDate(checking: year, 1, 4) else {
      return nil
    }
    var day = 1
    if !isAtTime {
      if isExtended, !take("-") { return nil }
      guard let given = number(1), (1...7).contains(given) else { return nil }
      day = given
    }
    let start = fourth.daysSinceEpoch - fourth.mondayBasedWeekday
    let monday = start + (week - 1) * 7
    // The Thursday of a week decides to which year it belongs.
    guard week >= 1, CivilDate(daysSinceEpoch: monday + 3).year == year else { return nil }
    return CivilDate(daysSinceEpoch: monday + day - 1)
  }

  private mutating func time(_ isExtended: Bool) -> (second: Int, microsecond: Int)? {
    guard let hour = number(2) else { return nil }
    var minute = 0
    var second = 0
    var microsecond = 0
    if let next = rest.first, next == UInt8(ascii: ":") || (0x30...0x39).contains(next) {
      guard take(":") == isExtended, let given = number(2) else { return nil }
      minute = given
      if let next = rest.first, next == UInt8(ascii: ":") || (0x30...0x39).contains(next) {
        guard take(":") == isExtended, let given = number(2) else { return nil }
        second = given
        if take(".") || take(",") {
          guard let fraction = fraction() else { return nil }
          microsecond = fraction
        }
      }
    }
    let isMidnight = hour == 24 && minute == 0 && second == 0 && microsecond == 0
    guard hour < 24 || isMidnight, minute < 60, second < 60 else { return nil }
    return (hour * 3600 + minute * 60 + second, microsecond)
  }

  private mutating func fraction() -> Int? {
    let digits = rest.prefix { (0x30...0x39).contains($0) }
    guard !digits.isEmpty else { return nil }
    rest = rest.dropFirst(digits.count)
    var value = 0
    for place in 0..<6 {
      let digit = digits.dropFirst(place).first.map { Int($0) - 0x30 } ?? 0
      value = value * 10 + digit
    }
    return value
  }

  private mutating func offset() -> Int? {
    if rest.isEmpty || take("Z") || take("z") { return 0 }
    let sign = take("+") ? 1 : take("-") ? -1 : 0
    guard sign != 0, let hours = number(2) else { return nil }
    var minutes = 0
    if take(":") || !rest.isEmpty {
      guard let given = number(2), given < 60 else { return nil }
      minutes = given
    }
    return sign * (hours * 3600 + minutes * 60)
  }
}

extension CivilDate {
  /// Monday is 0, as in Python.
  var mondayBasedWeekday: Int { (weekday.rawValue + 6) % 7 }
}
