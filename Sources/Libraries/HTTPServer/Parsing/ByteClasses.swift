/// Which bytes may stand where in an HTTP message (RFC 9110 5.6.2, RFC 9112).
enum ByteClasses {
  // One bit for each of the 128 ASCII characters: !#$%&'*+-.^_`|~, digits, letters.
  private static let tokenLow: UInt64 = 0x03ff_6cfa_0000_0000
  private static let tokenHigh: UInt64 = 0x57ff_ffff_c7ff_fffe

  /// A character of a method or header name.
  @inline(__always)
  static func isToken(_ byte: UInt8) -> Bool {
    if byte < 64 { return (tokenLow >> UInt64(byte)) & 1 == 1 }
    if byte < 128 { return (tokenHigh >> UInt64(byte - 64)) & 1 == 1 }
    return false
  }

  /// A character of a header value: printable, tab, or a byte above ASCII.
  @inline(__always)
  static func isFieldValue(_ byte: UInt8) -> Bool {
    (byte >= 0x20 && byte != 0x7f) || byte == 0x09
  }

  /// A character of a request target: printable ASCII without space.
  @inline(__always)
  static func isTarget(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7f }

  /// A character of a host and port: that of a target, but none that could begin another part.
  @inline(__always)
  static func isHost(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x23, 0x2c, 0x2f, 0x3f, 0x40, 0x5c: false
    default: isTarget(byte)
    }
  }

  @inline(__always)
  static func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x37
    case 0x61...0x66: byte - 0x57
    default: nil
    }
  }

  @inline(__always)
  static func lowered(_ byte: UInt8) -> UInt8 {
    byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
  }

  /// Whether `bytes` is `text`, which is written in small letters, in any case.
  static func equals(_ bytes: UnsafeRawBufferPointer, ignoringCase text: StaticString) -> Bool {
    guard bytes.count == text.utf8CodeUnitCount else { return false }
    let expected = text.utf8Start
    for index in 0..<bytes.count where lowered(bytes[index]) != expected[index] { return false }
    return true
  }

  /// `bytes` without spaces and tabs at its ends.
  static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    var start = 0, end = bytes.count
    while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
    while end > start, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
    return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
  }
}
