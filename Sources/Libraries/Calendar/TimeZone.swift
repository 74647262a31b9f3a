import Glibc

/// One zone of the IANA database, read from the compiled files of the system's tzdata (RFC 8536).
/// Immutable, so shared freely; hold it instead of reading it again. Leap seconds are ignored.
/// Finding an offset is a binary search, or for far years a rule: well under a microsecond.
public final class TimeZone: Sendable {
  public let name: String
  private let data: ZoneFile

  public static let utc = TimeZone(fixedOffsetSeconds: 0, name: "UTC")

  /// A zone whose clocks are always ahead of UTC by so much.
  public init(fixedOffsetSeconds: Int, name: String) {
    self.name = name
    data = ZoneFile(fixedOffsetSeconds: fixedOffsetSeconds)
  }

  /// Reads the file of that name, which is case-sensitive and may not leave the directory.
  public init(
    named name: String, directory: String = "/usr/share/zoneinfo"
  ) throws(CalendarError) {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") }), !name.utf8.contains(0),
      let bytes = ZoneFile.read("\(directory)/\(name)")
    else { throw .unknownZone(name) }
    self.name = name
    do throws(ZoneFile.Damage) {
      data = try ZoneFile(bytes)
    } catch {
      throw .unreadableZone(name, reason: error.reason)
    }
  }

  /// How far clocks are ahead of UTC.
  public func offsetSeconds(at instant: Instant) -> Int {
    data.offsetSeconds(at: Int(instant.seconds))
  }

  /// What clocks show.
  public func local(_ instant: Instant) -> CivilTime {
    CivilTime(instant, offsetSeconds: offsetSeconds(at: instant))
  }

  /// The instants at which clocks show a time.
  public enum Instants: Sendable, Equatable {
    case one(Instant)
    /// Clocks were set back and show it twice.
    case two(Instant, Instant)
    /// Clocks were set forward, at the given instant, over it.
    case gap(at: Instant)
  }

  /// Looks a day to both sides for a change of the clocks; two changes within two days are not
  /// seen.
  public func instants(of time: CivilTime) -> Instants {
    let seconds = time.secondsSinceEpoch
    let before = seconds - data.offsetSeconds(at: seconds - 86_400)
    let after = seconds - data.offsetSeconds(at: seconds + 86_400)
    func instant(_ seconds: Int) -> Instant {
      Instant(seconds: Int64(seconds)) + .microseconds(time.microsecond)
    }
    if before == after { return .one(instant(before)) }
    switch (isShown(seconds, at: before), isShown(seconds, at: after)) {
    case (true, true): return .two(instant(min(before, after)), instant(max(before, after)))
    case (true, false): return .one(instant(before))
    case (false, true): return .one(instant(after))
    case (false, false):
      return .gap(
        at: Instant(seconds: Int64(change(after: min(before, after), max(before, after)))))
    }
  }

  private func isShown(_ local: Int, at seconds: Int) -> Bool {
    seconds + data.offsetSeconds(at: seconds) == local
  }

  /// The first second with another offset than `first` has.
  private func change(after first: Int, _ last: Int) -> Int {
    let offset = data.offsetSeconds(at: first)
    var low = first
    var high = last
    while low < high {
      let middle = low + (high - low) / 2
      if data.offsetSeconds(at: middle) == offset { low = middle + 1 } else { high = middle }
    }
    return high
  }
}
