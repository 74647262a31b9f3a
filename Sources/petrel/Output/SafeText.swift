/// Makes text from outside harmless to whoever sees it in a terminal. What could move the cursor,
/// change colours, write the clipboard or turn the direction of reading around is shown as an
/// escape.
enum SafeText {
  /// For one line: control characters, line ends and direction marks are escapes.
  static func line(_ text: String) -> String { escaped(text, keeping: []) }

  /// For many lines: line ends and tabs stay.
  static func lines(_ text: String) -> String { escaped(text, keeping: ["\n", "\t"]) }

  /// For JSON, which escapes C0 itself: the rest as `\u0085`, so that it stays the same JSON.
  static func json(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { $0.value > 0x1F && isHarmful($0) }) else {
      return text
    }
    var result = ""
    for scalar in text.unicodeScalars {
      if scalar.value > 0x1F, isHarmful(scalar) {
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func escaped(_ text: String, keeping kept: Set<Unicode.Scalar>) -> String {
    func isShown(_ scalar: Unicode.Scalar) -> Bool { !isHarmful(scalar) || kept.contains(scalar) }
    if text.unicodeScalars.allSatisfy(isShown) { return text }
    var result = ""
    for character in text {
      // Half of a pair of carriage return and line feed would be shown.
      if character == "\r\n", kept.contains("\n") {
        result += "\n"
        continue
      }
      for scalar in character.unicodeScalars {
        if isShown(scalar) {
          result.unicodeScalars.append(scalar)
        } else {
          result += escape(scalar)
        }
      }
    }
    return result
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    default: "\\u{" + String(scalar.value, radix: 16) + "}"
    }
  }

  /// C0, DEL, C1, marks that turn the direction of reading, line and paragraph ends, and characters
  /// without any width that could hide a difference. All of them have at most four digits.
  private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case ..<0x20, 0x7F..<0xA0, 0x061C, 0x200B, 0x200E...0x200F, 0x2028...0x202E, 0x2060...0x2069,
      0xFEFF:
      true
    default: false
    }
  }
}
