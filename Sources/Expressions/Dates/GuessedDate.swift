import Calendar

/// Guesses a date from its tokens, in the order of questions that `dateutil.parser` asks: month
/// first where day and month could be either, two-digit years within fifty years of `now`.
struct GuessedDate {
  /// Something that no date has here.
  struct Unreadable: Error {}

  var tokens: [String]
  var days = DateMembers()
  var weekday: Int?
  var hour: Int?
  var minute: Int?
  var second: Int?
  var microsecond: Int?
  private var hasHalf = false
  private var zoneName: String?
  private var zoneOffset: Int?

  static func instant(_ text: String, now: Instant) -> Instant? {
    var guess = GuessedDate(tokens: DateTokens.split(text))
    do {
      try guess.readTokens()
      return try guess.build(now)
    } catch {
      return nil
    }
  }

  private init(tokens: [String]) { self.tokens = tokens }

  func token(_ index: Int) throws(Unreadable) -> String {
    guard tokens.indices.contains(index) else { throw Unreadable() }
    return tokens[index]
  }

  private mutating func readTokens() throws(Unreadable) {
    var index = 0
    while index < tokens.count {
      let token = tokens[index]
      if DateNumber(token) != nil {
        index = try readNumber(at: index)
      } else if let day = DateWords.weekday(token) {
        weekday = day
      } else if let month = DateWords.month(token) {
        index = try readMonth(month, at: index)
      } else if let half = DateWords.half(token) {
        guard let given = hour, (0...12).contains(given) else { throw Unreadable() }
        hour = Self.adjust(given, half)
        hasHalf = true
      } else if couldBeZone(token) {
        readZone(token, at: index)
      } else if hour != nil, token == "+" || token == "-" {
        index = try readOffset(at: index)
      } else if !DateWords.isJump(token) {
        throw Unreadable()
      }
      index += 1
    }
  }

  static func adjust(_ hour: Int, _ half: DateWords.Half) -> Int {
    if hour < 12, half == .afternoon { return hour + 12 }
    return hour == 12 && half == .morning ? 0 : hour
  }

  private mutating func readMonth(_ month: Int, at start: Int) throws(Unreadable) -> Int {
    var index = start
    try days.append(month, as: .month)
    guard index + 1 < tokens.count else { return index }
    let mark = tokens[index + 1]
    if mark == "-" || mark == "/" {
      // Jan-01 and Jan-01-99
      try days.append(text: try token(index + 2))
      if index + 3 < tokens.count, tokens[index + 3] == mark {
        try days.append(text: try token(index + 4))
        index += 2
      }
      return index + 2
    }
    if index + 4 < tokens.count, mark == " ", tokens[index + 3] == " ",
      tokens[index + 2].lowercased() == "of"
    {
      // Jan of 01
      if DateNumber.isDigits(tokens[index + 4]), let year = Int(tokens[index + 4]) {
        try days.append(year, as: .year)
      }
      return index + 4
    }
    return index
  }
}

// MARK: - Zones

extension GuessedDate {
  private func couldBeZone(_ token: String) -> Bool {
    hour != nil && zoneName == nil && zoneOffset == nil && Self.isZoneName(token)
  }

  private static func isZoneName(_ token: String) -> Bool {
    token == "z" || (token.count <= 5 && token.utf8.allSatisfy { (0x41...0x5A).contains($0) })
  }

  private static func isUTC(_ name: String) -> Bool {
    ["utc", "gmt", "z"].contains(name.lowercased())
  }

  /// `GMT+3` is read as POSIX does: this time and three hours are GMT. So the sign is turned round.
  private mutating func readZone(_ token: String, at index: Int) {
    zoneName = token
    if token == "z" { zoneOffset = 0 }
    guard index + 1 < tokens.count else { return }
    let sign = tokens[index + 1]
    guard sign == "+" || sign == "-" else { return }
    tokens[index + 1] = sign == "+" ? "-" : "+"
    zoneOffset = nil
    if Self.isUTC(token) { zoneName = nil }
  }

  private mutating func readOffset(at start: Int) throws(Unreadable) -> Int {
    var index = start
    let sign = tokens[start] == "+" ? 1 : -1
    let digits = try token(index + 1)
    let hours: Int?
    var minutes: Int? = 0
    if digits.count == 4 {
      hours = Int(digits.prefix(2))
      minutes = Int(digits.suffix(2))
    } else if index + 2 < tokens.count, tokens[index + 2] == ":" {
      hours = Int(digits)
      minutes = Int(try token(index + 3))
      index += 2
    } else if digits.count <= 2 {
      hours = Int(digits)
    } else {
      throw Unreadable()
    }
    guard let hours, let minutes, hours < 1000, minutes < 10_000 else { throw Unreadable() }
    zoneOffset = sign * (hours * 3600 + minutes * 60)
    // -0300 (BRST)
    if index + 5 < tokens.count, DateWords.isJump(tokens[index + 2]), tokens[index + 3] == "(",
      tokens[index + 5] == ")", tokens[index + 4].count >= 3, zoneName == nil,
      Self.isZoneName(tokens[index + 4])
    {
      zoneName = tokens[index + 4]
      index += 4
    }
    return index + 1
  }
}

// MARK: - The date

extension GuessedDate {
  private func build(_ now: Instant) throws(Unreadable) -> Instant {
    let today = CivilDate(daysSinceEpoch: Int(now.seconds.floorDivided(by: 86_400)))
    let resolved = try days.resolve()
    let parts = [
      resolved.year, resolved.month, resolved.day, weekday, hour, minute, second, microsecond,
      zoneOffset,
    ]
    if parts.allSatisfy({ $0 == nil }), zoneName == nil, !hasHalf { throw Unreadable() }
    let year = resolved.year.map { fullYear($0, today.year) } ?? today.year
    let month = resolved.month ?? today.month
    guard (1...9999).contains(year), (1...12).contains(month) else { throw Unreadable() }
    let day = resolved.day ?? min(today.day, CivilDate.days(inMonth: month, of: year))
    guard var date = CivilDate(checking: year, month, day) else { throw Unreadable() }
    if let weekday, resolved.day ?? 0 == 0 {
      date = CivilDate(
        daysSinceEpoch: date.daysSinceEpoch + (weekday - date.mondayBasedWeekday + 7) % 7)
    }
    guard (0..<24).contains(hour ?? 0), (0..<60).contains(minute ?? 0),
      (0..<60).contains(second ?? 0)
    else { throw Unreadable() }
    // The name of a zone says nothing but UTC; an offset counts.
    let offset = zoneName.map(Self.isUTC) == true ? 0 : zoneOffset ?? 0
    let instant = DateText.instant(
      date, secondOfDay: (hour ?? 0) * 3600 + (minute ?? 0) * 60 + (second ?? 0),
      microsecond: microsecond ?? 0, offsetSeconds: offset)
    guard let instant else { throw Unreadable() }
    return instant
  }

  private func fullYear(_ year: Int, _ thisYear: Int) -> Int {
    guard year < 100, !days.isCenturyGiven else { return year }
    let full = year + thisYear / 100 * 100
    if full >= thisYear + 50 { return full - 100 }
    return full < thisYear - 50 ? full + 100 : full
  }
}

extension Int64 {
  fileprivate func floorDivided(by divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}
