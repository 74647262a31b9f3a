import JSON
import JSONSchema

/// Enough of regular expressions for these tests: a text that must be there, at the start behind
/// `^`.
struct Unbalanced: Error, CustomStringConvertible {
  let description = "a bracket is not closed"
}

func compilePattern(_ pattern: String) throws -> @Sendable (String) -> Bool {
  if pattern.contains("(") { throw Unbalanced() }
  let isAnchored = pattern.hasPrefix("^")
  let wanted = isAnchored ? String(pattern.dropFirst()) : pattern
  return { text in isAnchored ? text.hasPrefix(wanted) : wanted.isEmpty || text.contains(wanted) }
}

extension JSONSchema {
  init(_ text: String, _ options: Options = Options()) throws {
    try self.init(
      compiling: JSONValue(parsing: text), options: options, patterns: compilePattern)
  }

  func messages(_ value: String) throws -> [String] {
    try validate(JSONValue(parsing: value)).map(\.description)
  }
}
