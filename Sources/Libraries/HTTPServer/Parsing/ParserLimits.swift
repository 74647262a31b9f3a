/// Bounds of what a request parser takes. All counts are bytes unless named otherwise.
public struct ParserLimits: Sendable, Equatable {
  /// Request line and headers together, with the empty line that ends them; beyond: 431.
  public var headBytesMax = 32 * 1024
  /// Header lines; beyond: 431.
  public var headerCountMax = 100
  /// The request target; beyond: 414.
  public var targetBytesMax = 8 * 1024
  /// A chunk's size line with its extensions; beyond: 400.
  public var chunkLineBytesMax = 256
  /// All trailers of a chunked body; beyond: 431.
  public var trailerBytesMax = 4 * 1024

  public init() {}
}

/// Why a message is refused: the status of the answer and a sentence for its reader.
package struct ParseFailure: Equatable, Sendable {
  package let status: Int
  package let reason: String

  package init(_ status: Int, _ reason: StaticString) {
    self.status = status
    self.reason = reason.description
  }
}
