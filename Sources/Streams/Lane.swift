/// One of 256 independent ordered worlds. Everything that follows from an input stays on its lane,
/// except what is addressed to another one by a letter. A lane never changes its number, so a site
/// may grow from one partition to 256 without renaming anything.
public struct Lane: Sendable, Hashable, Comparable {
  public static let count = 256
  public static var all: [Lane] { (0..<UInt8.max).map(Lane.init) + [Lane(.max)] }

  public let number: UInt8

  public init(_ number: UInt8) { self.number = number }

  /// The lane that keeps order for a key: the one into whose partition Kafka's own default
  /// partitioner puts a record of that key.
  public init(key: some Sequence<UInt8>) {
    number = UInt8(truncatingIfNeeded: murmur2(Array(key)))
  }

  public init(key: String) { self.init(key: key.utf8) }

  /// `partitionCount` must be a power of two up to 256.
  public func partition(of partitionCount: Int) -> Int { Int(number) & (partitionCount - 1) }

  public static func < (one: Lane, other: Lane) -> Bool { one.number < other.number }
}

/// The hash of Kafka's Java client (`Utils.murmur2`), without the sign bit being cleared.
func murmur2(_ bytes: [UInt8]) -> UInt32 {
  let multiplier: UInt32 = 0x5bd1_e995
  var hash: UInt32 = 0x9747_b28c ^ UInt32(truncatingIfNeeded: bytes.count)
  var place = 0
  while place + 4 <= bytes.count {
    var word = UInt32(bytes[place])
    word |= UInt32(bytes[place + 1]) << 8
    word |= UInt32(bytes[place + 2]) << 16
    word |= UInt32(bytes[place + 3]) << 24
    word = word &* multiplier
    word ^= word >> 24
    word = word &* multiplier
    hash = hash &* multiplier
    hash ^= word
    place += 4
  }
  let rest = bytes.count - place
  if rest == 3 { hash ^= UInt32(bytes[place + 2]) << 16 }
  if rest >= 2 { hash ^= UInt32(bytes[place + 1]) << 8 }
  if rest >= 1 {
    hash ^= UInt32(bytes[place])
    hash = hash &* multiplier
  }
  hash ^= hash >> 13
  hash = hash &* multiplier
  hash ^= hash >> 15
  return hash
}
