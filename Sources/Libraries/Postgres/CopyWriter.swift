/// Builds the rows of a `COPY ... FROM STDIN (FORMAT binary)`. A field has to be of the very type
/// of its column: `int8` for a `bigint`, `json` for a `json`, `jsonb` for a `jsonb`; a wrong one is
/// an opaque error of the server. U+0000 in texts and JSON is replaced, see `PostgresText`.
///
/// A row is its fields in order, then `endRow()`, which throws for the whole row (a missing or
/// surplus field, a field over `fieldBytesMax`) and takes it back; the rows before it stay.
public struct CopyWriter: Sendable {
  /// Bytes of one field. Above the 16 MiB of the largest record and what escaping makes of it.
  public static let fieldBytesMax = 64 << 20

  public let columnCount: Int
  public private(set) var rowCount = 0
  /// Signature, flags, no extension, rows; the trailer is added when it is sent.
  private(set) var bytes: [UInt8] = []
  private var rowStart = 0
  private var fieldCount = 0
  private var oversizedField: Int?

  public init(columnCount: Int) {
    precondition((1...1_600).contains(columnCount), "a table has 1 to 1600 columns")
    self.columnCount = columnCount
    begin()
  }

  public var isEmpty: Bool { rowCount == 0 }
  /// Bytes of all rows.
  public var byteCount: Int { bytes.count - Self.headerCount }

  /// Forgets all rows and keeps the room.
  public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    rowCount = 0
    begin()
  }

  static let headerCount = 19
  static let trailer: [UInt8] = [0xff, 0xff]

  private mutating func begin() {
    bytes.append(contentsOf: "PGCOPY\n".utf8)
    bytes.append(contentsOf: [0xff, 0x0d, 0x0a, 0x00])
    bytes.append(bigEndian: Int64(0))
    startRow()
  }

  private mutating func startRow() {
    rowStart = bytes.count
    fieldCount = 0
    oversizedField = nil
    bytes.append(bigEndian: Int16(columnCount))
  }

  /// Closes the row and counts it.
  public mutating func endRow() throws(PostgresError) {
    defer { startRow() }
    if fieldCount != columnCount || oversizedField != nil {
      let fault =
        oversizedField.map { "field \($0 + 1) has more than \(Self.fieldBytesMax) bytes" }
        ?? "a row has \(fieldCount) fields, the table \(columnCount)"
      bytes.removeSubrange(rowStart...)
      guard oversizedField == nil else { throw .rejected(PostgresFault(fault)) }
      throw .invalid(PostgresFault(fault))
    }
    rowCount += 1
  }

  /// Takes back the fields of a row that has not ended.
  public mutating func dropRow() {
    bytes.removeSubrange(rowStart...)
    startRow()
  }

  /// The rows as the server wants them, without the head of a row that has begun.
  var closed: ArraySlice<UInt8> { bytes[..<rowStart] }

  private mutating func field(_ write: (inout [UInt8]) -> Void) {
    let place = bytes.count
    bytes.append(bigEndian: Int32(0))
    write(&bytes)
    let length = bytes.count - place - 4
    if length > Self.fieldBytesMax {
      oversizedField = oversizedField ?? fieldCount
      bytes.removeSubrange((place + 4)...)
    } else {
      bytes.withUnsafeMutableBytes {
        $0.storeBytes(of: UInt32(length).bigEndian, toByteOffset: place, as: UInt32.self)
      }
    }
    fieldCount += 1
  }
}

extension CopyWriter {
  public mutating func null() {
    bytes.append(bigEndian: Int32(-1))
    fieldCount += 1
  }

  public mutating func bool(_ value: Bool?) {
    guard let value else { return null() }
    field { $0.append(value ? 1 : 0) }
  }

  public mutating func int2(_ value: Int16?) { integer(value) }
  public mutating func int4(_ value: Int32?) { integer(value) }
  public mutating func int8(_ value: Int64?) { integer(value) }
  public mutating func int8(_ value: Int?) { integer(value.map(Int64.init)) }

  private mutating func integer(_ value: (some FixedWidthInteger)?) {
    guard let value else { return null() }
    field { $0.append(bigEndian: value) }
  }

  public mutating func float8(_ value: Double?) { integer(value?.bitPattern) }

  /// `timestamptz` from microseconds since 1970.
  public mutating func time(microseconds: Int?) {
    integer(microseconds.map(PostgresTime.encode))
  }

  public mutating func text(_ value: String?) {
    guard var value else { return null() }
    field { bytes in
      value.withUTF8 { PostgresText.append(text: UnsafeRawBufferPointer($0), to: &bytes) }
    }
  }

  /// UTF-8 text.
  public mutating func text(utf8 value: ArraySlice<UInt8>?) {
    guard let value else { return null() }
    field { bytes in value.withUnsafeBytes { PostgresText.append(text: $0, to: &bytes) } }
  }

  /// A JSON text for a column of type `json`, which keeps it as it is.
  public mutating func json(_ value: ArraySlice<UInt8>?) {
    guard let value else { return null() }
    field { bytes in value.withUnsafeBytes { PostgresText.append(json: $0, to: &bytes) } }
  }

  public mutating func json(_ value: [UInt8]?) { json(value?[...]) }

  /// A JSON text for a column of type `jsonb`, which is searched quickly but forgets the order of
  /// members and the form of numbers.
  public mutating func jsonb(_ value: ArraySlice<UInt8>?) {
    guard let value else { return null() }
    field { bytes in
      bytes.append(1)
      value.withUnsafeBytes { PostgresText.append(json: $0, to: &bytes) }
    }
  }

  public mutating func jsonb(_ value: [UInt8]?) { jsonb(value?[...]) }

  public mutating func bytea(_ value: ArraySlice<UInt8>?) {
    guard let value else { return null() }
    field { $0.append(contentsOf: value) }
  }

  public mutating func bytea(_ value: [UInt8]?) { bytea(value?[...]) }
}
