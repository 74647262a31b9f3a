/// Turns the bytes of a connection into requests: a state machine without sockets, clock or
/// callbacks. The caller gives what it read and is told what it means; the input may be cut
/// anywhere. Bytes of an unfinished head are kept here (at most `headBytesMax`), those of a body
/// never.
package struct RequestParser {
  package enum Event {
    /// The input is used up; more is needed.
    case more
    case head(RequestHead)
    /// These bytes of the input belong to the body of the request.
    case body(Range<Int>)
    /// The request has ended; the next one may follow.
    case end
    /// The connection can no longer be understood; nothing may be read from it any more.
    case failed(ParseFailure)
  }

  private enum State {
    case head
    case length(Int)
    case chunks(ChunkDecoder)
    case failed(ParseFailure)
  }

  private let limits: ParserLimits
  private var state = State.head
  private var headParser: HeadParser
  private var partial: [UInt8] = []

  package init(limits: ParserLimits) {
    self.limits = limits
    headParser = HeadParser(limits: limits)
  }

  /// Whether nothing of a next request has come yet.
  package var isBetweenRequests: Bool {
    if case .head = state { return partial.isEmpty }
    return false
  }

  /// Says what comes next in `input` at `position`, and moves `position` past it.
  package mutating func next(
    _ input: UnsafeRawBufferPointer, from position: inout Int
  ) -> Event {
    switch state {
    case .head: return readHead(input, from: &position)
    case .length(let remaining): return readLength(remaining, input, from: &position)
    case .chunks(var decoder):
      let step = decoder.advance(input, from: &position)
      state = .chunks(decoder)
      switch step {
      case .more: return .more
      case .data(let range): return .body(range)
      case .end:
        state = .head
        return .end
      case .failed(let failure): return fail(failure)
      }
    case .failed(let failure): return .failed(failure)
    }
  }

  private mutating func readHead(
    _ input: UnsafeRawBufferPointer, from position: inout Int
  ) -> Event {
    guard position < input.count else { return .more }
    let kept = partial.count
    let progress: HeadParser.Progress
    if kept == 0 {
      progress = headParser.advance(.init(rebasing: input[position...]))
    } else {
      // One byte beyond the limit is enough to see that it is passed.
      let room = max(limits.headBytesMax + 1 - kept, 1)
      let taken = min(input.count - position, room)
      partial.append(contentsOf: input[position..<(position + taken)])
      progress = partial.withUnsafeBytes { headParser.advance($0) }
    }
    switch progress {
    case .incomplete:
      if kept == 0 { partial.append(contentsOf: input[position...]) }
      position = input.count
      return .more
    case .failed(let failure): return fail(failure)
    case .complete(let length):
      let bytes: [UInt8]
      if kept == 0 {
        bytes = [UInt8](input[position..<(position + length)])
      } else {
        bytes = [UInt8](partial[..<length])
        partial = []
      }
      position += length - kept
      let head = RequestHead(bytes: bytes, fields: headParser.fields, line: headParser.line)
      headParser.reset()
      switch head.framing {
      case .none: state = .length(0)
      case .length(let count): state = .length(count)
      case .chunked: state = .chunks(ChunkDecoder(limits: limits))
      }
      return .head(head)
    }
  }

  private mutating func readLength(
    _ remaining: Int, _ input: UnsafeRawBufferPointer, from position: inout Int
  ) -> Event {
    if remaining == 0 {
      state = .head
      return .end
    }
    guard position < input.count else { return .more }
    let range = position..<(position + min(remaining, input.count - position))
    position = range.upperBound
    state = .length(remaining - range.count)
    return .body(range)
  }

  private mutating func fail(_ failure: ParseFailure) -> Event {
    state = .failed(failure)
    partial = []
    return .failed(failure)
  }
}
