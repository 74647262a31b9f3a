/// How strings and numbers become bytes.
extension JSONWriter {
  /// The text in quotes. Clean runs are found eight bytes at a time and copied whole.
  @usableFromInline mutating func quote(_ text: UnsafeBufferPointer<UInt8>) {
    buffer.append(UInt8(ascii: "\""))
    var start = 0
    var place = Self.firstToEscape(text, from: 0)
    while place < text.count {
      buffer.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<place]))
      escape(text[place])
      start = place + 1
      place = Self.firstToEscape(text, from: start)
    }
    buffer.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
    buffer.append(UInt8(ascii: "\""))
  }

  /// The place of the next quote, backslash or control character; the count if there is none.
  private static func firstToEscape(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    guard let bytes = UnsafeRawPointer(text.baseAddress) else { return 0 }
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs = ones &* 0x80
    var place = start
    while place &+ 8 <= text.count {
      let word = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
      let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
      let slashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
      // A byte's high bit is set where it is below 0x20, or where it equals; a false alarm only
      // behind a true one.
      let below = (word &- ones &* 0x20) & ~word
      let equal = ((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes)
      let hits = (below | equal) & highs
      if hits != 0 { return place &+ hits.trailingZeroBitCount / 8 }
      place &+= 8
    }
    while place < text.count, !isEscaped(text[place]) { place &+= 1 }
    return place
  }

  private static func isEscaped(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
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

  @usableFromInline mutating func digits(_ number: UInt64) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var rest = number
      var start = 20
      repeat {
        start &-= 1
        digits[start] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      } while rest > 0
      buffer.append(contentsOf: UnsafeBufferPointer(rebasing: digits[start...]))
    }
  }

  mutating func decimal(_ number: Double) {
    guard number.isFinite else {
      buffer.append(contentsOf: "null".utf8)
      return
    }
    if number.magnitude < 1e15, number == number.rounded(.towardZero), number != 0 {
      if number < 0 { buffer.append(UInt8(ascii: "-")) }
      digits(UInt64(number.magnitude))
      buffer.append(contentsOf: ".0".utf8)
    } else if number.magnitude >= 1e16, number.magnitude <= 0x1p54 {
      seventeenDigits(number)
    } else {
      buffer.append(contentsOf: number.description.utf8)
    }
  }

  /// Swift writes numbers up to 2^54 without an exponent, Python below 10^16.
  private mutating func seventeenDigits(_ number: Double) {
    if number < 0 { buffer.append(UInt8(ascii: "-")) }
    var digits = Array(number.magnitude.description.utf8.dropLast(2))
    while digits.last == UInt8(ascii: "0") { digits.removeLast() }
    buffer.append(digits[0])
    if digits.count > 1 {
      buffer.append(UInt8(ascii: "."))
      buffer.append(contentsOf: digits[1...])
    }
    buffer.append(contentsOf: "e+16".utf8)
  }
}
