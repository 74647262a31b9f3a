import Expressions

extension Regex {
  /// Compiles the `pattern` of a JSON Schema, which is looked for anywhere in a text.
  static func schemaPattern(_ pattern: String) throws -> @Sendable (String) -> Bool {
    let regex = try Regex(pattern)
    return { text in (try? regex.matches(text)) ?? false }
  }
}
