/// The types that plain text can have, as PyYAML's resolver finds them with regular expressions;
/// here by hand. `ofPlain` only says which type a text claims: `0b_` and `2001-02-30` claim one and
/// then cannot be read.
enum ScalarKind {
  case null, bool, int, float, timestamp, string
  /// `<<` and `=`: special as keys at most, otherwise text.
  case merge, equals

  init(ofPlain text: String) {
    var text = text
    self = text.withUTF8(Self.find)
  }

  private static func find(_ bytes: UnsafeBufferPointer<UInt8>) -> ScalarKind {
    guard let first = bytes.first else { return .null }
    if first.isOne(of: "yYtTfFoOnN") {
      if ScalarParser.isBoolean(bytes) { return .bool }
      return bytes.isOne(of: "null", "Null", "NULL") ? .null : .string
    }
    if first.digit(radix: 10) != nil || first.isOne(of: "-+.") {
      if isFloat(bytes) { return .float }
      if isInt(bytes) { return .int }
      return ScalarParser.timestampParts(bytes, isPadded: true) != nil ? .timestamp : .string
    }
    if bytes.isOne(of: "~") { return .null }
    if bytes.isOne(of: "<<") { return .merge }
    return bytes.isOne(of: "=") ? .equals : .string
  }

  /// `[-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)?`, `\.[0-9][0-9_]*([eE][-+][0-9]+)?`,
  /// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*`, `[-+]?\.(inf|Inf|INF)`, `\.(nan|NaN|NAN)`
  private static func isFloat(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    if bytes.isOne(of: ".nan", ".NaN", ".NAN") { return true }
    var cursor = ScalarCursor(bytes)
    let isSigned = cursor.takeSign()
    if cursor.take(".") {
      if cursor.isAtDigit, !isSigned {
        cursor.skipDigitsAndUnderscores()
        return cursor.takeExponent() && cursor.isAtEnd
      }
      return cursor.rest.isOne(of: "inf", "Inf", "INF")
    }
    guard cursor.isAtDigit else { return false }
    cursor.skipDigitsAndUnderscores()
    if cursor.take(".") {
      cursor.skipDigitsAndUnderscores()
      return cursor.takeExponent() && cursor.isAtEnd
    }
    guard cursor.takeSexagesimalTail(), cursor.take(".") else { return false }
    cursor.skipDigitsAndUnderscores()
    return cursor.isAtEnd
  }

  /// `[-+]?0b[0-1_]+`, `[-+]?0[0-7_]+`, `[-+]?0x[0-9a-fA-F_]+`, `[-+]?(0|[1-9][0-9_]*)`,
  /// `[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+`
  static func isInt(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var cursor = ScalarCursor(bytes)
    _ = cursor.takeSign()
    guard cursor.isAtDigit else { return false }
    if cursor.take("0") {
      if cursor.isAtEnd { return true }
      let isMember: (UInt8) -> Bool =
        if cursor.take("b") {
          { $0.isOne(of: "01_") }
        } else if cursor.take("x") {
          { $0.digit(radix: 16) != nil || $0.isOne(of: "_") }
        } else {
          { $0.digit(radix: 8) != nil || $0.isOne(of: "_") }
        }
      return cursor.skip(while: isMember) > 0 && cursor.isAtEnd
    }
    cursor.skipDigitsAndUnderscores()
    return cursor.isAtEnd || (cursor.takeSexagesimalTail() && cursor.isAtEnd)
  }
}
