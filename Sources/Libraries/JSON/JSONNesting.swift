/// Tells of an object over several lines where a line begins with a `{` that no JSON has there: a
/// cut line of NDJSON looks like the beginning of such an object. Knows the kinds of the first 64
/// containers; what is deeper is believed.
struct JSONNesting {
  /// Whether a line behind the first one began with `{`.
  private(set) var hasBraceLine = false
  /// Bit for depth: an object.
  private var objects: UInt64 = 0
  /// The last byte outside strings that is no space; of a string its first quote.
  private var last = UInt8(ascii: " ")
  private var isAtLineStart = false

  mutating func endLine() { isAtLineStart = true }

  /// Takes the next byte outside strings. False: a line begins with it and it cannot stand there.
  mutating func mayFollow(_ byte: UInt8, _ depth: Int) -> Bool {
    if JSONSplitter.isSpace(byte) { return true }
    defer {
      last = byte
      isAtLineStart = false
    }
    if isAtLineStart, byte == UInt8(ascii: "{") {
      hasBraceLine = true
      if !mayHoldObject(depth) { return false }
    }
    guard byte == UInt8(ascii: "{") || byte == UInt8(ascii: "["), (0..<64).contains(depth) else {
      return true
    }
    let bit: UInt64 = 1 << UInt64(depth)
    objects = byte == UInt8(ascii: "{") ? objects | bit : objects & ~bit
    return true
  }

  private func mayHoldObject(_ depth: Int) -> Bool {
    switch last {
    case UInt8(ascii: ":"), UInt8(ascii: "["): true
    case UInt8(ascii: ","): !(1...64).contains(depth) || objects >> UInt64(depth - 1) & 1 == 0
    default: false
    }
  }
}
