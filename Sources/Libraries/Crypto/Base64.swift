/// The two alphabets of RFC 4648. Reading is strict: no blanks, no other characters, no bits that
/// count for nothing, so that one value has one text.
public enum Base64: Sendable {
  /// With `+`, `/` and padding.
  case standard
  /// With `-` and `_`; written without padding, read with or without it.
  case url

  public func encode(_ bytes: [UInt8]) -> String {
    let alphabet = self.alphabet
    return String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { output in
      var length = 0
      func put(_ character: UInt8) {
        output[length] = character
        length += 1
      }
      for start in stride(from: 0, to: bytes.count, by: 3) {
        let left = min(3, bytes.count - start)
        var group = UInt32(bytes[start]) << 16
        if left > 1 { group |= UInt32(bytes[start + 1]) << 8 }
        if left > 2 { group |= UInt32(bytes[start + 2]) }
        for place in 0...left { put(alphabet[Int(group >> (18 - 6 * UInt32(place)) & 63)]) }
        if self == .standard { for _ in left..<3 { put(UInt8(ascii: "=")) } }
      }
      return length
    }
  }

  /// `malformed`, with the place, for anything that `encode` would not have written.
  public func decode(_ text: String) throws(CryptoError) -> [UInt8] {
    let characters = Array(text.utf8)
    let padding = characters.reversed().prefix(2).prefix { $0 == UInt8(ascii: "=") }.count
    let count = characters.count - padding
    let isWhole = characters.count.isMultiple(of: 4)
    guard count % 4 != 1, isWhole || (self == .url && padding == 0),
      padding == 0 || (count + padding).isMultiple(of: 4) && count % 4 == 4 - padding
    else {
      throw .malformed(
        "base64: expected \(self == .url ? "whole bytes" : "groups of 4 characters"), "
          + "found \(characters.count) characters")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count / 4 * 3 + 2)
    var group: UInt32 = 0
    var bits: UInt32 = 0
    for index in 0..<count {
      group = group << 6 | UInt32(try value(characters[index], index))
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: group >> bits))
      }
    }
    guard group & (1 << bits - 1) == 0 else {
      throw .malformed("base64: expected zero bits at the end, found others at \(count)")
    }
    return bytes
  }

  private var alphabet: [UInt8] { self == .url ? Self.urlAlphabet : Self.standardAlphabet }

  private static let letters =
    Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
  private static let standardAlphabet = letters + Array("+/".utf8)
  private static let urlAlphabet = letters + Array("-_".utf8)

  private func value(_ character: UInt8, _ index: Int) throws(CryptoError) -> UInt8 {
    switch character {
    case 0x41...0x5A: return character - 0x41
    case 0x61...0x7A: return character - 0x61 + 26
    case 0x30...0x39: return character - 0x30 + 52
    case alphabet[62]: return 62
    case alphabet[63]: return 63
    default:
      throw .malformed(
        "base64: expected a character of the \(self == .url ? "URL" : "standard") alphabet "
          + "at \(index + 1), found another byte")
    }
  }
}
