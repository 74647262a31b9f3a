import Crypto
import Streams

/// Follows the chain of rows: each row's hash must be that of the hash before it, its time and its
/// header; each part that is there must have the digest that the header names.
struct LogCheck {
  private(set) var hash: [UInt8]

  init(after hash: [UInt8]) { self.hash = hash }

  mutating func take(_ row: LogSegment.Row, of segment: LogSegment) throws(LogError) {
    hash = LogHeader.hash(previous: hash, time: row.time, header: row.text)
    guard hash == row.hash else {
      throw .corrupt(at: "\(segment.path): row \(row.number): its hash is another")
    }
    for (place, part) in row.header.parts.enumerated() {
      guard let bytes = try segment.bytes(of: row, part: place) else { continue }
      guard Hex.encode(Hash.sha256.digest(of: bytes)) == part.digest else {
        throw .corrupt(
          at: "\(segment.path): row \(row.number): the digest of \(part.topic.name) is another")
      }
    }
  }
}
