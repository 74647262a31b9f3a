/// The text form of instants: RFC 3339, the strict subset of ISO 8601 that logs and APIs use.
extension Instant {
  /// Such as `2026-11-25T00:03:44.123456Z`, always with microseconds: texts sort as instants do.
  /// Years outside 0...9999 get a sign and six digits, which `init?(iso8601:)` does not read.
  public var iso8601: String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(30)
    writeISO8601(into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends what `iso8601` gives, without making a string.
  public func writeISO8601(into bytes: inout [UInt8]) {
    let time = CivilTime(self)
    let isPlain = (0...9999).contains(time.date.year)
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 30) { buffer in
      var writer = DigitWriter(buffer: buffer)
      if isPlain {
        writer.put(time.date.year, digits: 4, then: UInt8(ascii: "-"))
      } else {
        writer.put(UInt8(ascii: time.date.year < 0 ? "-" : "+"))
        writer.put(abs(time.date.year), digits: 6, then: UInt8(ascii: "-"))
      }
      writer.put(time.date.month, digits: 2, then: UInt8(ascii: "-"))
      writer.put(time.date.day, digits: 2, then: UInt8(ascii: "T"))
      writer.put(time.hour, digits: 2, then: UInt8(ascii: ":"))
      writer.put(time.minute, digits: 2, then: UInt8(ascii: ":"))
      writer.put(time.second, digits: 2, then: UInt8(ascii: "."))
      writer.put(time.microsecond, digits: 6, then: UInt8(ascii: "Z"))
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[..<writer.count]))
    }
  }

  /// Reads RFC 3339: `2026-11-25T01:03:44.5+01:00`, `2026-11-25 00:03:44Z`. Nil for anything else,
  /// also for days that do not exist. A fraction has 1 to 9 digits; what is finer than a
  /// microsecond is cut off. Second 60 is read where UTC may have a leap second (the end of June or
  /// December) and counts as the second after.
  /// - Parameter naiveOffsetSeconds: read a text without an offset as a clock that is so far ahead
  ///   of UTC; nil: do not accept one.
  public init?(iso8601 text: String, naiveOffsetSeconds: Int? = nil) {
    var text = text
    let read = text.withUTF8 { bytes in
      Instant(iso8601: bytes.span, naiveOffsetSeconds: naiveOffsetSeconds)
    }
    guard let read else { return nil }
    self = read
  }

  /// The same from bytes, for hot paths.
  public init?(iso8601 bytes: Span<UInt8>, naiveOffsetSeconds: Int? = nil) {
    var reader = DigitReader(count: bytes.count)
    guard let year = reader.number(in: bytes, digits: 4), reader.skip("-", in: bytes),
      let month = reader.number(in: bytes, digits: 2), reader.skip("-", in: bytes),
      let day = reader.number(in: bytes, digits: 2),
      reader.skip("T", in: bytes) || reader.skip("t", in: bytes) || reader.skip(" ", in: bytes),
      let hour = reader.number(in: bytes, digits: 2), reader.skip(":", in: bytes),
      let minute = reader.number(in: bytes, digits: 2), reader.skip(":", in: bytes),
      let second = reader.number(in: bytes, digits: 2),
      let date = CivilDate(checking: year, month, day), hour <= 23, minute <= 59, second <= 60
    else { return nil }
    var microsecond = 0
    if reader.skip(".", in: bytes) {
      guard let fraction = reader.fraction(in: bytes) else { return nil }
      microsecond = fraction
    }
    guard
      let offset = reader.isAtEnd ? naiveOffsetSeconds : reader.offsetSeconds(in: bytes),
      reader.isAtEnd
    else { return nil }
    var time = CivilTime(date, hour: hour, minute: minute, second: second)
    time.microsecond = microsecond
    let instant = time.instant(offsetSeconds: offset)
    if second == 60, !instant.mayFollowALeapSecond { return nil }
    self = instant
  }

  private var mayFollowALeapSecond: Bool {
    let time = CivilTime(self)
    return time.date.day == 1 && (time.date.month == 1 || time.date.month == 7) && time.hour == 0
      && time.minute == 0 && time.second == 0
  }
}

private struct DigitWriter {
  let buffer: UnsafeMutableBufferPointer<UInt8>
  var count = 0

  mutating func put(_ byte: UInt8) {
    buffer[count] = byte
    count += 1
  }

  mutating func put(_ number: Int, digits: Int, then separator: UInt8) {
    var rest = number
    for place in (count..<(count + digits)).reversed() {
      buffer[place] = 48 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    count += digits
    put(separator)
  }
}

/// Walks over bytes; each function either takes what it names and moves on, or says no and stays.
private struct DigitReader {
  let count: Int
  private var place = 0

  init(count: Int) { self.count = count }

  var isAtEnd: Bool { place == count }

  private func digit(in bytes: Span<UInt8>, at index: Int) -> Int? {
    guard index < count, case 48...57 = bytes[index] else { return nil }
    return Int(bytes[index]) - 48
  }

  mutating func number(in bytes: Span<UInt8>, digits: Int) -> Int? {
    var number = 0
    for index in place..<(place + digits) {
      guard let digit = digit(in: bytes, at: index) else { return nil }
      number = number * 10 + digit
    }
    place += digits
    return number
  }

  mutating func skip(_ character: Unicode.Scalar, in bytes: Span<UInt8>) -> Bool {
    guard place < count, bytes[place] == UInt8(ascii: character) else { return false }
    place += 1
    return true
  }

  /// 1 to 9 digits as microseconds, rounded down.
  mutating func fraction(in bytes: Span<UInt8>) -> Int? {
    var microseconds = 0
    var digits = 0
    while let digit = digit(in: bytes, at: place) {
      if digits < 6 { microseconds = microseconds * 10 + digit }
      digits += 1
      place += 1
    }
    guard (1...9).contains(digits) else { return nil }
    for _ in min(digits, 6)..<6 { microseconds *= 10 }
    return microseconds
  }

  mutating func offsetSeconds(in bytes: Span<UInt8>) -> Int? {
    if skip("Z", in: bytes) || skip("z", in: bytes) { return 0 }
    let sign: Int
    if skip("+", in: bytes) {
      sign = 1
    } else if skip("-", in: bytes) {
      sign = -1
    } else {
      return nil
    }
    guard let hours = number(in: bytes, digits: 2), skip(":", in: bytes),
      let minutes = number(in: bytes, digits: 2), hours <= 23, minutes <= 59
    else { return nil }
    return sign * (hours * 3600 + minutes * 60)
  }
}
