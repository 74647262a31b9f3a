import Crypto
public import JSON
public import SQLite

/// A log's rows as anybody can read them from its files, without the log's own code.
public struct StoredRow {
  public let number: Int
  public let time: Int
  public let header: [UInt8]
  public let hash: [UInt8]
  public let gone: String?
  public let parts: [UInt8]

  public struct Part: Equatable {
    public let topic: Int
    public let first: Int
    public let count: Int
    public let bytes: Int
    public let digest: String
  }

  public var json: JSONValue {
    get throws { try JSONValue(parsing: header) }
  }

  /// The parts that the header names.
  public var described: [Part] {
    get throws {
      (try json["parts"]?.arrayValue ?? []).map {
        Part(
          topic: $0["topic"]?.intValue ?? -1, first: $0["first"]?.intValue ?? -1,
          count: $0["count"]?.intValue ?? -1, bytes: $0["bytes"]?.intValue ?? -1,
          digest: $0["sha256"]?.stringValue ?? "")
      }
    }
  }

  public var goneParts: Set<Int> { Set((gone ?? "").split(separator: ",").compactMap { Int($0) }) }

  /// All rows of the segment files in a folder, in order.
  public static func all(_ folder: String, _ segments: [String]) throws -> [StoredRow] {
    try segments.flatMap { name in
      try Self.all(Connection(path: "\(folder)/\(name)", ConnectionOptions(.readOnly)))
    }
  }

  /// All rows of one file.
  public static func all(_ connection: borrowing Connection) throws -> [StoredRow] {
    var rows: [StoredRow] = []
    let statement = try connection.prepare(
      "SELECT row, time, header, hash, gone, parts FROM log ORDER BY row")
    try statement.forEachRow { () throws(SQLiteError) in
      rows.append(
        StoredRow(
          number: statement.int(0), time: statement.int(1), header: statement.bytes(2) ?? [],
          hash: statement.bytes(3) ?? [], gone: statement.text(4),
          parts: statement.bytes(5) ?? []))
    }
    return rows
  }

  /// What is wrong with the chain of hashes and the digests; empty if nothing is.
  public static func faults(_ rows: [StoredRow]) throws -> [String] {
    var faults: [String] = []
    var previous: [UInt8]?
    for row in rows {
      let told = try row.json["previous"]?.stringValue
      if let told, let previous, told != Hex.encode(previous) {
        faults.append("row \(row.number): previous is not the hash of the row before")
      }
      let before = try previous ?? told.map { try Hex.decode($0) } ?? []
      let time = withUnsafeBytes(of: Int64(row.time).littleEndian) { Array($0) }
      if Hash.sha256.digest(of: before + time + row.header) != row.hash {
        faults.append("row \(row.number): hash")
      }
      previous = row.hash
      var place = 0
      for (number, part) in try row.described.enumerated()
      where !row.goneParts.contains(number) {
        let end = min(place + part.bytes, row.parts.count)
        if Hex.encode(Hash.sha256.digest(of: Array(row.parts[place..<end]))) != part.digest {
          faults.append("row \(row.number): digest of part \(number)")
        }
        place = end
      }
      if place != row.parts.count { faults.append("row \(row.number): bytes without a part") }
    }
    return faults
  }
}
