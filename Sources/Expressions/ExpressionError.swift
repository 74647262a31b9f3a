/// Why an expression gave no value. The case says what the caller can do: `malformed` and
/// `unsupported` are for the author of the text and come before anything is evaluated; `undefined`
/// and `failed` depend on the values; `limitReached` means that the work was stopped, so nothing is
/// known about the answer. Every fault says what was expected and what was found.
public enum ExpressionError: Error, Hashable, Sendable {
  /// The text is not an expression of its language.
  case malformed(Fault)
  /// The text is right, but asks for something that is not carried out here.
  case unsupported(Fault)
  /// A name, attribute or element that has no value.
  case undefined(Fault)
  /// An operation that these values do not allow: Python's TypeError and ValueError.
  case failed(Fault)
  /// Steps, output, depth or matching work went over its limit.
  case limitReached(Fault)

  /// What is wrong, in words for people, and where.
  public struct Fault: Hashable, Sendable {
    public let message: String
    /// Nil where the fault has no text of its own, as in an operator on two values.
    public let place: SourcePlace?

    public init(_ message: String, at place: SourcePlace? = nil) {
      self.message = message
      self.place = place
    }
  }

  public var fault: Fault {
    switch self {
    case .malformed(let fault), .unsupported(let fault), .undefined(let fault),
      .failed(let fault), .limitReached(let fault):
      fault
    }
  }

  public var message: String { fault.message }

  /// The same error with its place, unless it has one already.
  func placed(at place: @autoclosure () -> SourcePlace) -> ExpressionError {
    guard fault.place == nil else { return self }
    let placed = Fault(fault.message, at: place())
    return switch self {
    case .malformed: .malformed(placed)
    case .unsupported: .unsupported(placed)
    case .undefined: .undefined(placed)
    case .failed: .failed(placed)
    case .limitReached: .limitReached(placed)
    }
  }
}

extension ExpressionError: CustomStringConvertible {
  /// One line: place, then message.
  public var description: String {
    guard let place = fault.place else { return fault.message }
    return "line \(place.line), column \(place.column): \(fault.message)"
  }

  /// For people at a terminal: the description, the line of the text, a caret below the place.
  public var diagram: String {
    guard let place = fault.place else { return fault.message }
    return "\(description)\n\(place.excerpt)\n\(place.caret)"
  }
}

/// A place in a text that people wrote. Line and column count from 1, the column in characters.
public struct SourcePlace: Hashable, Sendable {
  public static let excerptCharactersMax = 100

  public let line: Int
  public let column: Int
  /// The line of the text, or the part of a long line around the column.
  public let excerpt: String
  let caretIndent: Int

  /// The place of the byte at `offset`, which may be one past the end.
  init(of offset: Int, in source: [UInt8]) {
    let offset = min(max(offset, 0), source.count)
    let newline = UInt8(ascii: "\n")
    let before = source[..<offset]
    let start = before.lastIndex(of: newline).map { $0 + 1 } ?? 0
    let end = source[offset...].firstIndex(of: newline) ?? source.count
    line = before.count { $0 == newline } + 1
    let head = Array(String(decoding: source[start..<offset], as: UTF8.self))
    let tail = String(decoding: source[offset..<end], as: UTF8.self)
    column = head.count + 1
    let headMax = Self.excerptCharactersMax / 2
    let shown = head.suffix(headMax)
    excerpt = String(shown) + tail.prefix(Self.excerptCharactersMax - shown.count)
    caretIndent = shown.count
  }

  public var caret: String { String(repeating: " ", count: caretIndent) + "^" }
}
