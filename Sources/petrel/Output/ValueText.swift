import JSON

/// JSON as people read it: in short inside a table, or on lines of its own, texts with line ends as
/// they are.
enum ValueText {
  /// Of a long value a table shows no more.
  private static let shortBytesMax = 400

  /// In one line: texts and numbers as they are, the rest as JSON.
  static func short(_ value: JSONValue?) -> String {
    switch value {
    case nil, .null: return ""
    case .string(let text): return text
    case .some(let value):
      let text = value.text()
      guard text.utf8.count > shortBytesMax else { return text }
      return TextWidth.truncated(text, columnsMax: shortBytesMax)
    }
  }

  /// As JSON, so that `"3"` and `3` differ.
  static func exact(_ value: JSONValue?) -> String {
    guard let value else { return "nothing" }
    return TextWidth.truncated(value.text(), columnsMax: shortBytesMax)
  }

  /// On many lines, each moved by `indent` spaces.
  static func lines(_ value: JSONValue, indent: Int = 2) -> [String] {
    let margin = String(repeating: " ", count: indent)
    switch value {
    case .object(let members) where !members.isEmpty:
      return members.flatMap { member(SafeText.line($0.key) + ":", $0.value, margin, indent) }
    case .array(let elements) where !elements.isEmpty:
      return elements.flatMap { member("-", $0, margin, indent) }
    default:
      return split(plain(value)).map { margin + $0 }
    }
  }

  private static func member(
    _ name: String, _ value: JSONValue, _ margin: String, _ indent: Int
  ) -> [String] {
    switch value {
    case .object(let members) where !members.isEmpty: break
    case .array(let elements) where !elements.isEmpty: break
    default:
      let texts = split(plain(value))
      if texts.count == 1 { return [(margin + name + " " + texts[0]).trimmingSpaces] }
    }
    return [margin + name] + lines(value, indent: indent + 2)
  }

  private static func plain(_ value: JSONValue) -> String { value.stringValue ?? value.text() }

  private static func split(_ text: String) -> [String] {
    text.trimmingLineEnd.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map {
      SafeText.lines(String($0))
    }
  }
}

extension Output {
  /// A title and a value below it; nothing for what is missing or empty.
  func block(_ title: String, _ value: JSONValue?) throws {
    switch value {
    case nil, .null: return
    case .object(let members) where members.isEmpty: return
    case .array(let elements) where elements.isEmpty: return
    case .some(let value):
      try line(paint(title, .strong))
      for text in ValueText.lines(value) { try line(text) }
    }
  }
}
