public import JSON

/// One mistake in what a person wrote, with the place to mend it. Lines and columns count from 1;
/// what concerns a whole file stands at 1:1, what concerns a file that is missing names that file.
public struct Diagnostic: Sendable, Hashable, CustomStringConvertible {
  public enum Severity: String, Sendable {
    /// The content cannot be used.
    case error
    /// The content is used, but probably not as its author meant it.
    case warning
  }

  public let severity: Severity
  /// Relative to the folder that was read.
  public let file: String
  public let line: Int
  public let column: Int
  public let message: String
  /// What to do about it.
  public let hint: String?

  public init(
    _ severity: Severity, in file: String, at place: (line: Int, column: Int) = (1, 1),
    _ message: String, hint: String? = nil
  ) {
    self.severity = severity
    self.file = file
    (line, column) = place
    self.message = message
    self.hint = hint
  }

  /// One line: `file:line:column: error: message (hint)`. Control characters of the content are
  /// escaped, so that a file cannot write to the terminal of who checks it.
  public var description: String {
    let line = "\(file):\(line):\(column): \(severity.rawValue): \(message)"
    return escaped(hint.map { "\(line) (\($0))" } ?? line)
  }

  public var json: JSONValue {
    var object: JSONObject = [
      "severity": .string(severity.rawValue), "file": .string(file), "line": .int(line),
      "column": .int(column), "message": .string(message),
    ]
    if let hint { object["hint"] = .string(hint) }
    return .object(object)
  }

  private func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      let isControl = scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
      result += isControl ? scalar.escaped(asASCII: true) : String(scalar)
    }
    return result
  }
}
