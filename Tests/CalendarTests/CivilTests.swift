import Testing

@testable import Calendar

@Suite struct CivilTests {
  @Test(
    arguments: [
      (1970, 1, 1, 0, Weekday.thursday), (1969, 12, 31, -1, .wednesday),
      (2000, 2, 29, 11_016, .tuesday), (2026, 11, 25, 20_782, .wednesday),
      (1, 1, 1, -719_162, .monday), (0, 3, 1, -719_468, .wednesday),
      (-1, 12, 31, -719_529, .friday), (1969, 12, 28, -4, .sunday),
    ])
  func daysAreCounted(
    given year: Int, _ month: Int, _ day: Int, then days: Int, _ weekday: Weekday
  ) {
    let date = CivilDate(year: year, month: month, day: day)
    #expect(date.daysSinceEpoch == days)
    #expect(CivilDate(daysSinceEpoch: days) == date)
    #expect(date.weekday == weekday)
  }

  @Test func everyDayOfEightHundredYearsFollowsTheOneBefore() {
    var date = CivilDate(year: 1600, month: 1, day: 1)
    var weekday = date.weekday.rawValue
    for days in date.daysSinceEpoch..<CivilDate(year: 2400, month: 1, day: 1).daysSinceEpoch {
      guard CivilDate(daysSinceEpoch: days) == date, date.daysSinceEpoch == days,
        date.weekday.rawValue == weekday
      else {
        Issue.record("wrong at \(date)")
        return
      }
      if date.day < CivilDate.days(inMonth: date.month, of: date.year) {
        date.day += 1
      } else if date.month < 12 {
        date = CivilDate(year: date.year, month: date.month + 1, day: 1)
      } else {
        date = CivilDate(year: date.year + 1, month: 1, day: 1)
      }
      weekday = (weekday + 1) % 7
    }
    #expect(date == CivilDate(year: 2400, month: 1, day: 1))
  }

  @Test(
    arguments: [
      (2026, 1, 31, 1, 2026, 2, 28), (2024, 1, 31, 1, 2024, 2, 29), (2026, 3, 31, -1, 2026, 2, 28),
      (2026, 12, 15, 1, 2027, 1, 15), (2026, 1, 15, -1, 2025, 12, 15),
      (2026, 5, 5, -29, 2023, 12, 5), (0, 1, 1, -1, -1, 12, 1),
    ])
  func monthsAreAdded(
    given year: Int, _ month: Int, _ day: Int, when months: Int, then newYear: Int,
    _ newMonth: Int, _ newDay: Int
  ) {
    let date = CivilDate(year: year, month: month, day: day)
    #expect(
      date.adding(months: months) == CivilDate(year: newYear, month: newMonth, day: newDay))
  }

  @Test(arguments: [(2026, 2, 29), (2026, 0, 1), (2026, 13, 1), (2026, 4, 31), (2026, 1, 0)])
  func daysThatDoNotExistAreRefused(given year: Int, _ month: Int, _ day: Int) {
    #expect(CivilDate(checking: year, month, day) == nil)
  }

  @Test func datesAreCompared() {
    let date = CivilDate(year: 2026, month: 3, day: 1)
    #expect(date.adding(days: -1) == CivilDate(year: 2026, month: 2, day: 28))
    #expect(date.adding(days: -1) < date)
    #expect(date.dayOfYear == 60)
    #expect(CivilTime(date, hour: 1) < CivilTime(date, hour: 1, second: 1))
    #expect(CivilTime(date, hour: 23) < CivilTime(date.adding(days: 1)))
  }

  @Test(
    arguments: [
      (0, 0, 1970, 1, 1, 0, 0), (-1, 0, 1969, 12, 31, 23, 999_999),
      (-1, 3600, 1970, 1, 1, 0, 999_999), (5, -3600, 1969, 12, 31, 23, 5),
    ] as [(Int64, Int, Int, Int, Int, Int, Int)])
  func clocksShowAnInstant(
    given microseconds: Int64, offset: Int, then year: Int, _ month: Int, _ day: Int, _ hour: Int,
    _ microsecond: Int
  ) {
    let time = CivilTime(Instant(microseconds: microseconds), offsetSeconds: offset)
    #expect(time.date == CivilDate(year: year, month: month, day: day))
    #expect(time.hour == hour)
    #expect(time.microsecond == microsecond)
    #expect(time.instant(offsetSeconds: offset) == Instant(microseconds: microseconds))
  }
}
