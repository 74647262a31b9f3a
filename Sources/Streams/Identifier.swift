public import Calendar

/// The input that a step read: everything the step records is named after it. A tick stands in
/// with its lane's count of ticks for the offset.
public struct Root: Sendable, Hashable {
  /// The log time of the input.
  public let time: Instant
  public let lane: Lane
  public let topic: Topic
  public let offset: Int64

  public init(time: Instant, lane: Lane, topic: Topic, offset: Int64) {
    self.time = time
    self.lane = lane
    self.topic = topic
    self.offset = offset
  }

  /// The name of the `ordinal`-th thing that the step records.
  /// - Precondition: the ordinal is below `Limits.ordinals`.
  public func identifier(_ ordinal: UInt32) -> Identifier {
    precondition(ordinal < Limits.ordinals, "a step may record \(Limits.ordinals) things")
    let seconds = UInt64(UInt32(truncatingIfNeeded: time.seconds))
    let place = UInt64(UInt32(truncatingIfNeeded: offset))
    return Identifier(
      high: seconds << 32 | UInt64(lane.number) << 24 | UInt64(topic.number) << 20 | place >> 12,
      low: UInt32(truncatingIfNeeded: place << 20) | ordinal)
  }
}

/// A name made from a position, 96 bits, written as 24 lower-case hexadecimal digits: seconds 32
/// bits, lane 8, number of the input topic 4, offset modulo 2^32, ordinal 20, all of the root. So
/// names are unique, sort by time, come out the same when a step is taken again, and name their
/// lane.
public struct Identifier: Sendable, Hashable, Comparable {
  let high: UInt64
  let low: UInt32

  init(high: UInt64, low: UInt32) {
    self.high = high
    self.low = low
  }

  /// Nil unless the text is 24 hexadecimal digits in lower case.
  public init?(_ text: String) {
    self.init(utf8: text.utf8)
  }

  /// Nil unless the bytes are 24 hexadecimal digits in lower case.
  public init?(utf8 digits: some Collection<UInt8>) {
    guard digits.count == 24 else { return nil }
    var high: UInt64 = 0
    var low: UInt32 = 0
    for (place, digit) in digits.enumerated() {
      let value: UInt8
      switch digit {
      case 0x30...0x39: value = digit - 0x30
      case 0x61...0x66: value = digit - 0x61 + 10
      default: return nil
      }
      if place < 16 { high = high << 4 | UInt64(value) } else { low = low << 4 | UInt32(value) }
    }
    self.init(high: high, low: low)
  }

  public var seconds: UInt32 { UInt32(truncatingIfNeeded: high >> 32) }
  public var lane: Lane { Lane(UInt8(truncatingIfNeeded: high >> 24)) }
  public var topicNumber: UInt8 { UInt8(truncatingIfNeeded: high >> 20) & 0xf }
  /// The root's offset modulo 2^32.
  public var offset: UInt32 { UInt32(truncatingIfNeeded: high << 12) | low >> 20 }
  public var ordinal: UInt32 { low & 0xf_ffff }

  /// Whether both were recorded by one step.
  public func hasSameRoot(as other: Identifier) -> Bool {
    high == other.high && low >> 20 == other.low >> 20
  }

  public static func < (one: Identifier, other: Identifier) -> Bool {
    (one.high, one.low) < (other.high, other.low)
  }

  /// Appends the 24 digits.
  public func write(into bytes: inout [UInt8]) {
    for shift in stride(from: 60, through: 0, by: -4) {
      bytes.append(Self.digit(UInt8(truncatingIfNeeded: high >> UInt64(shift)) & 0xf))
    }
    for shift in stride(from: 28, through: 0, by: -4) {
      bytes.append(Self.digit(UInt8(truncatingIfNeeded: low >> UInt32(shift)) & 0xf))
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}

extension Identifier: CustomStringConvertible {
  public var description: String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(24)
    write(into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
