/// Why a text is not taken as JSON, and where its first fault is.
public struct JSONError: Error, Hashable, Sendable {
  public enum Reason: Sendable, Hashable {
    /// The text is not JSON: the sender must mend it.
    case malformed
    /// It is JSON with a number that 64 bits cannot hold.
    case numberOutOfRange
    /// It is nested deeper than the limit.
    case tooDeep
    /// It is longer than the limit.
    case tooLong
    /// There was no memory for it; the same text may be taken later.
    case outOfMemory
  }

  public let reason: Reason
  /// What was expected and what was found.
  public let message: String
  /// Bytes before the fault.
  public let offset: Int
  /// From 1; lines end with a line feed.
  public let line: Int
  /// From 1, in bytes.
  public let column: Int

  public init(_ reason: Reason, _ message: String, offset: Int, line: Int, column: Int) {
    self.reason = reason
    self.message = message
    self.offset = offset
    self.line = line
    self.column = column
  }

  /// A fault at `offset` of `bytes`: counts its line and column.
  init(_ reason: Reason, _ message: String, at offset: Int, of bytes: UnsafeRawBufferPointer) {
    var line = 1
    var lineStart = 0
    for place in 0..<min(offset, bytes.count) where bytes[place] == UInt8(ascii: "\n") {
      line += 1
      lineStart = place + 1
    }
    self.init(reason, message, offset: offset, line: line, column: offset - lineStart + 1)
  }
}

extension JSONError: CustomStringConvertible {
  public var description: String {
    "line \(line), column \(column) (byte \(offset)): \(message)"
  }
}
