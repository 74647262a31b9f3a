/// What the headers with a meaning for the protocol itself say: Host, Content-Length,
/// Transfer-Encoding, Connection, Expect. Whatever two servers could understand differently is
/// refused, because a request that they cut at different places can carry a hidden second one.
struct HeaderMeaning {
  private var hosts = 0
  private var length: Int?
  private var isChunked = false
  private var expectsContinue = false
  private var closes = false
  private var staysOpen = false
  private var isOldVersion = false

  mutating func note(
    name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, isOldVersion: Bool
  ) -> ParseFailure? {
    self.isOldVersion = isOldVersion
    switch name.count {
    case 4 where ByteClasses.equals(name, ignoringCase: "host"): return noteHost(value)
    case 6 where ByteClasses.equals(name, ignoringCase: "expect"): return noteExpect(value)
    case 10 where ByteClasses.equals(name, ignoringCase: "connection"): noteConnection(value)
    case 14 where ByteClasses.equals(name, ignoringCase: "content-length"):
      return noteLength(value)
    case 17 where ByteClasses.equals(name, ignoringCase: "transfer-encoding"):
      return noteEncoding(value)
    default: break
    }
    return nil
  }

  /// Fills in what follows from all headers together.
  func conclude(into line: inout RequestHead.Line) -> ParseFailure? {
    if isChunked, length != nil {
      return ParseFailure(400, "Content-Length and Transfer-Encoding exclude each other.")
    }
    if hosts == 0, line.minorVersion == 1 {
      return ParseFailure(400, "The header Host is missing.")
    }
    line.framing = isChunked ? .chunked : length.map { $0 == 0 ? .none : .length($0) } ?? .none
    line.expectsContinue = expectsContinue && line.minorVersion == 1
    if closes {
      line.keepsAlive = false
    } else if staysOpen {
      line.keepsAlive = true
    }
    return nil
  }

  private mutating func noteHost(_ value: UnsafeRawBufferPointer) -> ParseFailure? {
    hosts += 1
    if hosts > 1 { return ParseFailure(400, "The header Host stands more than once.") }
    for byte in value where !ByteClasses.isHost(byte) {
      return ParseFailure(400, "The header Host is not a host with an optional port.")
    }
    return nil
  }

  private mutating func noteExpect(_ value: UnsafeRawBufferPointer) -> ParseFailure? {
    guard ByteClasses.equals(value, ignoringCase: "100-continue") else {
      return ParseFailure(417, "The only expectation that can be met is 100-continue.")
    }
    expectsContinue = true
    return nil
  }

  private mutating func noteConnection(_ value: UnsafeRawBufferPointer) {
    var start = 0
    while start <= value.count {
      var end = start
      while end < value.count, value[end] != 0x2c { end += 1 }
      let option = ByteClasses.trimmed(.init(rebasing: value[start..<end]))
      if ByteClasses.equals(option, ignoringCase: "close") { closes = true }
      if ByteClasses.equals(option, ignoringCase: "keep-alive") { staysOpen = true }
      start = end + 1
    }
  }

  private mutating func noteLength(_ value: UnsafeRawBufferPointer) -> ParseFailure? {
    if length != nil { return ParseFailure(400, "Content-Length stands more than once.") }
    // 18 digits always fit.
    guard !value.isEmpty, value.count <= 18 else {
      return ParseFailure(400, "Content-Length is not a number of at most 18 digits.")
    }
    var total = 0
    for byte in value {
      guard (0x30...0x39).contains(byte) else {
        return ParseFailure(400, "Content-Length is not a number of at most 18 digits.")
      }
      total = total * 10 + Int(byte - 0x30)
    }
    length = total
    return nil
  }

  private mutating func noteEncoding(_ value: UnsafeRawBufferPointer) -> ParseFailure? {
    if isOldVersion {
      return ParseFailure(400, "HTTP/1.0 has no Transfer-Encoding.")
    }
    if isChunked { return ParseFailure(400, "Transfer-Encoding stands more than once.") }
    guard ByteClasses.equals(value, ignoringCase: "chunked") else {
      return ParseFailure(501, "The only Transfer-Encoding understood is chunked.")
    }
    isChunked = true
    return nil
  }
}
