/// Durations as people write them: `90s`, `2h30m`, `1d 12h`, `1.5s`, `250ms`, `0`.
extension Duration {
  /// Units from large to small, name and microseconds.
  private static let units: [(name: String, microseconds: Int64)] = [
    ("w", 604_800_000_000), ("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000),
    ("s", 1_000_000), ("ms", 1_000), ("us", 1),
  ]

  /// 100 years.
  public static let textMax = Duration.seconds(36_525 * 86_400)

  /// Reads numbers with units w, d, h, m, s, ms and us, from large to small, each at most once. The
  /// last number may have a fraction. Only 0 needs no unit. At most `textMax`.
  public init(text: String) throws(CalendarError) {
    func refused(_ reason: String) -> CalendarError { .notADuration(text, reason: reason) }
    var rest = text[...]
    if rest == "0" {
      self = .zero
      return
    }
    if rest.isEmpty { throw refused("it is empty") }
    var microseconds: Int64 = 0
    var largest = 0  // The index of the largest unit that may still come.
    while !rest.isEmpty {
      guard let number = DurationNumber(taking: &rest) else { throw refused("a number is missing") }
      let name = rest.prefix { $0.isLetter }
      rest.removeFirst(name.count)
      if name.isEmpty { throw refused("a unit is missing: w, d, h, m, s, ms or us") }
      guard let unit = Duration.units.firstIndex(where: { $0.name == name }) else {
        throw refused("the unit '\(name)' is none of w, d, h, m, s, ms and us")
      }
      if unit < largest { throw refused("units must go from large to small, each once") }
      largest = unit + 1
      if number.hasFraction, !rest.isEmpty {
        throw refused("only the last number may be a fraction")
      }
      guard let part = number.times(Duration.units[unit].microseconds),
        microseconds + part <= Duration.textMax.wholeMicroseconds
      else { throw refused("it is longer than 100 years") }
      microseconds += part
      if rest.first == " " { rest.removeFirst() }
      if rest.isEmpty, text.last == " " { throw refused("a number is missing") }
    }
    self = .microseconds(microseconds)
  }

  /// The shortest text for it, exact to a microsecond: `1d2h30m`, `1.5s`, `250ms`. A negative one
  /// has a minus, which `init(text:)` does not read.
  public var text: String {
    let all = wholeMicroseconds
    if all == 0 { return "0s" }
    if all < 0 { return "-" + Duration.microseconds(all == .min ? .max : -all).text }
    if all < 1_000 { return "\(all)us" }
    if all < 1_000_000 { return Duration.fraction(all, of: 1_000) + "ms" }
    var text = ""
    var rest = all
    for unit in Duration.units[1...3] where rest >= unit.microseconds {
      text += "\(rest / unit.microseconds)\(unit.name)"
      rest %= unit.microseconds
    }
    return rest == 0 ? text : text + Duration.fraction(rest, of: 1_000_000) + "s"
  }

  private static func fraction(_ number: Int64, of unit: Int64) -> String {
    let rest = number % unit
    if rest == 0 { return "\(number / unit)" }
    var digits = String(String(unit + rest).dropFirst())
    while digits.last == "0" { digits.removeLast() }
    return "\(number / unit).\(digits)"
  }
}

/// A decimal number of at most 15 digits before and 6 after the point.
private struct DurationNumber {
  private var whole: Int64 = 0
  private var millionths: Int64 = 0
  private(set) var hasFraction = false

  init?(taking text: inout Substring) {
    let digits = text.prefix { ("0"..."9").contains($0) }
    guard (1...15).contains(digits.count), let whole = Int64(digits) else { return nil }
    self.whole = whole
    text.removeFirst(digits.count)
    guard text.first == "." else { return }
    text.removeFirst()
    let fraction = text.prefix { ("0"..."9").contains($0) }
    guard (1...6).contains(fraction.count),
      let millionths = Int64(fraction + String(repeating: "0", count: 6 - fraction.count))
    else { return nil }
    self.millionths = millionths
    hasFraction = true
    text.removeFirst(fraction.count)
  }

  /// Nil beyond 2^62.
  func times(_ unit: Int64) -> Int64? {
    let (product, overflow) = whole.multipliedReportingOverflow(by: unit)
    if overflow || product > 1 << 61 { return nil }
    return product + (millionths * (unit / 1_000_000) + millionths * (unit % 1_000_000) / 1_000_000)
  }
}
