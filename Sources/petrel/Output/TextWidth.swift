/// How many columns of a terminal text takes: two for East Asian wide characters and emoji, none
/// for what combines with the character before.
enum TextWidth {
  static func columns(_ text: some StringProtocol) -> Int {
    text.reduce(0) { $0 + columns($1) }
  }

  static func columns(_ character: Character) -> Int {
    let scalars = character.unicodeScalars
    guard let first = scalars.first else { return 0 }
    if first.value < 0x300 { return 1 }
    switch first.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    return isWide(first.value) || scalars.contains("\u{FE0F}") ? 2 : 1
  }

  private static func isWide(_ value: UInt32) -> Bool {
    switch value {
    case 0x1100...0x115F, 0x231A...0x231B, 0x2329...0x232A, 0x23E9...0x23EC, 0x25FD...0x25FE,
      0x2614...0x2615, 0x2648...0x2653, 0x26A1, 0x26BD...0x26BE, 0x2705, 0x270A...0x270B, 0x2728,
      0x274C, 0x2753...0x2755, 0x2757, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F,
      0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
      0x1F18E, 0x1F191...0x1F19A, 0x1F1E6...0x1F202, 0x1F210...0x1F64F, 0x1F680...0x1F6FF,
      0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      true
    default: false
    }
  }

  /// The text if it fits, else its beginning and `…`.
  static func truncated(_ text: String, columnsMax: Int) -> String {
    // A column takes at least a byte, so most texts need no count.
    if text.utf8.count <= columnsMax || columns(text) <= columnsMax { return text }
    guard columnsMax > 0 else { return "" }
    var used = 1
    let kept = text.prefix { character in
      used += columns(character)
      return used <= columnsMax
    }
    return kept + "…"
  }
}
