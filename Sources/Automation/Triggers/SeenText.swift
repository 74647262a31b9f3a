import Streams

/// Seen events as text, in base64 without padding: 32 characters for each.
enum SeenText {
  static let characterCount = 32

  private static let digits = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 0xff, count: 256)
    for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
    return values
  }()

  static func text(_ entries: some Collection<SeenTable.Entry>) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(entries.count * characterCount)
    for entry in entries {
      // Three words of 64 bits are 32 digits of six.
      var rest: UInt64 = 0
      var restBits = 0
      for word in [entry.high, entry.middle, entry.low] {
        for shift in stride(from: 56, through: 0, by: -8) {
          rest = rest << 8 | (word >> UInt64(shift) & 0xff)
          restBits += 8
          while restBits >= 6 {
            restBits -= 6
            bytes.append(digits[Int(rest >> UInt64(restBits) & 0x3f)])
          }
        }
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func entries(_ text: String) throws(RecordError) -> [SeenTable.Entry] {
    let bytes = Array(text.utf8)
    guard bytes.count % characterCount == 0 else {
      throw RecordError("seen events must be \(characterCount) characters each")
    }
    var entries: [SeenTable.Entry] = []
    entries.reserveCapacity(bytes.count / characterCount)
    for start in stride(from: 0, to: bytes.count, by: characterCount) {
      var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
      for place in start..<start + characterCount {
        let value = values[Int(bytes[place])]
        guard value < 64 else { throw RecordError("seen events must be base64") }
        // 192 bits, shifted on by six.
        words.0 = words.0 << 6 | words.1 >> 58
        words.1 = words.1 << 6 | words.2 >> 58
        words.2 = words.2 << 6 | UInt64(value)
      }
      entries.append(SeenTable.Entry(high: words.0, middle: words.1, low: words.2))
    }
    return entries
  }
}
