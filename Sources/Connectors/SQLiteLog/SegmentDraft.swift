import Calendar
import Crypto
import SQLite
import Streams

/// Writes a segment anew, without the parts that were trimmed. The draft is an ordinary database
/// file; it counts only once it is durable and has the segment's name.
struct SegmentDraft {
  private static let rowsPerTransaction = 256

  let segment: LogSegment
  /// What lies before these offsets is left out.
  let firsts: [Int64]
  /// Rows behind this one are left out.
  var lastRow = Int64.max

  /// Throws `.cancelled` when `isStopped` says so, and `.corrupt` rather than copy what is damaged.
  func write(to path: String, _ isStopped: () -> Bool) throws(LogError) {
    do {
      var options = ConnectionOptions(.create)
      options.pageSizeBytes = LogSegment.pageSizeBytes
      options.synchronous = .off
      let connection = try Connection(path: path, options)
      _ = try connection.text("PRAGMA journal_mode = OFF")
      try connection.execute(LogSegment.schema)
      try connection.execute(LogSegment.trimmedSchema)
      let insert = try connection.prepare(
        "INSERT INTO log(row, time, header, hash, gone, parts) VALUES (?, ?, ?, ?, ?, ?)")
      try connection.execute("BEGIN")
      var count = 0
      var next = segment.firstRow
      while next <= lastRow, let row = try segment.row(from: next), row.number <= lastRow {
        if isStopped() { throw LogError.cancelled }
        try copy(row, with: insert)
        next = row.number + 1
        count += 1
        if count.isMultiple(of: Self.rowsPerTransaction) { try connection.execute("COMMIT; BEGIN") }
      }
      for (number, first) in firsts.enumerated() {
        try connection.execute("INSERT INTO trimmed VALUES (\(number), \(first))")
      }
      try connection.execute("COMMIT")
    } catch {
      throw LogError(error)
    }
  }

  private func copy(_ row: LogSegment.Row, with insert: borrowing Statement) throws {
    var parts: [UInt8] = []
    var gone = row.gone
    for (place, part) in row.header.parts.enumerated() {
      if part.first + Int64(part.count) <= firsts[Int(part.topic.number)] {
        gone.insert(place)
      } else if let bytes = try segment.bytes(of: row, part: place) {
        guard Hex.encode(Hash.sha256.digest(of: bytes)) == part.digest else {
          throw LogError.corrupt(
            at: "\(segment.path): row \(row.number): \(part.topic.name)@\(part.first)")
        }
        parts += bytes
      }
    }
    try insert.bind(1, Int(row.number))
    try insert.bind(2, Int(row.time.microseconds))
    try insert.bind(3, row.text)
    try insert.bind(4, row.hash)
    if gone.isEmpty {
      try insert.bindNull(5)
    } else {
      try insert.bind(5, gone.sorted().map(String.init).joined(separator: ","))
    }
    try insert.binding(6, parts) { () throws(SQLiteError) in try insert.run() }
  }
}
