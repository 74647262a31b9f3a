import Calendar

/// The English words of dates.
enum DateWords {
  enum Half { case morning, afternoon }

  private static let months: [[String]] = [
    ["jan", "january"], ["feb", "february"], ["mar", "march"], ["apr", "april"], ["may"],
    ["jun", "june"], ["jul", "july"], ["aug", "august"], ["sep", "sept", "september"],
    ["oct", "october"], ["nov", "november"], ["dec", "december"],
  ]
  private static let weekdays: [[String]] = [
    ["mon", "monday"], ["tue", "tuesday"], ["wed", "wednesday"], ["thu", "thursday"],
    ["fri", "friday"], ["sat", "saturday"], ["sun", "sunday"],
  ]
  private static let units: [[String]] = [
    ["h", "hour", "hours"], ["m", "minute", "minutes"], ["s", "second", "seconds"],
  ]
  private static let jumps: Set<String> = [
    " ", ".", ",", ";", "-", "/", "'", "at", "on", "and", "ad", "m", "t", "of", "st", "nd", "rd",
    "th",
  ]

  private static func place(of word: String, in lists: [[String]]) -> Int? {
    let lowered = word.lowercased()
    return lists.firstIndex { $0.contains(lowered) }
  }

  static func month(_ word: String) -> Int? { place(of: word, in: months).map { $0 + 1 } }
  /// Monday is 0.
  static func weekday(_ word: String) -> Int? { place(of: word, in: weekdays) }
  /// Hour 0, minute 1, second 2.
  static func unit(_ word: String) -> Int? { place(of: word, in: units) }
  static func isJump(_ word: String) -> Bool { jumps.contains(word.lowercased()) }

  static func half(_ word: String) -> Half? {
    switch word.lowercased() {
    case "am", "a": .morning
    case "pm", "p": .afternoon
    default: nil
    }
  }
}

/// A number of a date: digits, perhaps with a decimal point.
struct DateNumber {
  let text: String
  let whole: Int
  private let fraction: Substring

  init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, parts.allSatisfy({ Self.isDigits($0) }), let whole = Int(parts[0])
    else { return nil }
    self.text = text
    self.whole = whole
    fraction = parts.count == 2 ? parts[1] : ""
  }

  static func isDigits(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }

  var isWhole: Bool { fraction.utf8.allSatisfy { $0 == 0x30 } }

  /// The fraction in sixtieths, as minutes of an hour; nil when there is none.
  var sixtieths: Int? {
    guard !isWhole else { return nil }
    let digits = fraction.prefix(15)
    let scale = digits.reduce(1) { scale, _ in scale * 10 }
    return Int(digits).map { $0 * 60 / scale }
  }
}

/// The numbers that are year, month and day, in the order of the text, some of them known.
struct DateMembers {
  enum Label { case year, month }

  private var values: [Int] = []
  private var yearPlace: Int?
  private var monthPlace: Int?
  /// A year of three digits or more, or one above 100.
  var isCenturyGiven = false

  var count: Int { values.count }

  mutating func append(_ value: Int, as label: Label) throws(GuessedDate.Unreadable) {
    values.append(value)
    switch label {
    case .year:
      guard yearPlace == nil else { throw GuessedDate.Unreadable() }
      yearPlace = count - 1
    case .month:
      guard monthPlace == nil else { throw GuessedDate.Unreadable() }
      monthPlace = count - 1
    }
  }

  /// Three digits or more are a year.
  mutating func append(text: String) throws(GuessedDate.Unreadable) {
    guard DateNumber.isDigits(text), let value = Int(text) else { throw GuessedDate.Unreadable() }
    guard text.count > 2 else { return values.append(value) }
    isCenturyGiven = true
    try append(value, as: .year)
  }

  mutating func append(_ number: DateNumber) throws(GuessedDate.Unreadable) {
    guard number.whole > 100 || (number.whole == 100 && !number.isWhole) else {
      return values.append(number.whole)
    }
    isCenturyGiven = true
    try append(number.whole, as: .year)
  }

  func couldBeDay(_ number: DateNumber) -> Bool {
    guard number.whole >= 1 else { return false }
    let month = monthPlace.map { values[$0] }
    let year = yearPlace.map { values[$0] } ?? 2000
    let last = month.map { CivilDate.days(inMonth: $0, of: year) } ?? 31
    return number.whole < last || (number.whole == last && number.isWhole)
  }

  func resolve() throws(GuessedDate.Unreadable) -> (year: Int?, month: Int?, day: Int?) {
    let known = [yearPlace, monthPlace].compactMap { $0 }.count
    if count > 0, count == known || (count == 3 && known == 2) {
      let day = values.indices.first { $0 != yearPlace && $0 != monthPlace }
      return (
        yearPlace.map { values[$0] }, monthPlace.map { values[$0] }, day.map { values[$0] }
      )
    }
    switch count {
    case 0: return (nil, nil, nil)
    case 1: return resolveOne()
    case 2: return resolveTwo()
    case 3: return resolveThree()
    default: throw GuessedDate.Unreadable()
    }
  }

  private func resolveOne() -> (year: Int?, month: Int?, day: Int?) {
    values[0] > 31 ? (values[0], nil, nil) : (nil, nil, values[0])
  }

  private func resolveTwo() -> (year: Int?, month: Int?, day: Int?) {
    if let monthPlace {
      let other = values[1 - monthPlace]
      return other > 31 ? (other, values[monthPlace], nil) : (nil, values[monthPlace], other)
    }
    if values[0] > 31 { return (values[0], values[1], nil) }
    if values[1] > 31 { return (values[1], values[0], nil) }
    return (nil, values[0], values[1])
  }

  private func resolveThree() -> (year: Int?, month: Int?, day: Int?) {
    let (first, second, third) = (values[0], values[1], values[2])
    switch monthPlace {
    case 0: return second > 31 ? (second, first, third) : (third, first, second)
    case 1: return first > 31 ? (first, second, third) : (third, second, first)
    case 2: return second > 31 ? (second, third, first) : (first, third, second)
    default:
      if first > 31 || yearPlace == 0 { return (first, second, third) }
      if first > 12 { return (third, second, first) }
      return (third, first, second)
    }
  }
}
