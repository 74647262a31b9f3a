/// Request line and headers of one request, as they came; parts are ranges into `bytes`.
/// Immutable, so a request can be handed to any thread without a copy.
package final class RequestHead: Sendable {
  /// How the end of the body is known.
  package enum Framing: Equatable, Sendable {
    case none
    case length(Int)
    case chunked
  }

  /// A header line: offsets into the head's bytes.
  struct Field: Sendable {
    let nameStart: UInt32
    let nameEnd: UInt32
    let valueStart: UInt32
    let valueEnd: UInt32
  }

  /// What the request line and the headers with a meaning for the protocol say.
  struct Line: Sendable {
    var method = HTTPMethod.get
    var target = 0..<0
    /// The part of the target before `?`, without scheme and authority.
    var path = 0..<0
    /// The part of the target after `?`.
    var query = 0..<0
    var minorVersion = 1
    var framing = Framing.none
    var keepsAlive = true
    var expectsContinue = false
  }

  package let bytes: [UInt8]
  let fields: [Field]
  let line: Line

  init(bytes: [UInt8], fields: [Field], line: Line) {
    self.bytes = bytes
    self.fields = fields
    self.line = line
  }

  package var method: HTTPMethod { line.method }
  package var framing: Framing { line.framing }
  package var keepsAlive: Bool { line.keepsAlive }
  package var headerCount: Int { fields.count }

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  /// The text of each header of that name, in the order in which they came.
  package func values(_ name: String) -> [String] {
    var found: [String] = []
    for field in fields where isNamed(field, name) { found.append(value(of: field)) }
    return found
  }

  /// The text of the first header of that name.
  package func value(_ name: String) -> String? {
    for field in fields where isNamed(field, name) { return value(of: field) }
    return nil
  }

  /// Every header in the order in which it came, names in small letters.
  package var headers: [(name: String, value: String)] {
    fields.map { field in
      (text(Int(field.nameStart)..<Int(field.nameEnd)).lowercased(), value(of: field))
    }
  }

  private func value(of field: Field) -> String {
    text(Int(field.valueStart)..<Int(field.valueEnd))
  }

  private func isNamed(_ field: Field, _ name: String) -> Bool {
    var name = name
    return name.withUTF8 { wanted in
      guard wanted.count == Int(field.nameEnd - field.nameStart) else { return false }
      let start = Int(field.nameStart)
      for index in 0..<wanted.count
      where ByteClasses.lowered(bytes[start + index]) != ByteClasses.lowered(wanted[index]) {
        return false
      }
      return true
    }
  }
}
