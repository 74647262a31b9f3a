import Glibc
import SwiftOverlayShims  // Where an optimising build finds `timespec`.

/// A point in time as microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
/// Reaches from the year -290,308 to 294,247; arithmetic stops at these ends instead of trapping.
/// The text form is in `Instant+ISO8601.swift`.
public struct Instant: Sendable, Hashable, Comparable {
  public var microseconds: Int64

  public init(microseconds: Int64) { self.microseconds = microseconds }

  public init(seconds: Int64) {
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    microseconds = overflow ? (seconds < 0 ? .min : .max) : product
  }

  /// The wall clock. It may jump; what must not run backwards uses the log's time.
  public static func now() -> Instant {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
  }

  /// Whole seconds, rounded down.
  public var seconds: Int64 {
    let towardsZero = microseconds / 1_000_000
    return microseconds % 1_000_000 < 0 ? towardsZero - 1 : towardsZero
  }

  /// What `seconds` leaves: 0...999,999.
  public var microsecondOfSecond: Int {
    let rest = microseconds % 1_000_000
    return Int(rest < 0 ? rest + 1_000_000 : rest)
  }

  public static func < (one: Instant, other: Instant) -> Bool {
    one.microseconds < other.microseconds
  }

  public static func + (instant: Instant, duration: Duration) -> Instant {
    Instant(microseconds: instant.microseconds.addingWithinBounds(duration.wholeMicroseconds))
  }

  public static func - (instant: Instant, duration: Duration) -> Instant {
    Instant(microseconds: instant.microseconds.subtractingWithinBounds(duration.wholeMicroseconds))
  }

  public static func - (one: Instant, other: Instant) -> Duration {
    .microseconds(one.microseconds.subtractingWithinBounds(other.microseconds))
  }
}

extension Duration {
  /// Rounded towards zero; stops at the ends of Int64.
  public var wholeMicroseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    return product.addingWithinBounds(attoseconds / 1_000_000_000_000)
  }
}

extension Int64 {
  fileprivate func addingWithinBounds(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }

  fileprivate func subtractingWithinBounds(_ other: Int64) -> Int64 {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other < 0 ? .max : .min) : difference
  }
}
