import Glibc

/// Text as Python sees it: a row of code points, equal when the code points are equal. (Swift's own
/// `==` and `<` on strings follow canonical equivalence, which Python's do not.)
public enum PythonText {
  public static func equal(_ one: String, _ other: String) -> Bool {
    one.withBytes { left in
      other.withBytes { right in
        left.count == right.count && memcmp(left.start, right.start, left.count) == 0
      }
    }
  }

  /// By code points; in UTF-8 that is the order of the bytes.
  public static func less(_ one: String, _ other: String) -> Bool {
    one.withBytes { left in
      other.withBytes { right in
        let order = memcmp(left.start, right.start, min(left.count, right.count))
        return order == 0 ? left.count < right.count : order < 0
      }
    }
  }

  public static func contains(_ text: String, _ part: String) -> Bool {
    text.withBytes { hay in
      part.withBytes { needle in
        firstPlace(of: needle, in: hay) != nil
      }
    }
  }

  /// Knuth, Morris and Pratt: the work grows with the sum of the lengths, whatever the texts.
  public static func firstPlace(
    of needle: UnsafeBufferPointer<UInt8>, in hay: UnsafeBufferPointer<UInt8>, from start: Int = 0
  ) -> Int? {
    guard let first = needle.first else { return start <= hay.count ? start : nil }
    guard start <= hay.count, needle.count <= hay.count - start else { return nil }
    guard let candidate = memchr(hay.start + start, Int32(first), hay.count - start) else {
      return nil
    }
    var fallback = [Int](repeating: 0, count: needle.count)
    var length = 0
    for index in needle.indices.dropFirst() {
      while length > 0, needle[index] != needle[length] { length = fallback[length - 1] }
      if needle[index] == needle[length] { length += 1 }
      fallback[index] = length
    }
    var matched = 0
    for index in (UnsafeRawPointer(candidate) - UnsafeRawPointer(hay.start))..<hay.count {
      while matched > 0, hay[index] != needle[matched] { matched = fallback[matched - 1] }
      if hay[index] == needle[matched] { matched += 1 }
      if matched == needle.count { return index + 1 - needle.count }
    }
    return nil
  }

  public static func hasPrefix(_ text: String, _ part: String) -> Bool {
    text.withBytes { whole in
      part.withBytes { head in
        head.count <= whole.count && memcmp(whole.start, head.start, head.count) == 0
      }
    }
  }

  public static func hasSuffix(_ text: String, _ part: String) -> Bool {
    text.withBytes { whole in
      part.withBytes { tail in
        tail.count <= whole.count
          && memcmp(whole.start + (whole.count - tail.count), tail.start, tail.count) == 0
      }
    }
  }

  /// `str.lower()`: full case mapping, and a capital sigma at the end of a word becomes `ς`.
  public static func lower(_ text: String) -> String {
    let sigma: Unicode.Scalar = "\u{3A3}"
    guard text.unicodeScalars.contains(sigma) else { return text.lowercased() }
    let scalars = Array(text.unicodeScalars)
    var lowered = ""
    for (index, scalar) in scalars.enumerated() {
      if scalar == sigma {
        lowered += endsWord(at: index, in: scalars) ? "\u{3C2}" : "\u{3C3}"
      } else {
        lowered += scalar.properties.lowercaseMapping
      }
    }
    return lowered
  }

  public static func upper(_ text: String) -> String { text.uppercased() }

  /// `str.capitalize()`: the first code point in title case, the rest lowered.
  static func capitalize(_ text: String) -> String {
    guard let first = text.unicodeScalars.first else { return text }
    let rest = lower(text).unicodeScalars.dropFirst(
      first.properties.lowercaseMapping.unicodeScalars.count)
    return first.properties.titlecaseMapping + String(String.UnicodeScalarView(rest))
  }

  /// Unicode's Final_Sigma: a cased letter before, none after; marks between do not count.
  private static func endsWord(at index: Int, in scalars: [Unicode.Scalar]) -> Bool {
    func isCased(_ scalars: some Sequence<Unicode.Scalar>) -> Bool {
      scalars.first { !$0.properties.isCaseIgnorable }?.properties.isCased ?? false
    }
    return isCased(scalars[..<index].reversed()) && !isCased(scalars[(index + 1)...])
  }

  /// What `str.strip()`, `str.split()` and `\s` take for white space.
  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F,
      0x205F, 0x3000:
      true
    default:
      false
    }
  }

  static func strip(_ text: String) -> String { strip(text, where: isSpace) }

  static func strip(
    _ text: String, left: Bool = true, right: Bool = true,
    where isStripped: (Unicode.Scalar) -> Bool
  ) -> String {
    var scalars = text.unicodeScalars[...]
    if left { scalars = scalars.drop(while: isStripped) }
    if right {
      while let last = scalars.last, isStripped(last) { scalars.removeLast() }
    }
    return String(scalars)
  }

  /// Python's `isprintable` of one code point, for `repr`.
  static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      false
    case .spaceSeparator:
      scalar == " "
    default:
      true
    }
  }
}

extension String {
  /// The bytes of the text in UTF-8, without copying where the string holds them in one piece.
  func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    if let result = utf8.withContiguousStorageIfAvailable(body) { return result }
    return Array(utf8).withUnsafeBufferPointer(body)
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// A pointer even when there are no bytes, for C functions that want one.
  fileprivate var start: UnsafePointer<UInt8> { baseAddress ?? emptyBytes }
}

/// An address that is never read, for empty texts.
private nonisolated(unsafe) let emptyBytes = UnsafePointer(
  UnsafeMutablePointer<UInt8>.allocate(capacity: 1))
