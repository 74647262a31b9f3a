/// Takes a chunked body apart (RFC 9112 7.1), byte by byte where it must and whole runs where it
/// can. Pure: it holds no bytes, so input may be cut anywhere. Extensions are checked and dropped,
/// trailers too.
struct ChunkDecoder {
  enum Step: Equatable {
    /// The input is used up; more is needed.
    case more
    /// These bytes of the input belong to the body.
    case data(Range<Int>)
    /// The body and its trailers have ended.
    case end
    case failed(ParseFailure)
  }

  private enum State {
    case size, extensions, sizeEnd
    case data
    case dataReturn, dataEnd
    case trailerStart, trailerName, trailerValue, trailerEnd, lastEnd
  }

  /// 15 hexadecimal digits always fit.
  private static let sizeDigitsMax = 15
  private static let badSize = ParseFailure(
    400, "A chunk does not begin with its size in hexadecimal digits and CRLF.")
  private static let badEnd = ParseFailure(400, "A chunk does not end with CRLF.")
  private static let badTrailer = ParseFailure(
    400, "A trailer is not a name, a colon and a value, ended by CRLF.")

  private let limits: ParserLimits
  private var state = State.size
  private var digits = 0
  private var lineBytes = 0
  private var trailerBytes = 0
  private var remaining = 0

  init(limits: ParserLimits) {
    self.limits = limits
  }

  /// Goes on at `position`, moves it past what was used.
  mutating func advance(_ input: UnsafeRawBufferPointer, from position: inout Int) -> Step {
    while position < input.count {
      if state == .data { return takeData(input, from: &position) }
      let byte = input[position]
      position += 1
      if let step = take(byte) { return step }
    }
    return .more
  }

  private mutating func takeData(
    _ input: UnsafeRawBufferPointer, from position: inout Int
  ) -> Step {
    let count = min(remaining, input.count - position)
    let range = position..<(position + count)
    position += count
    remaining -= count
    if remaining == 0 { state = .dataReturn }
    return .data(range)
  }

  private mutating func take(_ byte: UInt8) -> Step? {
    switch state {
    case .size, .extensions, .sizeEnd: return takeSizeLine(byte)
    case .dataReturn:
      guard byte == 0x0d else { return .failed(Self.badEnd) }
      state = .dataEnd
    case .dataEnd:
      guard byte == 0x0a else { return .failed(Self.badEnd) }
      state = .size
      digits = 0
      lineBytes = 0
    case .data: break
    case .trailerStart, .trailerName, .trailerValue, .trailerEnd, .lastEnd:
      return takeTrailer(byte)
    }
    return nil
  }

  private mutating func takeSizeLine(_ byte: UInt8) -> Step? {
    lineBytes += 1
    if lineBytes > limits.chunkLineBytesMax {
      return .failed(ParseFailure(400, "A chunk's size line is too long."))
    }
    switch (state, byte) {
    case (.size, 0x0d) where digits > 0, (.extensions, 0x0d): state = .sizeEnd
    case (.size, 0x3b) where digits > 0: state = .extensions
    case (.size, _):
      guard let digit = ByteClasses.hexValue(byte), digits < Self.sizeDigitsMax else {
        return .failed(Self.badSize)
      }
      digits += 1
      remaining = remaining << 4 | Int(digit)
    case (.extensions, _):
      guard ByteClasses.isFieldValue(byte) else { return .failed(Self.badSize) }
    default:
      guard byte == 0x0a else { return .failed(Self.badSize) }
      state = remaining == 0 ? .trailerStart : .data
    }
    return nil
  }

  private mutating func takeTrailer(_ byte: UInt8) -> Step? {
    trailerBytes += 1
    if trailerBytes > limits.trailerBytesMax {
      return .failed(ParseFailure(431, "The trailers are too long."))
    }
    switch (state, byte) {
    case (.trailerStart, 0x0d): state = .lastEnd
    case (.trailerStart, _) where ByteClasses.isToken(byte): state = .trailerName
    case (.trailerName, 0x3a): state = .trailerValue
    case (.trailerName, _) where ByteClasses.isToken(byte): break
    case (.trailerValue, 0x0d): state = .trailerEnd
    case (.trailerValue, _) where ByteClasses.isFieldValue(byte): break
    case (.trailerEnd, 0x0a): state = .trailerStart
    case (.lastEnd, 0x0a): return .end
    default: return .failed(Self.badTrailer)
    }
    return nil
  }
}
