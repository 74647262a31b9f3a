import CZlib

/// Unpacks a gzip body piece by piece. It stops at `bytesMax` and where the body grows by more than
/// the allowed factor: a few bytes must not fill the memory.
final class Inflater {
  enum Step: Equatable {
    /// The input is used up.
    case more
    case failed(ParseFailure)
    /// The taker wants no more now; the rest of the input waits.
    case paused
  }

  private static let windowBits = MAX_WBITS + 16
  private static let pieceBytes = 64 * 1024
  /// Short bodies may be as repetitive as they like.
  private static let freeBytes = 64 * 1024

  private var stream = z_stream()
  private let bytesMax: Int
  private let factorMax: Int
  private var bytesIn = 0
  private var bytesOut = 0
  private var isBetweenMembers = false
  private var waiting: [UInt8] = []

  init(bytesMax: Int, factorMax: Int) {
    self.bytesMax = bytesMax
    self.factorMax = factorMax
    inflateInit2_(&stream, Self.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
  }

  deinit { inflateEnd(&stream) }

  /// Whether the body ended where gzip data may end.
  var isWhole: Bool { isBetweenMembers }

  /// Unpacks `input`; `take` is given each piece and says whether it wants more.
  func feed(
    _ input: UnsafeRawBufferPointer, _ take: (UnsafeRawBufferPointer) -> Bool
  ) -> Step {
    var position = 0
    while position < input.count {
      if isBetweenMembers {
        inflateReset(&stream)
        isBetweenMembers = false
      }
      var failure: ParseFailure?
      var wantsMore = true
      withUnsafeTemporaryAllocation(byteCount: Self.pieceBytes, alignment: 16) { piece in
        let (used, made, code) = step(.init(rebasing: input[position...]), into: piece)
        position += used
        failure = judge(code, used: used, made: made)
        if failure == nil, made > 0 {
          wantsMore = take(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(piece)[..<made]))
        }
      }
      if let failure { return .failed(failure) }
      if !wantsMore {
        waiting = [UInt8](input[position...])
        return .paused
      }
    }
    return drainOutput(take)
  }

  /// Goes on after a pause.
  func resume(_ take: (UnsafeRawBufferPointer) -> Bool) -> Step {
    let input = waiting
    waiting = []
    return input.withUnsafeBytes { feed($0, take) }
  }

  /// zlib may hold output that did not fit into the last piece.
  private func drainOutput(_ take: (UnsafeRawBufferPointer) -> Bool) -> Step {
    while !isBetweenMembers {
      var made = 0
      var failure: ParseFailure?
      var wantsMore = true
      withUnsafeTemporaryAllocation(byteCount: Self.pieceBytes, alignment: 16) { piece in
        let (_, count, code) = step(.init(start: nil, count: 0), into: piece)
        made = count
        failure = code == Z_BUF_ERROR ? nil : judge(code, used: 0, made: count)
        if failure == nil, made > 0 {
          wantsMore = take(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(piece)[..<made]))
        }
      }
      if let failure { return .failed(failure) }
      if !wantsMore { return .paused }
      if made == 0 { break }
    }
    return .more
  }

  private func step(
    _ input: UnsafeRawBufferPointer, into piece: UnsafeMutableRawBufferPointer
  ) -> (used: Int, made: Int, code: Int32) {
    stream.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
    stream.avail_in = UInt32(input.count)
    stream.next_out = piece.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.avail_out = UInt32(piece.count)
    let code = inflate(&stream, Z_NO_FLUSH)
    return (input.count - Int(stream.avail_in), piece.count - Int(stream.avail_out), code)
  }

  private func judge(_ code: Int32, used: Int, made: Int) -> ParseFailure? {
    bytesIn += used
    bytesOut += made
    switch code {
    case Z_OK: break
    case Z_STREAM_END: isBetweenMembers = true
    default: return ParseFailure(400, "The body is not gzip, as Content-Encoding says.")
    }
    if bytesOut > bytesMax { return ParseFailure(413, "The unpacked body is too long.") }
    if bytesOut > Self.freeBytes, bytesOut / factorMax > bytesIn {
      return ParseFailure(413, "The gzip body grows too much when unpacked.")
    }
    return nil
  }
}

/// Packing of answers.
enum Gzip {
  /// The bytes packed at the fastest level, or nil where that fails.
  static func pack(_ bytes: [UInt8]) -> [UInt8]? {
    var stream = z_stream()
    guard
      deflateInit2_(
        &stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return nil }
    defer { deflateEnd(&stream) }
    let capacity = Int(deflateBound(&stream, UInt(bytes.count)))
    guard bytes.count <= Int(UInt32.max), capacity <= Int(UInt32.max) else { return nil }
    var code = Z_STREAM_ERROR
    let packed = [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
      bytes.withUnsafeBufferPointer { input in
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(capacity)
        code = deflate(&stream, Z_FINISH)
        count = capacity - Int(stream.avail_out)
      }
    }
    return code == Z_STREAM_END ? packed : nil
  }
}

extension Response {
  /// Packs a long JSON or text answer where the client takes that. Costs about 10 ms a megabyte, so
  /// it is not done on a loop thread.
  mutating func compress(for request: Request, bytesMin: Int) {
    guard case .bytes(let plain) = body, plain.count >= bytesMin, isCompressible else { return }
    headers.append(("Vary", "Accept-Encoding"))
    guard request.acceptsGzip, let packed = Gzip.pack(plain), packed.count < plain.count else {
      return
    }
    headers.append(("Content-Encoding", "gzip"))
    body = .bytes(packed)
  }

  private var isCompressible: Bool {
    var isText = false
    for header in headers {
      switch header.name.lowercased() {
      case "content-encoding": return false
      case "content-type":
        let type = header.value.lowercased()
        isText = type.hasPrefix("text/") || type.contains("json") || type.contains("javascript")
      default: break
      }
    }
    return isText
  }
}
