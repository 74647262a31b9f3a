/// Reads `METHOD target HTTP/1.x`. The target is a path (`/a?b`), an absolute URL whose authority
/// is set aside, or `*` for OPTIONS; escapes are checked by whoever decodes them.
enum RequestLineParser {
  static func read(
    _ bytes: UnsafeRawBufferPointer, _ text: Range<Int>, _ limits: ParserLimits,
    into line: inout RequestHead.Line
  ) -> ParseFailure? {
    var at = text.lowerBound
    while at < text.upperBound, ByteClasses.isToken(bytes[at]) { at += 1 }
    guard at > text.lowerBound, at < text.upperBound, bytes[at] == 0x20 else {
      return ParseFailure(400, "The request does not begin with a method and one space.")
    }
    let name = UnsafeRawBufferPointer(rebasing: bytes[text.lowerBound..<at])
    at += 1
    let targetStart = at
    while at < text.upperBound, ByteClasses.isTarget(bytes[at]) { at += 1 }
    guard at > targetStart, at < text.upperBound, bytes[at] == 0x20 else {
      return ParseFailure(400, "The request target is not followed by one space and the version.")
    }
    let target = targetStart..<at
    if target.count > limits.targetBytesMax {
      return ParseFailure(414, "The request target is too long.")
    }
    at += 1
    if let failure = readVersion(bytes, at..<text.upperBound, into: &line) { return failure }
    guard let method = HTTPMethod(name) else {
      return ParseFailure(501, "The request method is not known.")
    }
    line.method = method
    line.target = target
    return split(bytes, target, into: &line)
  }

  private static func readVersion(
    _ bytes: UnsafeRawBufferPointer, _ text: Range<Int>, into line: inout RequestHead.Line
  ) -> ParseFailure? {
    let malformed = ParseFailure(400, "The request line does not end with HTTP/1.1 or HTTP/1.0.")
    let form: StaticString = "HTTP/"
    guard text.count == 8, bytes[text.lowerBound + 6] == 0x2e else { return malformed }
    for index in 0..<5 where bytes[text.lowerBound + index] != form.utf8Start[index] {
      return malformed
    }
    let major = bytes[text.lowerBound + 5], minor = bytes[text.lowerBound + 7]
    guard (0x30...0x39).contains(major), (0x30...0x39).contains(minor) else { return malformed }
    guard major == 0x31, minor <= 0x31 else {
      return ParseFailure(505, "The versions spoken here are 1.1 and 1.0 of HTTP.")
    }
    line.minorVersion = Int(minor - 0x30)
    line.keepsAlive = line.minorVersion == 1
    return nil
  }

  private static func split(
    _ bytes: UnsafeRawBufferPointer, _ target: Range<Int>, into line: inout RequestHead.Line
  ) -> ParseFailure? {
    guard let pathStart = startOfPath(bytes, target) else {
      if target.count == 1, bytes[target.lowerBound] == 0x2a, line.method == .options {
        line.path = target
        line.query = target.upperBound..<target.upperBound
        return nil
      }
      return ParseFailure(400, "The request target is neither a path nor an absolute URL.")
    }
    var question = target.upperBound
    for index in pathStart..<target.upperBound {
      if bytes[index] == 0x23 {
        return ParseFailure(400, "The request target holds a fragment (#).")
      }
      if bytes[index] == 0x3f, question == target.upperBound { question = index }
    }
    line.path = pathStart..<question
    line.query = min(question + 1, target.upperBound)..<target.upperBound
    return nil
  }

  /// Where the path begins: at the start, or after scheme and authority of an absolute URL (an
  /// empty path there is an empty range).
  private static func startOfPath(
    _ bytes: UnsafeRawBufferPointer, _ target: Range<Int>
  ) -> Int? {
    if bytes[target.lowerBound] == 0x2f { return target.lowerBound }
    let text = UnsafeRawBufferPointer(rebasing: bytes[target])
    let scheme: Int
    if text.count > 7, ByteClasses.equals(.init(rebasing: text[..<7]), ignoringCase: "http://") {
      scheme = 7
    } else if text.count > 8,
      ByteClasses.equals(.init(rebasing: text[..<8]), ignoringCase: "https://")
    {
      scheme = 8
    } else {
      return nil
    }
    var at = target.lowerBound + scheme
    let authority = at
    while at < target.upperBound, bytes[at] != 0x2f, bytes[at] != 0x3f {
      // User names before a host are a trick on people, and forbidden in requests.
      if bytes[at] == 0x40 { return nil }
      at += 1
    }
    return at > authority ? at : nil
  }
}
