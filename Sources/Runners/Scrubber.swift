import Crypto
import JSON

/// Takes secrets out of what actions print and return: every secret of at least six bytes, as it
/// is and in the usual encodings. Streams are scrubbed across the ends of their pieces.
struct Scrubber: Sendable {
  static let secretBytesMin = 6
  static let mask = Array("********".utf8)

  /// Longest first, so that no part of one is left.
  private let needles: [[UInt8]]

  init(_ secrets: some Sequence<JSONValue>) {
    var needles: Set<[UInt8]> = []
    for secret in secrets {
      for text in Self.texts(of: secret) where text.utf8.count >= Self.secretBytesMin {
        let bytes = Array(text.utf8)
        let escaped = Array(JSONValue.string(text).text().utf8.dropFirst().dropLast())
        needles.formUnion([
          bytes, escaped, Array(Hex.encode(bytes).utf8),
          Array(Base64.standard.encode(bytes).utf8), Array(Self.percentEncoded(bytes).utf8),
        ])
      }
    }
    self.needles = needles.sorted { $0.count > $1.count }
  }

  private static func texts(of value: JSONValue) -> [String] {
    switch value {
    case .string(let text): [text]
    case .array(let elements): elements.flatMap(texts)
    case .object(let members): members.flatMap { texts(of: $0.value) }
    case .int, .uint, .double: [value.text()]
    case .null, .bool: []
    }
  }

  private static func percentEncoded(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e:
        String(UnicodeScalar(byte))
      default: "%" + Hex.encode([byte]).uppercased()
      }
    }.joined()
  }

  var isEmpty: Bool { needles.isEmpty }

  func scrub(_ bytes: [UInt8]) -> [UInt8] {
    guard !isEmpty else { return bytes }
    var scrubbed: [UInt8] = []
    scrubbed.reserveCapacity(bytes.count)
    var place = 0
    while place < bytes.count {
      if let needle = needles.first(where: { bytes[place...].starts(with: $0) }) {
        scrubbed += Self.mask
        place += needle.count
      } else {
        scrubbed.append(bytes[place])
        place += 1
      }
    }
    return scrubbed
  }

  func scrub(_ text: String) -> String {
    isEmpty ? text : String(decoding: scrub(Array(text.utf8)), as: UTF8.self)
  }

  func scrub(_ value: JSONValue) -> JSONValue {
    guard !isEmpty else { return value }
    switch value {
    case .string(let text): return .string(scrub(text))
    case .array(let elements): return .array(elements.map(scrub))
    case .object(let members):
      return .object(JSONObject(members.map { (scrub($0.key), scrub($0.value)) }))
    case .int, .uint, .double:
      return needles.contains(Array(value.text().utf8)) ? .string("********") : value
    case .null, .bool: return value
    }
  }

  /// How many bytes at the end of a piece may be the beginning of a secret.
  func openEnd(of bytes: [UInt8]) -> Int {
    guard let longest = needles.first?.count else { return 0 }
    var length = min(longest - 1, bytes.count)
    while length > 0 {
      let end = bytes[(bytes.count - length)...]
      if needles.contains(where: { $0.count > length && $0.starts(with: end) }) { return length }
      length -= 1
    }
    return 0
  }
}
