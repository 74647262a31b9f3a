import CSimdJSON

/// A parsed text: immutable, one allocation of about the text's size times four. The parser's
/// scratch memory belongs to the thread and is used again, so parsing an event costs this class and
/// that allocation.
/// Text and numbers are wholly validated. Integers beyond 64 bits and numbers beyond the range of
/// `Double` are refused, never rounded away. The document does not refer to the bytes it was made
/// of.
public final class JSONDocument: @unchecked Sendable {
  private let parsed: csj_document
  @usableFromInline let tape: JSONTape

  private init(_ parsed: csj_document) {
    self.parsed = parsed
    tape = JSONTape(words: parsed.tape, strings: parsed.strings)
  }

  public convenience init(
    parsing bytes: UnsafeRawBufferPointer, limits: JSONLimits = JSONLimits()
  ) throws(JSONError) {
    self.init(try Self.parse(bytes, limits))
  }

  public convenience init(
    parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()
  ) throws(JSONError) {
    self.init(try Self.parse(bytes.span.bytes, limits))
  }

  public convenience init(
    parsing bytes: ArraySlice<UInt8>, limits: JSONLimits = JSONLimits()
  ) throws(JSONError) {
    self.init(try Self.parse(bytes.span.bytes, limits))
  }

  public convenience init(
    parsing text: String, limits: JSONLimits = JSONLimits()
  ) throws(JSONError) {
    self.init(try Self.parse(text.utf8.span.bytes, limits))
  }

  deinit { csj_free(parsed) }

  public var root: JSONView { JSONView(document: self, index: JSONTape.root) }

  private static func parse(
    _ span: RawSpan, _ limits: JSONLimits
  ) throws(JSONError) -> csj_document {
    try span.withUnsafeBytes { bytes throws(JSONError) in try parse(bytes, limits) }
  }

  private static func parse(
    _ bytes: UnsafeRawBufferPointer, _ limits: JSONLimits
  ) throws(JSONError) -> csj_document {
    guard bytes.count <= limits.bytesMax else {
      throw JSONError(
        .tooLong, "expected at most \(limits.bytesMax) bytes, found \(bytes.count)",
        at: limits.bytesMax, of: bytes)
    }
    var parsed = csj_document()
    // simdjson counts the root as a level; an empty container adds none.
    let code = csj_parse(
      bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count,
      limits.depthMax + 1, &parsed)
    guard code == 0 else { throw fault(code, of: bytes, limits) }
    return parsed
  }

  /// The parser gives no place, so the first fault is looked for a second time, slowly.
  private static func fault(
    _ code: Int32, of bytes: UnsafeRawBufferPointer, _ limits: JSONLimits
  ) -> JSONError {
    var scanner = JSONScanner(bytes, depthMax: limits.depthMax)
    do {
      try scanner.scanDocument()
    } catch {
      return error
    }
    return JSONError(
      .outOfMemory, "the parser could not take it: \(String(cString: csj_error_text(code)))",
      at: 0, of: bytes)
  }
}
