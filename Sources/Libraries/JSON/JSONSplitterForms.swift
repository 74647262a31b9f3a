import Glibc

/// The three forms of a stream. Each function takes the chunk from `place` on and tells how far it
/// came.
extension JSONSplitter {
  mutating func begin(_ chunk: UnsafeRawBufferPointer, _ from: Int) -> Int {
    let place = skipSpace(chunk, from)
    guard place < chunk.count else { return place }
    switch (form, chunk[place]) {
    case (.detected, UInt8(ascii: "[")):
      mode = .array(isBehindComma: false)
      return place + 1
    case (.detected, UInt8(ascii: "{")):
      mode = .object(isManyLines: false)
      enterDocument(place)
    default: mode = .lines
    }
    return place
  }

  mutating func takeLines(
    _ chunk: UnsafeRawBufferPointer, _ from: Int, _ body: (Piece) -> Void
  ) -> Int {
    var place = from
    while place < chunk.count {
      if !isInDocument {
        place = skipSpace(chunk, place)
        guard place < chunk.count else { return place }
        enterDocument(place)
      }
      guard let found = memchr(chunk.baseAddress! + place, 0x0A, chunk.count - place) else {
        return chunk.count
      }
      place = UnsafeRawPointer(found) - chunk.baseAddress!
      endLine(chunk, place, body)
      place += 1
    }
    return place
  }

  private mutating func endLine(
    _ chunk: UnsafeRawBufferPointer, _ place: Int, _ body: (Piece) -> Void
  ) {
    handOut(chunk, place, body)
    countLine(place)
  }

  mutating func takeObject(
    _ chunk: UnsafeRawBufferPointer, _ from: Int, _ isManyLines: Bool, _ body: (Piece) -> Void
  ) -> Int {
    var place = from
    var isManyLines = isManyLines
    while place < chunk.count {
      let byte = chunk[place]
      if byte == UInt8(ascii: "\n") {
        if !isManyLines, depth <= 0 || isInString {
          endLine(chunk, place, body)
          mode = .lines
          return place + 1
        }
        countLine(place)
        isManyLines = true
        mode = .object(isManyLines: true)
        nesting.endLine()
      }
      if isInString {
        place = takeString(chunk, place)
        continue
      }
      guard nesting.mayFollow(byte, depth) else {
        handOutLines(chunk, place, body)
        mode = .lines
        return place
      }
      switch byte {
      case UInt8(ascii: "\""): isInString = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0, isManyLines {
          handOut(chunk, place + 1, body)
          mode = .end(of: "object")
          return place + 1
        }
      default: break
      }
      place += 1
    }
    return place
  }

  mutating func takeArray(
    _ chunk: UnsafeRawBufferPointer, _ from: Int, _ isBehindComma: Bool, _ body: (Piece) -> Void
  ) throws(JSONError) -> Int {
    var place = from
    var isBehindComma = isBehindComma
    var depth = depth
    while place < chunk.count {
      let byte = chunk[place]
      if isInString {
        if byte == UInt8(ascii: "\n") { countLine(place) }
        place = takeString(chunk, place)
        continue
      }
      switch byte {
      case UInt8(ascii: "\n"): countLine(place)
      case 0x20, 0x0D, 0x09: break
      case UInt8(ascii: ",") where depth == 0:
        try endElement(chunk, place, body)
        isBehindComma = true
      case UInt8(ascii: "]") where depth == 0:
        if isInDocument || isBehindComma { try endElement(chunk, place, body) }
        mode = .end(of: "array")
        return place + 1
      case UInt8(ascii: "}") where depth == 0:
        throw fail("expected ',' or ']' of the array, found '}'", place)
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      default:
        if !isInDocument { enterDocument(place) }
        if byte == UInt8(ascii: "\"") { isInString = true }
        if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") { depth += 1 }
      }
      place += 1
    }
    self.depth = depth
    mode = .array(isBehindComma: isBehindComma)
    return place
  }

  private mutating func endElement(
    _ chunk: UnsafeRawBufferPointer, _ place: Int, _ body: (Piece) -> Void
  ) throws(JSONError) {
    guard isInDocument else {
      throw fail("expected an element, found \(found(chunk[place]))", place)
    }
    handOut(chunk, place, body)
  }

  /// Inside a string: goes behind its end, or to the next line feed, which is no part of a string
  /// but does not end it either. The byte at `from` is taken in any case.
  private mutating func takeString(_ chunk: UnsafeRawBufferPointer, _ from: Int) -> Int {
    var place = from
    while place < chunk.count {
      if !isEscaped { place = JSONWord.skipPlain(chunk, from: place) }
      guard place < chunk.count else { return place }
      let byte = chunk[place]
      if isEscaped, byte != UInt8(ascii: "\n") {
        isEscaped = false
      } else if byte == UInt8(ascii: "\"") {
        isInString = false
        return place + 1
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\n"), place > from {
        return place
      }
      place += 1
    }
    return place
  }
}
