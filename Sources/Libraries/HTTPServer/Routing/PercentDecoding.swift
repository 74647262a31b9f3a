/// Decoding of `%41` and, in forms, `+`. Strict: an escape without two hexadecimal digits, a NUL
/// and text that is not UTF-8 are errors, because two readers would understand them differently.
package enum PercentDecoding {
  /// Where `+` stands for a space.
  package enum Dialect {
    case path
    case form
  }

  /// The bytes that `text` stands for, or nil where an escape is malformed or a NUL is meant.
  static func bytes(_ text: UnsafeRawBufferPointer, _ dialect: Dialect) -> [UInt8]? {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(text.count)
    var at = 0
    while at < text.count {
      var byte = text[at]
      at += 1
      if byte == 0x25 {
        guard at + 1 < text.count, let high = ByteClasses.hexValue(text[at]),
          let low = ByteClasses.hexValue(text[at + 1])
        else { return nil }
        byte = high << 4 | low
        at += 2
      } else if byte == 0x2b, dialect == .form {
        byte = 0x20
      }
      if byte == 0 { return nil }
      decoded.append(byte)
    }
    return decoded
  }

  /// The text that `text` stands for, or nil where it is malformed.
  static func string(_ text: UnsafeRawBufferPointer, _ dialect: Dialect) -> String? {
    bytes(text, dialect).flatMap { String(validating: $0, as: UTF8.self) }
  }
}
