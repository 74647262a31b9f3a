/// simdjson's tape: one 64-bit word a value or bracket, its tag in the highest byte.
/// `{` and `[`: the low 32 bits are the index behind the closing bracket, the 24 above the count of
/// elements (all ones: at least that many). `"`: an offset into the strings, where a 32-bit length
/// stands before the text. `l`, `u`, `d`: the number is in the next word. Index 0 is the root mark,
/// 1 the root value. Nothing else in the house knows this form.
///
/// Only little-endian machines: a key's first eight bytes are compared as one word.
@usableFromInline struct JSONTape: @unchecked Sendable {
  @usableFromInline static let root = 1
  @usableFromInline static let countCeiling = 0xFF_FFFF

  @usableFromInline let words: UnsafePointer<UInt64>
  @usableFromInline let strings: UnsafePointer<UInt8>

  @inlinable init(words: UnsafePointer<UInt64>, strings: UnsafePointer<UInt8>) {
    self.words = words
    self.strings = strings
  }

  @inlinable @inline(__always) func tag(_ index: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: words[index] &>> 56)
  }

  /// The index behind the value at `index`.
  @inlinable @inline(__always) func after(_ index: Int) -> Int {
    switch tag(index) {
    case UInt8(ascii: "{"), UInt8(ascii: "["): Int(truncatingIfNeeded: words[index] & 0xFFFF_FFFF)
    case UInt8(ascii: "l"), UInt8(ascii: "u"), UInt8(ascii: "d"): index &+ 2
    default: index &+ 1
    }
  }

  /// The index of the bracket that closes the container at `index`.
  @inlinable @inline(__always) func close(_ index: Int) -> Int {
    Int(truncatingIfNeeded: words[index] & 0xFFFF_FFFF) &- 1
  }

  @inlinable @inline(__always) func text(_ index: Int) -> UnsafeBufferPointer<UInt8> {
    let at = strings + Int(truncatingIfNeeded: words[index] & 0x00FF_FFFF_FFFF_FFFF)
    let count = UnsafeRawPointer(at).loadUnaligned(as: UInt32.self)
    return UnsafeBufferPointer(start: at + 4, count: Int(count))
  }

  /// The bits of the number at `index`.
  @inlinable @inline(__always) func number(_ index: Int) -> UInt64 { words[index &+ 1] }

  @inlinable func kind(_ index: Int) -> JSONKind {
    switch tag(index) {
    case UInt8(ascii: "{"): .object
    case UInt8(ascii: "["): .array
    case UInt8(ascii: "\""): .string
    case UInt8(ascii: "l"): .int
    case UInt8(ascii: "u"): .uint
    case UInt8(ascii: "d"): .double
    case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
    default: .null
    }
  }

  /// Elements of the array or members of the object at `index`.
  @inlinable func count(_ index: Int) -> Int {
    let counted = Int(truncatingIfNeeded: words[index] &>> 32) & Self.countCeiling
    return counted < Self.countCeiling ? counted : walkedCount(index)
  }

  @usableFromInline func walkedCount(_ index: Int) -> Int {
    let isObject = tag(index) == UInt8(ascii: "{")
    var count = 0
    var place = index + 1
    while place < close(index) {
      place = after(isObject ? place + 1 : place)
      count += 1
    }
    return count
  }

  /// The index of the value of the last member called `key`; nil if there is none or no object.
  @inlinable func member(_ index: Int, _ key: JSONKeyBytes) -> Int? {
    guard tag(index) == UInt8(ascii: "{") else { return nil }
    let end = close(index)
    var found: Int?
    var place = index &+ 1
    while place < end {
      let name = text(place)
      if name.count == key.count, key.matches(name.baseAddress.unsafelyUnwrapped) {
        found = place &+ 1
      }
      place = after(place &+ 1)
    }
    return found
  }

  /// The index of the element at `position`; nil outside the bounds or if there is no array.
  @inlinable func element(_ index: Int, _ position: Int) -> Int? {
    guard tag(index) == UInt8(ascii: "["), position >= 0 else { return nil }
    let end = close(index)
    var place = index &+ 1
    var left = position
    while place < end {
      if left == 0 { return place }
      left &-= 1
      place = after(place)
    }
    return nil
  }
}
