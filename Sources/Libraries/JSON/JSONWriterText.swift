/// How strings and numbers become bytes.
extension JSONWriter {
  /// A comma if one is due, the text in quotes, and a colon behind a key: for a text without
  /// anything to escape one pass of eight bytes at a time and one look at the buffer's room.
  @usableFromInline mutating func quote(_ text: UnsafeBufferPointer<UInt8>, isKey: Bool) {
    let isSecond = isBehindValue
    var clean = 0
    buffer.append(addingCapacity: text.count &+ 12) { span in
      span.withUnsafeMutableBufferPointer { room, count in
        let out = room.baseAddress.unsafelyUnwrapped
        out[0] = UInt8(ascii: ",")
        count = isSecond ? 1 : 0
        out[count] = UInt8(ascii: "\"")
        count &+= 1
        clean = Self.copyClean(text, to: UnsafeMutableRawPointer(out + count))
        count &+= clean
        guard clean == text.count else { return }
        out[count] = UInt8(ascii: "\"")
        out[count &+ 1] = UInt8(ascii: ":")
        count &+= isKey ? 2 : 1
      }
    }
    if clean < text.count { quoteRest(UnsafeBufferPointer(rebasing: text[clean...]), isKey) }
    isBehindValue = !isKey
  }

  /// Copies up to the first byte that must be escaped and tells how many that were. Writes up to
  /// eight bytes more than the text has.
  private static func copyClean(
    _ text: UnsafeBufferPointer<UInt8>, to out: UnsafeMutableRawPointer
  ) -> Int {
    guard let bytes = UnsafeRawPointer(text.baseAddress) else { return 0 }
    var place = 0
    while place &+ 8 <= text.count {
      let word = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
      out.storeBytes(of: word, toByteOffset: place, as: UInt64.self)
      let marks = JSONWord.marks(word)
      if marks != 0 { return place &+ marks.trailingZeroBitCount / 8 }
      place &+= 8
    }
    while place < text.count {
      let byte = text[place]
      if JSONWord.isMark(byte) { return place }
      out.storeBytes(of: byte, toByteOffset: place, as: UInt8.self)
      place &+= 1
    }
    return place
  }

  /// A string's rest, which begins with something to escape, and its end.
  private mutating func quoteRest(_ text: UnsafeBufferPointer<UInt8>, _ isKey: Bool) {
    for byte in text {
      if JSONWord.isMark(byte) { escape(byte) } else { buffer.append(byte) }
    }
    buffer.append(UInt8(ascii: "\""))
    if isKey { buffer.append(UInt8(ascii: ":")) }
  }

  private mutating func escape(_ byte: UInt8) {
    let short: UInt8? =
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): byte
      case 0x08: UInt8(ascii: "b")
      case 0x09: UInt8(ascii: "t")
      case 0x0A: UInt8(ascii: "n")
      case 0x0C: UInt8(ascii: "f")
      case 0x0D: UInt8(ascii: "r")
      default: nil
      }
    buffer.append(UInt8(ascii: "\\"))
    if let short {
      buffer.append(short)
    } else {
      buffer.append(contentsOf: "u00".utf8)
      buffer.append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
      let low = byte & 0x0F
      buffer.append(low < 10 ? 0x30 + low : 0x61 + low - 10)
    }
  }

  /// A comma if one is due, and the digits.
  @usableFromInline mutating func integer(_ magnitude: UInt64, isNegative: Bool) {
    let isSecond = isBehindValue
    isBehindValue = true
    buffer.append(addingCapacity: 22) { span in
      span.withUnsafeMutableBufferPointer { room, count in
        let out = room.baseAddress.unsafelyUnwrapped
        out[0] = UInt8(ascii: ",")
        count = isSecond ? 1 : 0
        out[count] = UInt8(ascii: "-")
        count &+= (isNegative ? 1 : 0) &+ Self.digitCount(magnitude)
        var place = count
        var rest = magnitude
        repeat {
          place &-= 1
          out[place] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
          rest /= 10
        } while rest > 0
      }
    }
  }

  private static func digitCount(_ number: UInt64) -> Int {
    var count = 1
    var bound: UInt64 = 10
    while number >= bound, count < 20 {
      count &+= 1
      bound = count < 20 ? bound &* 10 : .max
    }
    return count
  }

  /// A comma if one is due, and the number. Integers below 10^16 are written in digits as Python
  /// does; Swift would begin with exponents at 2^53.
  mutating func decimal(_ number: Double) {
    guard number.isFinite else { return null() }
    if number.magnitude < 1e16, number == number.rounded(.towardZero), number != 0 {
      integer(UInt64(number.magnitude), isNegative: number < 0)
      buffer.append(UInt8(ascii: "."))
      buffer.append(UInt8(ascii: "0"))
    } else {
      separate()
      isBehindValue = true
      number.description.withBytes { buffer.append(contentsOf: $0) }
    }
  }
}
