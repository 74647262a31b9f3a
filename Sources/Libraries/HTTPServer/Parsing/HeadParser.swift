import Glibc

/// Reads request line and headers, line by line, and refuses whatever RFC 9112 does not allow: bare
/// LF, folded lines, spaces before a colon, two lengths, a length beside chunks. Pure; works on the
/// head's bytes from their first one on and remembers how far it came, so that a dripped head is
/// not scanned again. A line is judged when it is whole, so the cut of the input changes no
/// verdict.
struct HeadParser {
  enum Progress: Equatable {
    case incomplete
    /// The head is the first so many bytes.
    case complete(length: Int)
    case failed(ParseFailure)
  }

  /// Method, spaces, version and line end around the longest target.
  private static let requestLineRest = 48

  private let limits: ParserLimits
  private(set) var fields: [RequestHead.Field] = []
  private(set) var line = RequestHead.Line()
  private var lineStart = 0
  private var scanned = 0
  private var hasRequestLine = false
  private var hasSkippedEmptyLine = false
  private var headers = HeaderMeaning()

  init(limits: ParserLimits) {
    self.limits = limits
  }

  /// Forgets the head read last.
  mutating func reset() {
    fields.removeAll(keepingCapacity: true)
    line = RequestHead.Line()
    lineStart = 0
    scanned = 0
    hasRequestLine = false
    hasSkippedEmptyLine = false
    headers = HeaderMeaning()
  }

  /// Goes on with `bytes`, which begin where the head begins.
  mutating func advance(_ bytes: UnsafeRawBufferPointer) -> Progress {
    while true {
      guard let end = endOfLine(bytes) else { return unfinished(bytes) }
      if let failure = judgeLength(bytes, end: end) { return .failed(failure) }
      if end == lineStart || bytes[end - 1] != 0x0d {
        return .failed(ParseFailure(400, "A line of the head ends with LF without CR."))
      }
      let text = lineStart..<(end - 1)
      lineStart = end + 1
      scanned = lineStart
      if text.isEmpty {
        if hasRequestLine { return finish(length: end + 1) }
        // An empty line that an old client sent after its last body.
        if hasSkippedEmptyLine {
          return .failed(ParseFailure(400, "The request begins with empty lines."))
        }
        hasSkippedEmptyLine = true
        continue
      }
      if let failure = read(bytes, text) { return .failed(failure) }
    }
  }

  private func endOfLine(_ bytes: UnsafeRawBufferPointer) -> Int? {
    guard scanned < bytes.count, let base = bytes.baseAddress,
      let found = memchr(base + scanned, 0x0a, bytes.count - scanned)
    else { return nil }
    return UnsafeRawPointer(found) - base
  }

  private mutating func unfinished(_ bytes: UnsafeRawBufferPointer) -> Progress {
    scanned = bytes.count
    // The line's end is at least one byte away.
    if let failure = judgeLength(bytes, end: bytes.count) { return .failed(failure) }
    return .incomplete
  }

  private func judgeLength(_ bytes: UnsafeRawBufferPointer, end: Int) -> ParseFailure? {
    if !hasRequestLine {
      if lineStart < end, bytes[lineStart] != 0x0d, !ByteClasses.isToken(bytes[lineStart]) {
        return ParseFailure(400, "The request does not begin with a method.")
      }
      if end + 1 - lineStart > limits.targetBytesMax + Self.requestLineRest {
        return ParseFailure(414, "The request target is too long.")
      }
    }
    if end + 1 > limits.headBytesMax {
      return ParseFailure(431, "Request line and headers together are too long.")
    }
    return nil
  }

  private mutating func read(
    _ bytes: UnsafeRawBufferPointer, _ text: Range<Int>
  ) -> ParseFailure? {
    if hasRequestLine { return readField(bytes, text) }
    hasRequestLine = true
    return RequestLineParser.read(bytes, text, limits, into: &line)
  }

  private mutating func readField(
    _ bytes: UnsafeRawBufferPointer, _ text: Range<Int>
  ) -> ParseFailure? {
    var at = text.lowerBound
    while at < text.upperBound, ByteClasses.isToken(bytes[at]) { at += 1 }
    guard at > text.lowerBound, at < text.upperBound, bytes[at] == 0x3a else {
      return ParseFailure(400, "A header line is not a name, a colon and a value.")
    }
    let nameEnd = at
    var start = at + 1
    var end = text.upperBound
    while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
    while end > start, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
    for index in start..<end where !ByteClasses.isFieldValue(bytes[index]) {
      return ParseFailure(400, "A header value holds a control character.")
    }
    if fields.count == limits.headerCountMax {
      return ParseFailure(431, "The request has too many headers.")
    }
    fields.append(
      RequestHead.Field(
        nameStart: UInt32(text.lowerBound), nameEnd: UInt32(nameEnd),
        valueStart: UInt32(start), valueEnd: UInt32(end)))
    return headers.note(
      name: UnsafeRawBufferPointer(rebasing: bytes[text.lowerBound..<nameEnd]),
      value: UnsafeRawBufferPointer(rebasing: bytes[start..<end]),
      isOldVersion: line.minorVersion == 0)
  }

  private mutating func finish(length: Int) -> Progress {
    if let failure = headers.conclude(into: &line) { return .failed(failure) }
    return .complete(length: length)
  }
}
