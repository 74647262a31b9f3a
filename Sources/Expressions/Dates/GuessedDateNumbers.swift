/// What a number in a date can be, by its length and its neighbours.
extension GuessedDate {
  /// Returns the index of the last token that was used.
  mutating func readNumber(at start: Int) throws(Unreadable) -> Int {
    let text = tokens[start]
    guard let number = DateNumber(text) else { throw Unreadable() }
    let length = text.count
    let next = start + 1 < tokens.count ? tokens[start + 1] : nil
    if days.count == 3, length == 2 || length == 4, hour == nil,
      next == nil || (next != ":" && next.flatMap(DateWords.unit) == nil)
    {
      // 19990101T23 and 19990101T2359
      hour = try integer(text.prefix(2))
      if length == 4 { minute = try integer(text.dropFirst(2)) }
      return start
    }
    if length == 6
      || (length > 6 && text.dropFirst(6).first == "."
        && text.firstIndex(of: ".") == text.index(text.startIndex, offsetBy: 6))
    {
      try readSix(text)
      return start
    }
    if length == 8 || length == 12 || length == 14 {
      try readLong(text)
      return start
    }
    if let (unit, last) = unit(near: start) {
      try assign(number, unit)
      return last
    }
    if start + 2 < tokens.count, next == ":" { return try readClock(number, at: start) }
    if let next, ["-", "/", "."].contains(next) { return try readSeparated(text, at: start) }
    return try readAlone(number, next, at: start)
  }

  private func integer(_ text: some StringProtocol) throws(Unreadable) -> Int {
    guard let value = Int(text), value >= 0 else { throw Unreadable() }
    return value
  }

  /// YYMMDD, or HHMMSS with a fraction.
  private mutating func readSix(_ text: String) throws(Unreadable) {
    let second = text.dropFirst(2).prefix(2)
    if days.count == 0, !text.contains(".") {
      for part in [text.prefix(2), second, text.suffix(2)] {
        try days.append(text: String(part))
      }
      return
    }
    hour = try integer(text.prefix(2))
    minute = try integer(second)
    try readSeconds(String(text.dropFirst(4)))
  }

  /// YYYYMMDD, with HHMM and SS.
  private mutating func readLong(_ text: String) throws(Unreadable) {
    try days.append(try integer(text.prefix(4)), as: .year)
    days.isCenturyGiven = true
    try days.append(text: String(text.dropFirst(4).prefix(2)))
    try days.append(text: String(text.dropFirst(6).prefix(2)))
    guard text.count > 8 else { return }
    hour = try integer(text.dropFirst(8).prefix(2))
    minute = try integer(text.dropFirst(10).prefix(2))
    if text.count > 12 { second = try integer(text.dropFirst(12)) }
  }

  private mutating func readSeconds(_ text: String) throws(Unreadable) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2 else { throw Unreadable() }
    second = try integer(parts[0])
    microsecond =
      try parts.count == 1
      ? 0
      : integer((parts[1] + String(repeating: "0", count: max(0, 6 - parts[1].count))).prefix(6))
  }

  /// The unit that stands behind a number, or one below the unit that stands before it: `12 h 04`.
  private func unit(near index: Int) -> (unit: Int, last: Int)? {
    func unit(at place: Int) -> Int? {
      tokens.indices.contains(place) ? DateWords.unit(tokens[place]) : nil
    }
    if let found = unit(at: index + 1) { return (found, index + 1) }
    if index + 2 < tokens.count, tokens[index + 1] == " ", let found = unit(at: index + 2) {
      return (found, index + 2)
    }
    if let found = unit(at: index - 1) { return (found + 1, index) }
    if index > 1, index == tokens.count - 1, tokens[index - 1] == " ",
      let found = unit(at: index - 2)
    {
      return (found + 1, index)
    }
    return nil
  }

  private mutating func assign(_ number: DateNumber, _ unit: Int) throws(Unreadable) {
    switch unit {
    case 0:
      hour = number.whole
      if let sixtieths = number.sixtieths { minute = sixtieths }
    case 1:
      minute = number.whole
      second = number.sixtieths
    case 2: try readSeconds(number.text)
    default: break
    }
  }

  private mutating func readClock(_ number: DateNumber, at index: Int) throws(Unreadable) -> Int {
    hour = number.whole
    guard let minutes = DateNumber(try token(index + 2)) else { throw Unreadable() }
    minute = minutes.whole
    second = minutes.sixtieths
    guard index + 4 < tokens.count, tokens[index + 3] == ":" else { return index + 2 }
    try readSeconds(tokens[index + 4])
    return index + 4
  }

  /// 01-02-2003, 1/Feb/2003, 1.2
  private mutating func readSeparated(_ text: String, at start: Int) throws(Unreadable) -> Int {
    var index = start
    let separator = tokens[index + 1]
    try days.append(text: text)
    if index + 2 < tokens.count, !DateWords.isJump(tokens[index + 2]) {
      if DateNumber.isDigits(tokens[index + 2]) {
        try days.append(text: tokens[index + 2])
      } else if let month = DateWords.month(tokens[index + 2]) {
        try days.append(month, as: .month)
      } else {
        throw Unreadable()
      }
      if index + 3 < tokens.count, tokens[index + 3] == separator {
        let third = try token(index + 4)
        if let month = DateWords.month(third) {
          try days.append(month, as: .month)
        } else {
          try days.append(text: third)
        }
        index += 2
      }
      index += 1
    }
    return index + 1
  }

  private mutating func readAlone(
    _ number: DateNumber, _ next: String?, at index: Int
  ) throws(Unreadable) -> Int {
    guard let next, !DateWords.isJump(next) else {
      if index + 2 < tokens.count, let half = DateWords.half(tokens[index + 2]) {
        hour = Self.adjust(number.whole, half)
        return index + 2
      }
      try days.append(number)
      return index + 1
    }
    if let half = DateWords.half(next), number.whole < 24 {
      hour = Self.adjust(number.whole, half)
      return index + 1
    }
    guard days.couldBeDay(number) else { throw Unreadable() }
    try days.append(number)
    return index
  }
}
