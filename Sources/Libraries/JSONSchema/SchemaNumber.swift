import JSON

/// Numbers by value, whatever their form.
enum SchemaNumber {
  /// Below 0, 0 or above 0 as the first number is below, at or above the second; nil if one of them
  /// is no number.
  static func compare(_ one: JSONValue, _ other: JSONValue) -> Int? {
    switch (integer(one), integer(other)) {
    case (let one?, let other?): return one < other ? -1 : one > other ? 1 : 0
    case (let one?, nil): return double(other).map { compare(one, $0) }
    case (nil, let other?): return double(one).map { -compare(other, $0) }
    case (nil, nil):
      guard let one = double(one), let other = double(other) else { return nil }
      return one < other ? -1 : one > other ? 1 : 0
    }
  }

  private static func compare(_ integer: Int128, _ number: Double) -> Int {
    guard number.magnitude < 0x1p65 else { return number < 0 ? 1 : -1 }
    let below = number.rounded(.down)
    let whole = Int128(below)
    if integer != whole { return integer < whole ? -1 : 1 }
    return number > below ? -1 : 0
  }

  static func isMultiple(_ number: JSONValue, of divisor: JSONValue) -> Bool {
    if let number = integer(number), let divisor = integer(divisor) { return number % divisor == 0 }
    guard let number = number.doubleValue, let divisor = divisor.doubleValue else { return true }
    let quotient = number / divisor
    return quotient == quotient.rounded(.towardZero) && quotient.isFinite
  }

  /// The value with every number in one form, so that equal numbers are equal values.
  static func canonical(_ value: JSONValue) -> JSONValue {
    switch value {
    case .double(let number):
      if let int = Int(exactly: number) { return .int(int) }
      return UInt64(exactly: number).map { .uint($0) } ?? value
    case .array(let elements): return .array(elements.map(canonical))
    case .object(let members):
      return .object(JSONObject(members.map { ($0.key, canonical($0.value)) }))
    default: return value
    }
  }

  private static func integer(_ value: JSONValue) -> Int128? {
    switch value {
    case .int(let number): Int128(number)
    case .uint(let number): Int128(number)
    default: nil
    }
  }

  private static func double(_ value: JSONValue) -> Double? {
    if case .double(let number) = value { number } else { nil }
  }
}
