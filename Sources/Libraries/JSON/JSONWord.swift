/// The bytes that stand for more than themselves inside a string (quotes, backslashes, control
/// characters), found eight at a time in a little-endian word.
enum JSONWord {
  static func isMark(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  /// The high bit of each such byte. There may be false ones, but only above a true one.
  @inline(__always) static func marks(_ word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
    let slashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
    let below = (word &- ones &* 0x20) & ~word
    let equal = ((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes)
    return (below | equal) & (ones &* 0x80)
  }

  /// The place of the next such byte at or behind `from`; the count if there is none.
  static func skipPlain(_ bytes: UnsafeRawBufferPointer, from: Int) -> Int {
    var place = from
    while place &+ 8 <= bytes.count {
      let marks = marks(bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
      if marks != 0 { return place &+ marks.trailingZeroBitCount / 8 }
      place &+= 8
    }
    while place < bytes.count, !isMark(bytes[place]) { place &+= 1 }
    return place
  }
}
