/// Random numbers that a seed repeats.
public struct SplitMix {
  private var state: UInt64

  public init(seed: Int) { state = UInt64(seed) }

  public mutating func below(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
  }
}

/// Changes good texts at random places: bytes go, become others, are repeated, and pieces come in.
/// A seed always gives the same ones.
public struct Mutations {
  private let texts: [[UInt8]]
  private let pieces: [[UInt8]]
  /// How many bytes are repeated at most.
  private let repeatedMax: Int

  /// - Parameter pieces: what is put in, and each piece's first byte what others become.
  public init(of texts: [[UInt8]], pieces: [[UInt8]], repeatedMax: Int = 12) {
    self.texts = texts
    self.pieces = pieces
    self.repeatedMax = repeatedMax
  }

  /// Calls with one mutated text after the other.
  public func run(_ count: Int, seed: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
    var random = SplitMix(seed: seed)
    for _ in 0..<count {
      var bytes = texts[random.below(texts.count)]
      for _ in 0...random.below(6) { mutate(&bytes, &random) }
      bytes.withUnsafeBytes(body)
    }
  }

  private func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix) {
    let place = random.below(bytes.count + 1)
    let piece = pieces[random.below(pieces.count)]
    switch random.below(6) {
    case 0 where place < bytes.count: bytes.remove(at: place)
    case 1 where place < bytes.count: bytes[place] = piece[0]
    case 2 where place < bytes.count: bytes[place] = UInt8(random.below(256))
    case 3:
      let start = random.below(bytes.count + 1)
      bytes.insert(contentsOf: Array(bytes[start...].prefix(random.below(repeatedMax))), at: place)
    case 4:
      let end = min(place + random.below(repeatedMax), bytes.count)
      bytes.removeSubrange(place..<end)
    default: bytes.insert(contentsOf: piece, at: place)
    }
  }
}
