/// Takes a stream of texts apart without parsing them: chunk after chunk comes in, whole documents
/// go out. What the documents hold is checked by whoever parses them.
///
/// The first byte that is not white space tells the form:
/// - `[`: an array whose elements are the documents;
/// - `{` with a line end inside the object: one object over several lines, and nothing behind it,
///   unless a later line begins with a `{` that cannot stand there: then lines were meant, and the
///   first one was broken;
/// - anything else: a document a line (NDJSON), blank lines left out.
///
/// Who knows that lines are meant says so, then an array in a line is a document as well, and a
/// broken first line costs no more than itself.
///
/// A document's length counts from its first byte to what ends it, white space before that
/// included. One longer than the limit is reported and skipped; no more than the limit is ever
/// held.
public struct JSONSplitter: Sendable {
  public enum Form: Sendable, Hashable { case detected, lines }

  public enum Piece {
    /// A document's bytes, valid only during the call, and the line in which it begins (from 1).
    case document(UnsafeRawBufferPointer, line: Int)
    /// A document of more bytes than the limit: `bytes` of them went by.
    case tooLong(line: Int, bytes: Int)
  }

  enum Mode {
    case start
    case lines
    /// Behind a `{` that came first: until the first line's end it may be either form.
    case object(isManyLines: Bool)
    case array(isBehindComma: Bool)
    case end(of: String)
    case failed(JSONError)
  }

  let form: Form
  let bytesMax: Int
  var mode = Mode.start
  /// The document at hand: what earlier chunks brought of it, unless it is too long.
  var held: [UInt8] = []
  var heldCount = 0
  var isInDocument = false
  var documentLine = 1
  /// Where its first byte is in the chunk at hand; 0 if it came earlier.
  var start = 0
  var depth = 0
  var isInString = false
  var isEscaped = false
  /// Of an object over several lines: what tells whether it is one.
  var nesting = JSONNesting()
  var line = 1
  /// Of the stream: where the chunk at hand and the line at hand begin.
  var chunkOffset = 0
  var lineOffset = 0

  public init(_ form: Form = .detected, limits: JSONLimits = JSONLimits()) {
    self.form = form
    bytesMax = limits.bytesMax
  }

  /// Takes the next chunk and hands out every document that is whole with it, in order. After a
  /// fault every call throws the same.
  public mutating func feed(
    _ chunk: UnsafeRawBufferPointer, _ body: (Piece) -> Void
  ) throws(JSONError) {
    start = 0
    var place = 0
    while place < chunk.count {
      switch mode {
      case .failed(let error): throw error
      case .start: place = begin(chunk, place)
      case .lines: place = takeLines(chunk, place, body)
      case .object(let isManyLines): place = takeObject(chunk, place, isManyLines, body)
      case .array(let isBehindComma):
        place = try takeArray(chunk, place, isBehindComma, body)
      case .end(let form):
        place = skipSpace(chunk, place)
        guard place == chunk.count else {
          throw fail("expected nothing behind the \(form), found \(found(chunk[place]))", place)
        }
      }
    }
    hold(chunk)
    chunkOffset += chunk.count
  }

  public mutating func feed(_ chunk: [UInt8], _ body: (Piece) -> Void) throws(JSONError) {
    try chunk.span.bytes.withUnsafeBytes { bytes throws(JSONError) in try feed(bytes, body) }
  }

  /// The stream has ended: hands out the last document if nothing but its end told so.
  public mutating func finish(_ body: (Piece) -> Void) throws(JSONError) {
    switch mode {
    case .failed(let error): throw error
    case .array:
      throw fail("expected ',' or ']' of the array, found the end of the text", 0)
    case .start, .lines, .object, .end:
      start = 0
      if isInDocument, nesting.hasBraceLine {
        handOutLines(UnsafeRawBufferPointer(start: nil, count: 0), 0, body)
      }
      if isInDocument { handOut(UnsafeRawBufferPointer(start: nil, count: 0), 0, body) }
      mode = .end(of: "end of the stream")
    }
  }
}

// MARK: - The document at hand

extension JSONSplitter {
  mutating func enterDocument(_ place: Int) {
    isInDocument = true
    documentLine = line
    start = place
  }

  /// Hands out the document that ends before `place`.
  mutating func handOut(
    _ chunk: UnsafeRawBufferPointer, _ place: Int, _ body: (Piece) -> Void
  ) {
    let rest = UnsafeRawBufferPointer(rebasing: chunk[start..<place])
    let count = heldCount + rest.count
    if count > bytesMax {
      body(.tooLong(line: documentLine, bytes: count))
    } else if heldCount == 0 {
      body(.document(Self.trimmed(rest), line: documentLine))
    } else {
      held.append(contentsOf: rest)
      held.withUnsafeBytes { body(.document(Self.trimmed($0), line: documentLine)) }
    }
    leaveDocument()
  }

  /// Hands out each line of what was taken for a document that ends before `place`, and is none.
  mutating func handOutLines(
    _ chunk: UnsafeRawBufferPointer, _ place: Int, _ body: (Piece) -> Void
  ) {
    let rest = UnsafeRawBufferPointer(rebasing: chunk[start..<place])
    let count = heldCount + rest.count
    if count > bytesMax {
      body(.tooLong(line: documentLine, bytes: count))
    } else {
      held.append(contentsOf: rest)
      let lines = held.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      for (number, text) in lines.enumerated() {
        let line = text.drop(while: Self.isSpace)
        guard !line.isEmpty else { continue }
        line.withUnsafeBytes { body(.document(Self.trimmed($0), line: documentLine + number)) }
      }
    }
    leaveDocument()
  }

  private mutating func leaveDocument() {
    held.removeAll(keepingCapacity: true)
    heldCount = 0
    isInDocument = false
    depth = 0
    isInString = false
    isEscaped = false
    nesting = JSONNesting()
  }

  /// Keeps what the chunk brought of a document that goes on.
  mutating func hold(_ chunk: UnsafeRawBufferPointer) {
    guard isInDocument else { return }
    let rest = chunk[start...]
    heldCount += rest.count
    if heldCount > bytesMax {
      held.removeAll(keepingCapacity: true)
    } else {
      held.append(contentsOf: rest)
    }
  }

  private static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    var end = bytes.count
    while end > 0, isSpace(bytes[end - 1]) { end -= 1 }
    return UnsafeRawBufferPointer(rebasing: bytes[..<end])
  }

  static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
  }
}

// MARK: - Places and faults

extension JSONSplitter {
  mutating func countLine(_ place: Int) {
    line += 1
    lineOffset = chunkOffset + place + 1
  }

  mutating func skipSpace(_ chunk: UnsafeRawBufferPointer, _ from: Int) -> Int {
    var place = from
    while place < chunk.count, Self.isSpace(chunk[place]) {
      if chunk[place] == UInt8(ascii: "\n") { countLine(place) }
      place += 1
    }
    return place
  }

  mutating func fail(_ message: String, _ place: Int) -> JSONError {
    let offset = chunkOffset + place
    let error = JSONError(
      .malformed, message, offset: offset, line: line, column: offset - lineOffset + 1)
    mode = .failed(error)
    isInDocument = false
    held = []
    return error
  }

  func found(_ byte: UInt8) -> String { JSONScanner.name(of: byte) }
}
