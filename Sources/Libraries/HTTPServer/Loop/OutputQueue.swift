/// Bytes of answers that the socket did not take yet. Long pieces are kept as they are, short ones
/// are joined. Bounded by its users: one answer, one stream window or one listener's limit.
struct OutputQueue {
  private static let joinedBytesMax = 16 * 1024

  private var pieces: [[UInt8]] = []
  private var first = 0
  private var offset = 0
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  mutating func append(_ bytes: [UInt8]) {
    if bytes.isEmpty { return }
    if bytes.count < Self.joinedBytesMax {
      bytes.withUnsafeBytes { append(copying: $0) }
      return
    }
    pieces.append(bytes)
    count += bytes.count
  }

  mutating func append(copying bytes: UnsafeRawBufferPointer) {
    if bytes.isEmpty { return }
    count += bytes.count
    if first < pieces.count, pieces[pieces.count - 1].count + bytes.count <= Self.joinedBytesMax {
      pieces[pieces.count - 1].append(contentsOf: bytes)
    } else {
      pieces.append([UInt8](bytes))
    }
  }

  /// Hands pieces to `write` until it takes no more; returns what it said last.
  mutating func flush(_ write: (UnsafeRawBufferPointer) -> Transfer) -> Transfer {
    var moved = 0
    while first < pieces.count {
      let outcome = pieces[first].withUnsafeBytes { write(.init(rebasing: $0[offset...])) }
      guard case .bytes(let written) = outcome else {
        dropSent()
        return outcome
      }
      moved += written
      count -= written
      offset += written
      if offset == pieces[first].count {
        pieces[first] = []
        first += 1
        offset = 0
      }
    }
    pieces.removeAll()
    first = 0
    return .bytes(moved)
  }

  private mutating func dropSent() {
    if first < 32 { return }
    pieces.removeFirst(first)
    first = 0
  }
}
