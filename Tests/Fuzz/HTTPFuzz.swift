import HTTPServer

/// Reads any bytes as requests, whole and cut at places that the bytes themselves choose. Traps
/// when the cuts change what is understood, or when a body range lies outside the input.
public func fuzzHTTP(_ bytes: UnsafeRawBufferPointer) {
  var limits = ParserLimits()
  limits.headBytesMax = 512
  limits.headerCountMax = 8
  limits.targetBytesMax = 64
  limits.chunkLineBytesMax = 24
  limits.trailerBytesMax = 48
  var whole = RequestTranscript(limits: limits)
  whole.read(bytes)
  var dripped = RequestTranscript(limits: limits)
  for index in bytes.indices { dripped.read(.init(rebasing: bytes[index..<(index + 1)])) }
  precondition(dripped == whole, "byte by byte it is understood differently")
  var cut = RequestTranscript(limits: limits)
  var position = 0
  var seed = bytes.reduce(17) { ($0 &* 31 &+ Int($1)) & 0xffff }
  while position < bytes.count {
    seed = (seed &* 75 &+ 74) % 65_537
    let end = min(bytes.count, position + 1 + seed % 40)
    cut.read(.init(rebasing: bytes[position..<end]))
    position = end
  }
  precondition(cut == whole, "cut at random it is understood differently")
}

/// What a parser made of the bytes so far.
struct RequestTranscript: Equatable {
  private(set) var lines: [String] = []
  private var body: [UInt8] = []
  private var hasFailed = false
  private var parser: RequestParser

  init(limits: ParserLimits) {
    parser = RequestParser(limits: limits)
  }

  static func == (left: Self, right: Self) -> Bool {
    left.lines == right.lines && left.body == right.body
  }

  mutating func read(_ input: UnsafeRawBufferPointer) {
    var position = 0
    while !hasFailed {
      switch parser.next(input, from: &position) {
      case .more:
        precondition(position == input.count, "input is left although more is asked for")
        return
      case .head(let head):
        let headers = head.headers.map { "\($0.name)=\($0.value)" }
        lines.append("\(head.method) \(head.framing) \(head.keepsAlive) \(headers)")
      case .body(let range):
        precondition(!range.isEmpty && range.upperBound <= position && position <= input.count)
        body.append(contentsOf: input[range])
      case .end:
        lines.append("end \(body.count): \(String(decoding: body, as: UTF8.self))")
        body = []
      case .failed(let failure):
        hasFailed = true
        lines.append("\(failure.status) \(failure.reason)")
      }
    }
  }
}
