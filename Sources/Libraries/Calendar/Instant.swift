import Glibc

/// A point in time as microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
/// Reaches from the year -290,308 to 294,247; years outside 0...9999 cannot be written as ISO 8601.
public struct Instant: Sendable, Hashable, Comparable {
  public var microseconds: Int64

  public init(microseconds: Int64) { self.microseconds = microseconds }
  public init(seconds: Int64) { microseconds = seconds * 1_000_000 }

  /// The wall clock. It may jump; what must not run backwards uses the log's time.
  public static func now() -> Instant {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
  }

  /// Whole seconds, rounded down.
  public var seconds: Int64 {
    microseconds >= 0 ? microseconds / 1_000_000 : (microseconds - 999_999) / 1_000_000
  }

  public static func < (one: Instant, other: Instant) -> Bool {
    one.microseconds < other.microseconds
  }

  public static func + (instant: Instant, duration: Duration) -> Instant {
    Instant(microseconds: instant.microseconds + duration.wholeMicroseconds)
  }

  public static func - (instant: Instant, duration: Duration) -> Instant {
    Instant(microseconds: instant.microseconds - duration.wholeMicroseconds)
  }

  public static func - (one: Instant, other: Instant) -> Duration {
    .microseconds(one.microseconds - other.microseconds)
  }
}

extension Duration {
  /// Rounded towards zero.
  public var wholeMicroseconds: Int64 {
    components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
  }
}
