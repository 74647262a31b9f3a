import CPQ

/// What a query gave: rows in binary, kept as libpq received them and freed with the last copy.
/// A value is read by place or name of its column; the type asked for has to fit the column's:
/// `Int` reads `int2`, `int4`, `int8`, `oid` and `timestamptz` (microseconds since 1970), `String`
/// the text types, `json` and `jsonb`, `[UInt8]` the same and `bytea`, `Double` both floats,
/// `[String]` and `[Int]` one-dimensional arrays of `text` and `int8`. Other types (`numeric`) are
/// to be cast in the query. An `Optional` reads null as nil.
public struct PostgresRows: Sendable {
  let result: ResultBox
  public let columns: [String]
  public let count: Int
  /// Rows that an INSERT, UPDATE, DELETE or COPY touched.
  public let affectedCount: Int

  init(_ result: ResultBox) {
    self.result = result
    count = Int(PQntuples(result.handle))
    columns = (0..<PQnfields(result.handle)).map { String(cString: PQfname(result.handle, $0)) }
    affectedCount = PQcmdTuples(result.handle).map { Int(String(cString: $0)) ?? 0 } ?? 0
  }
}

extension PostgresRows: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { count }
  public subscript(position: Int) -> PostgresRow {
    precondition((0..<count).contains(position), "row \(position) of \(count)")
    return PostgresRow(rows: self, place: Int32(position))
  }
}

/// One row of a result.
public struct PostgresRow: Sendable {
  let rows: PostgresRows
  let place: Int32

  /// The value of the column at a place, from 0.
  public func get<Value: PostgresReadable>(
    _ column: Int, as type: Value.Type = Value.self
  ) throws(PostgresError) -> Value {
    guard rows.columns.indices.contains(column) else {
      throw .invalid(
        PostgresFault("column \(column) was asked for, the query gives \(rows.columns.count)"))
    }
    let field = PostgresField(rows.result.handle, row: place, column: Int32(column))
    if let value = Value.read(field) { return value }
    let found = field.bytes == nil ? "null" : "a value of type \(field.type)"
    throw .invalid(
      PostgresFault("column \(rows.columns[column]) holds \(found), wanted was \(Value.self)"))
  }

  /// The value of the column of that name; the first if several have it.
  public func get<Value: PostgresReadable>(
    _ column: String, as type: Value.Type = Value.self
  ) throws(PostgresError) -> Value {
    guard let place = rows.columns.firstIndex(of: column) else {
      throw .invalid(
        PostgresFault("column \(column) was asked for, the query gives \(rows.columns)"))
    }
    return try get(place)
  }
}

/// Owns a result of libpq; it is never written to, so any thread may read it.
final class ResultBox: @unchecked Sendable {
  let handle: OpaquePointer
  init(_ handle: OpaquePointer) { self.handle = handle }
  deinit { PQclear(handle) }
}

/// The bytes of one value; valid while the row is.
public struct PostgresField {
  /// The number of the type in PostgreSQL's catalogue.
  public let type: UInt32
  /// Nil for null.
  public let bytes: UnsafeRawBufferPointer?

  init(_ result: OpaquePointer, row: Int32, column: Int32) {
    type = PQftype(result, column)
    guard PQgetisnull(result, row, column) == 0 else {
      bytes = nil
      return
    }
    bytes = UnsafeRawBufferPointer(
      start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
  }
}

/// What a column's value can be read as.
public protocol PostgresReadable {
  /// Nil when the field is null or of a type that does not fit.
  static func read(_ field: PostgresField) -> Self?
}

extension Optional: PostgresReadable where Wrapped: PostgresReadable {
  public static func read(_ field: PostgresField) -> Wrapped?? {
    if field.bytes == nil { return .some(nil) }
    return Wrapped.read(field).map { .some($0) }
  }
}

extension Bool: PostgresReadable {
  public static func read(_ field: PostgresField) -> Bool? {
    field.type == Oid.bool ? field.bytes?.first.map { $0 != 0 } : nil
  }
}

extension Int: PostgresReadable {
  public static func read(_ field: PostgresField) -> Int? {
    guard let bytes = field.bytes else { return nil }
    return switch field.type {
    case Oid.int8: bytes.bigEndian(Int64.self).map(Int.init)
    case Oid.int4: bytes.bigEndian(Int32.self).map(Int.init)
    case Oid.int2: bytes.bigEndian(Int16.self).map(Int.init)
    case Oid.oid: bytes.bigEndian(UInt32.self).map(Int.init)
    case Oid.timestamptz: bytes.bigEndian(Int64.self).map(PostgresTime.decode)
    default: nil
    }
  }
}

extension Double: PostgresReadable {
  public static func read(_ field: PostgresField) -> Double? {
    guard let bytes = field.bytes else { return nil }
    return switch field.type {
    case Oid.float8: bytes.bigEndian(UInt64.self).map { Double(bitPattern: $0) }
    case Oid.float4: bytes.bigEndian(UInt32.self).map { Double(Float(bitPattern: $0)) }
    default: nil
    }
  }
}

extension String: PostgresReadable {
  public static func read(_ field: PostgresField) -> String? {
    field.text.map { String(decoding: $0, as: UTF8.self) }
  }
}

/// What an array can be read of: bytes, `[String]` and `[Int]`.
public protocol PostgresElement {
  static func readAll(_ field: PostgresField) -> [Self]?
}

extension Array: PostgresReadable where Element: PostgresElement {
  public static func read(_ field: PostgresField) -> [Element]? { Element.readAll(field) }
}

extension UInt8: PostgresElement {
  public static func readAll(_ field: PostgresField) -> [UInt8]? {
    field.type == Oid.bytea ? field.bytes.map(Array.init) : field.text.map(Array.init)
  }
}

extension String: PostgresElement {
  public static func readAll(_ field: PostgresField) -> [String]? {
    field.elements(of: Oid.textArray) { String(decoding: $0, as: UTF8.self) }
  }
}

extension Int: PostgresElement {
  public static func readAll(_ field: PostgresField) -> [Int]? {
    field.elements(of: Oid.int8Array) { $0.bigEndian(Int64.self).map(Int.init) }
  }
}

extension PostgresField {
  /// The bytes of a text or a JSON text.
  var text: Slice<UnsafeRawBufferPointer>? {
    guard let bytes else { return nil }
    return switch type {
    case Oid.text, Oid.varchar, Oid.bpchar, Oid.name, Oid.json, Oid.unknown: bytes[...]
    case Oid.jsonb: bytes.first == 1 ? bytes.dropFirst() : nil
    default: nil
    }
  }
  /// The elements of an array of one dimension without nulls.
  func elements<Element>(
    of array: UInt32, _ read: (UnsafeRawBufferPointer) -> Element?
  ) -> [Element]? {
    guard type == array, let bytes else { return nil }
    var rest = bytes[...]
    func integer() -> Int? {
      guard rest.count >= 4 else { return nil }
      defer { rest = rest.dropFirst(4) }
      return UnsafeRawBufferPointer(rebasing: rest.prefix(4)).bigEndian(Int32.self).map(Int.init)
    }
    guard let dimensions = integer(), integer() != nil, integer() != nil else { return nil }
    guard dimensions > 0 else { return [] }
    guard dimensions == 1, let count = integer(), integer() != nil else { return nil }
    var elements: [Element] = []
    for _ in 0..<count {
      guard let length = integer(), length >= 0, length <= rest.count,
        let element = read(UnsafeRawBufferPointer(rebasing: rest.prefix(length)))
      else { return nil }
      elements.append(element)
      rest = rest.dropFirst(length)
    }
    return elements
  }
}
