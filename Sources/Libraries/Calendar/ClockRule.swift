/// When clocks change in every year, as a POSIX TZ text says it, such as
/// `CET-1CEST,M3.5.0,M10.5.0/3`. Zone files end with one, for the years after their last listed
/// change. Hours of a change may be negative or beyond a day (RFC 8536).
struct ClockRule: Sendable {
  private let standardSeconds: Int
  private let summer: Summer?

  private struct Summer: Sendable {
    let offsetSeconds: Int
    let start: Change
    let end: Change
  }

  /// A day of the year and the seconds after its midnight on the clocks that are to be changed.
  private struct Change: Sendable {
    enum Day: Sendable {
      /// Week 5 is the last one of the month; weekday 0 is Sunday.
      case weekday(month: Int, week: Int, weekday: Int)
      /// 1...365; 29 February is never counted.
      case julian(Int)
      /// 0...365; 29 February is counted.
      case ordinal(Int)
    }
    let day: Day
    let seconds: Int

    /// As if the clocks showed UTC.
    func localSeconds(in year: Int) -> Int {
      let newYear = CivilDate(year: year, month: 1, day: 1).daysSinceEpoch
      let days: Int
      switch day {
      case .weekday(let month, let week, let weekday):
        let first = CivilDate(year: year, month: month, day: 1)
        let toWeekday = (weekday - first.weekday.rawValue + 7) % 7
        let dayOfMonth = 1 + toWeekday + (week - 1) * 7
        let isBeyond = dayOfMonth > CivilDate.days(inMonth: month, of: year)
        days = first.daysSinceEpoch + dayOfMonth - 1 - (isBeyond ? 7 : 0)
      case .julian(let number):
        days = newYear + number - (number >= 60 && CivilDate.isLeap(year: year) ? 0 : 1)
      case .ordinal(let number):
        days = newYear + number
      }
      return days * 86_400 + seconds
    }
  }

  func offsetSeconds(at seconds: Int) -> Int {
    guard let summer else { return standardSeconds }
    let year = CivilTime(secondsSinceEpoch: seconds + standardSeconds).date.year
    let start = summer.start.localSeconds(in: year) - standardSeconds
    let end = summer.end.localSeconds(in: year) - summer.offsetSeconds
    let isSummer = start < end ? (start..<end).contains(seconds) : !(end..<start).contains(seconds)
    return isSummer ? summer.offsetSeconds : standardSeconds
  }

  /// Nil if the text is not such a rule.
  init?(_ text: String) {
    var scanner = Scanner(text.utf8[...])
    guard scanner.name(), let west = scanner.clock() else { return nil }
    standardSeconds = -west
    if scanner.rest.isEmpty {
      summer = nil
      return
    }
    guard scanner.name() else { return nil }
    var offsetSeconds = standardSeconds + 3600
    if scanner.rest.first != UInt8(ascii: ",") {
      guard let west = scanner.clock() else { return nil }
      offsetSeconds = -west
    }
    guard let start = scanner.change(), let end = scanner.change(), scanner.rest.isEmpty else {
      return nil
    }
    summer = Summer(offsetSeconds: offsetSeconds, start: start, end: end)
  }

  private struct Scanner {
    var rest: Substring.UTF8View

    init(_ rest: Substring.UTF8View) { self.rest = rest }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
      guard rest.first == UInt8(ascii: character) else { return false }
      rest.removeFirst()
      return true
    }

    /// Letters, or anything in angle brackets; at least three.
    mutating func name() -> Bool {
      if skip("<") {
        let inner = rest.prefix { $0 != UInt8(ascii: ">") }
        rest.removeFirst(inner.count)
        return skip(">") && inner.count >= 3
      }
      let letters = rest.prefix { (97...122).contains($0 | 32) }
      rest.removeFirst(letters.count)
      return letters.count >= 3
    }

    mutating func number(in range: ClosedRange<Int>) -> Int? {
      let digits = rest.prefix { (48...57).contains($0) }
      guard (1...3).contains(digits.count) else { return nil }
      rest.removeFirst(digits.count)
      let number = digits.reduce(0) { $0 * 10 + Int($1) - 48 }
      return range.contains(number) ? number : nil
    }

    /// `[+-]h[hh][:mm[:ss]]` in seconds.
    mutating func clock() -> Int? {
      let isNegative = skip("-")
      if !isNegative { _ = skip("+") }
      guard var seconds = number(in: 0...167).map({ $0 * 3600 }) else { return nil }
      for unit in [60, 1] where skip(":") {
        guard let number = number(in: 0...59) else { return nil }
        seconds += number * unit
      }
      return isNegative ? -seconds : seconds
    }

    /// `,Mm.w.d[/time]`, `,Jn[/time]` or `,n[/time]`; the time is 02:00 if not given.
    mutating func change() -> Change? {
      guard skip(","), let day = day() else { return nil }
      guard skip("/") else { return Change(day: day, seconds: 7200) }
      return clock().map { Change(day: day, seconds: $0) }
    }

    private mutating func day() -> Change.Day? {
      if skip("M") {
        guard let month = number(in: 1...12), skip("."), let week = number(in: 1...5), skip("."),
          let weekday = number(in: 0...6)
        else { return nil }
        return .weekday(month: month, week: week, weekday: weekday)
      }
      if skip("J") { return number(in: 1...365).map { .julian($0) } }
      return number(in: 0...365).map { .ordinal($0) }
    }
  }
}
