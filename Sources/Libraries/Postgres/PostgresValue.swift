/// A parameter of a query. Numbers, booleans, instants and bytes go in binary with their own types;
/// texts go without a type, so the server takes each for what the place wants (`text`, an enum, a
/// `uuid`, a `jsonb`). U+0000 is replaced, see `PostgresText`.
public enum PostgresValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case text(String)
  /// A JSON text, for `json` and `jsonb`.
  case json([UInt8])
  /// `timestamptz`, microseconds since 1970.
  case time(microseconds: Int)
  case bytes([UInt8])
  case ints([Int])
  case texts([String])
}

extension PostgresValue {
  public static func text(_ value: String?) -> PostgresValue { value.map { .text($0) } ?? .null }
  public static func int(_ value: Int?) -> PostgresValue { value.map { .int($0) } ?? .null }
  public static func time(_ microseconds: Int?) -> PostgresValue {
    microseconds.map { .time(microseconds: $0) } ?? .null
  }
}

extension PostgresValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByFloatLiteral, ExpressibleByNilLiteral
{
  public init(stringLiteral value: String) { self = .text(value) }
  public init(integerLiteral value: Int) { self = .int(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(nilLiteral: ()) { self = .null }
}

/// The numbers that PostgreSQL's catalogue gives to its types.
enum Oid {
  static let bool: UInt32 = 16
  static let bytea: UInt32 = 17
  static let name: UInt32 = 19
  static let int8: UInt32 = 20
  static let int2: UInt32 = 21
  static let int4: UInt32 = 23
  static let text: UInt32 = 25
  static let oid: UInt32 = 26
  static let json: UInt32 = 114
  static let float4: UInt32 = 700
  static let float8: UInt32 = 701
  static let unknown: UInt32 = 705
  static let textArray: UInt32 = 1009
  static let int8Array: UInt32 = 1016
  static let bpchar: UInt32 = 1042
  static let varchar: UInt32 = 1043
  static let timestamptz: UInt32 = 1184
  static let jsonb: UInt32 = 3802
}

/// Parameters as libpq takes them: all values back to back, each text with a zero at its end.
struct EncodedParameters {
  static let countMax = 65_535

  private(set) var types: [UInt32] = []
  private(set) var formats: [Int32] = []
  private(set) var lengths: [Int32] = []
  /// Where each value begins; -1 for null.
  private(set) var starts: [Int] = []
  private(set) var bytes: [UInt8] = []

  init(_ values: [PostgresValue]) {
    for value in values {
      starts.append(value == .null ? -1 : bytes.count)
      types.append(Self.type(of: value))
      formats.append(Self.isText(value) ? 0 : 1)
      let start = bytes.count
      append(value)
      lengths.append(Int32(bytes.count - start))
      bytes.append(0)
    }
  }

  private static func isText(_ value: PostgresValue) -> Bool {
    switch value {
    case .null, .text, .json: true
    default: false
    }
  }

  private static func type(of value: PostgresValue) -> UInt32 {
    switch value {
    case .null, .text, .json: 0
    case .bool: Oid.bool
    case .int: Oid.int8
    case .double: Oid.float8
    case .time: Oid.timestamptz
    case .bytes: Oid.bytea
    case .ints: Oid.int8Array
    case .texts: Oid.textArray
    }
  }

  private mutating func append(_ value: PostgresValue) {
    switch value {
    case .null: break
    case .bool(let value): bytes.append(value ? 1 : 0)
    case .int(let value): bytes.append(bigEndian: Int64(value))
    case .double(let value): bytes.append(bigEndian: value.bitPattern)
    case .time(let microseconds): bytes.append(bigEndian: PostgresTime.encode(microseconds))
    case .bytes(let value): bytes.append(contentsOf: value)
    case .text(let value): append(text: value)
    case .json(let value):
      value.withUnsafeBytes { PostgresText.append(json: $0, to: &bytes) }
    case .ints(let values):
      beginArray(of: Oid.int8, count: values.count)
      for value in values {
        bytes.append(bigEndian: Int32(8))
        bytes.append(bigEndian: Int64(value))
      }
    case .texts(let values):
      beginArray(of: Oid.text, count: values.count)
      for value in values {
        let place = bytes.count
        bytes.append(bigEndian: Int32(0))
        append(text: value)
        let length = Int32(bytes.count - place - 4)
        Swift.withUnsafeBytes(of: length.bigEndian) {
          bytes.replaceSubrange(place..<(place + 4), with: $0)
        }
      }
    }
  }

  private mutating func append(text: String) {
    var text = text
    text.withUTF8 { PostgresText.append(text: UnsafeRawBufferPointer($0), to: &bytes) }
  }

  private mutating func beginArray(of type: UInt32, count: Int) {
    bytes.append(bigEndian: Int32(count == 0 ? 0 : 1))
    bytes.append(bigEndian: Int32(0))
    bytes.append(bigEndian: type)
    guard count > 0 else { return }
    bytes.append(bigEndian: Int32(count))
    bytes.append(bigEndian: Int32(1))
  }
}
