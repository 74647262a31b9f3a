/// PostgreSQL's binary formats are big-endian.
extension [UInt8] {
  mutating func append(bigEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }
}

extension UnsafeRawBufferPointer {
  /// The whole of the bytes as one integer; nil if they are not exactly as many as it has.
  func bigEndian<Value: FixedWidthInteger>(_ type: Value.Type) -> Value? {
    guard count == MemoryLayout<Value>.size else { return nil }
    return Value(bigEndian: loadUnaligned(as: Value.self))
  }
}

/// Instants are microseconds since 1970 here and since 2000 there.
enum PostgresTime {
  static let epochMicroseconds: Int64 = 946_684_800_000_000

  static func encode(_ microseconds: Int) -> Int64 {
    let (value, overflow) = Int64(microseconds).subtractingReportingOverflow(epochMicroseconds)
    return overflow ? Int64.min : value
  }

  static func decode(_ value: Int64) -> Int {
    let (microseconds, overflow) = value.addingReportingOverflow(epochMicroseconds)
    return Int(overflow ? Int64.max : microseconds)
  }
}
