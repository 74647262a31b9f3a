import Glibc

/// Reads the text of a scalar whose type is known. Nil: the text is not of that type.
enum ScalarParser {
  static func isBoolean(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    bytes.isOne(
      of: "yes", "Yes", "YES", "no", "No", "NO", "true", "True", "TRUE", "false", "False", "FALSE",
      "on", "On", "ON", "off", "Off", "OFF")
  }

  static func boolean(_ bytes: UnsafeBufferPointer<UInt8>) -> YAMLValue? {
    switch String(decoding: bytes, as: UTF8.self).lowercased() {
    case "yes", "true", "on": .bool(true)
    case "no", "false", "off": .bool(false)
    default: nil
    }
  }

  /// Decimal, `0b`, `0x`, octal after a leading zero, or groups to the base 60; underscores do not
  /// count. Beyond 64 bits the text is kept.
  static func integer(_ bytes: UnsafeBufferPointer<UInt8>) -> YAMLValue? {
    guard ScalarKind.isInt(bytes) else { return nil }
    var cursor = ScalarCursor(bytes)
    let isNegative = bytes[0] == UInt8(ascii: "-")
    _ = cursor.takeSign()
    var radix: UInt64 = 10
    if cursor.rest.count > 1, cursor.take("0") {
      radix = cursor.take("b") ? 2 : cursor.take("x") ? 16 : 8
    }
    let digits = cursor.rest.filter { $0 != UInt8(ascii: "_") }
    if digits.isEmpty, radix != 8 { return nil }
    guard let magnitude = magnitude(digits, radix: radix) else {
      return .longInteger(String(decoding: bytes, as: UTF8.self))
    }
    if isNegative {
      if magnitude == Int.min.magnitude { return .int(.min) }
      return Int(exactly: magnitude).map { .int(-$0) }
        ?? .longInteger(String(decoding: bytes, as: UTF8.self))
    }
    return Int(exactly: magnitude).map { .int($0) } ?? .uint(magnitude)
  }

  /// Nil where 64 bits are too few.
  private static func magnitude(_ digits: [UInt8], radix: UInt64) -> UInt64? {
    var (whole, group): (UInt64, UInt64) = (0, 0)
    for byte in digits {
      if byte == UInt8(ascii: ":") {
        guard let sum = sum(whole, group), let next = product(sum, 60) else { return nil }
        (whole, group) = (next, 0)
      } else {
        guard let shifted = product(group, radix), let digit = byte.digit(radix: 16),
          let next = sum(shifted, UInt64(digit))
        else { return nil }
        group = next
      }
    }
    return sum(whole, group)
  }

  private static func sum(_ one: UInt64, _ other: UInt64) -> UInt64? {
    let (result, overflow) = one.addingReportingOverflow(other)
    return overflow ? nil : result
  }

  private static func product(_ one: UInt64, _ other: UInt64) -> UInt64? {
    let (result, overflow) = one.multipliedReportingOverflow(by: other)
    return overflow ? nil : result
  }

  static func float(_ bytes: UnsafeBufferPointer<UInt8>) -> YAMLValue? {
    let kept = bytes.filter { $0 != UInt8(ascii: "_") }
    var text = Substring(String(decoding: kept, as: UTF8.self).lowercased())
    var sign = 1.0
    if text.hasPrefix("-") { sign = -1 }
    if text.hasPrefix("-") || text.hasPrefix("+") { text = text.dropFirst() }
    if text == ".inf" { return .double(sign * .infinity) }
    if text == ".nan" { return .double(.nan) }
    var (base, value) = (1.0, 0.0)
    for group in text.split(separator: ":", omittingEmptySubsequences: false).reversed() {
      guard let number = number(group) else { return nil }
      value += number * base
      base *= 60
    }
    return .double(sign * value)
  }

  /// `strtod` takes `1.`, `.5` and `1.e+5`, which Swift's `Double` does not; it would also take
  /// hexadecimal digits, which YAML does not.
  private static func number(_ text: Substring) -> Double? {
    guard let first = text.utf8.first, first == UInt8(ascii: ".") || first.digit(radix: 10) != nil,
      !text.contains("x")
    else { return nil }
    return String(text).withCString { start in
      var end: UnsafeMutablePointer<CChar>?
      let value = strtod(start, &end)
      return end.map { $0 == start + strlen(start) } == true ? value : nil
    }
  }

  static func timestamp(_ bytes: UnsafeBufferPointer<UInt8>) -> YAMLValue? {
    guard let parts = timestampParts(bytes, isPadded: false), parts.exists else { return nil }
    return .timestamp(parts)
  }

  /// A date or a date and time as written, whether it exists or not. A date alone has to be padded
  /// with zeros to be one without a tag.
  static func timestampParts(
    _ bytes: UnsafeBufferPointer<UInt8>, isPadded: Bool
  ) -> YAMLTimestamp? {
    var cursor = ScalarCursor(bytes)
    guard let year = cursor.takeNumber(digits: 4...4), cursor.take("-"),
      let month = cursor.takeNumber(digits: 1...2), cursor.take("-"),
      let day = cursor.takeNumber(digits: 1...2)
    else { return nil }
    var timestamp = YAMLTimestamp(year: year, month: month, day: day)
    if cursor.isAtEnd { return !isPadded || bytes.count == 10 ? timestamp : nil }
    let hasMark = cursor.take("T") || cursor.take("t") || cursor.skip { $0.isOne(of: " \t") } > 0
    guard hasMark, let time = time(&cursor), cursor.isAtEnd else { return nil }
    timestamp.time = time
    return timestamp
  }

  private static func time(_ cursor: inout ScalarCursor) -> YAMLTimestamp.Time? {
    guard let hour = cursor.takeNumber(digits: 1...2), cursor.take(":"),
      let minute = cursor.takeNumber(digits: 2...2), cursor.take(":"),
      let second = cursor.takeNumber(digits: 2...2)
    else { return nil }
    var time = YAMLTimestamp.Time(hour: hour, minute: minute, second: second)
    if cursor.take(".") {
      let start = cursor.position
      let fraction = cursor.takeNumber(digits: 0...6) ?? 0
      time.microsecond = (cursor.position - start..<6).reduce(fraction) { value, _ in value * 10 }
      cursor.skip { $0.digit(radix: 10) != nil }
    }
    if cursor.isAtEnd { return time }
    cursor.skip { $0.isOne(of: " \t") }
    if cursor.take("Z") {
      time.offsetMinutes = 0
      return time
    }
    let isWest = cursor.take("-")
    guard isWest || cursor.take("+"), let hours = cursor.takeNumber(digits: 1...2) else {
      return nil
    }
    var minutes = 0
    if cursor.take(":") {
      guard let number = cursor.takeNumber(digits: 2...2) else { return nil }
      minutes = number
    }
    time.offsetMinutes = (hours * 60 + minutes) * (isWest ? -1 : 1)
    return time
  }
}

extension YAMLTimestamp {
  fileprivate var exists: Bool {
    guard year >= 1, (1...12).contains(month), day >= 1 else { return false }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard day <= days[month - 1] else { return false }
    guard let time else { return true }
    return time.hour < 24 && time.minute < 60 && time.second < 60
      && (time.offsetMinutes ?? 0).magnitude < 24 * 60
  }
}
