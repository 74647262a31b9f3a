/// Two digits for each byte, lower case; reads both cases.
public enum Hex {
  public static func encode(_ bytes: [UInt8]) -> String {
    String(unsafeUninitializedCapacity: bytes.count * 2) { output in
      for (index, byte) in bytes.enumerated() {
        output[2 * index] = digit(byte >> 4)
        output[2 * index + 1] = digit(byte & 15)
      }
      return bytes.count * 2
    }
  }

  /// `malformed`, with the place, for anything but pairs of hexadecimal digits.
  public static func decode(_ text: String) throws(CryptoError) -> [UInt8] {
    let digits = Array(text.utf8)
    guard digits.count.isMultiple(of: 2) else {
      throw .malformed("hex: expected an even number of digits, found \(digits.count)")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 2)
    for index in stride(from: 0, to: digits.count, by: 2) {
      bytes.append(try value(digits, index) << 4 | value(digits, index + 1))
    }
    return bytes
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }

  private static func value(_ digits: [UInt8], _ index: Int) throws(CryptoError) -> UInt8 {
    switch digits[index] {
    case let digit where (0x30...0x39).contains(digit): return digit - 0x30
    case let digit where (0x41...0x46).contains(digit): return digit - 0x41 + 10
    case let digit where (0x61...0x66).contains(digit): return digit - 0x61 + 10
    default:
      throw .malformed("hex: expected a hexadecimal digit at \(index + 1), found another byte")
    }
  }
}
