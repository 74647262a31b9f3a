/// One item of a sequence, written for PCRE2, ready to take a repetition.
struct RegexItem {
  enum Kind { case plain, position, repeated }

  let text: String
  var width: RegexWidth
  var kind = Kind.plain
}

/// How many code points an item can match. Saturates far above what a look-behind may have.
struct RegexWidth: Hashable {
  private static let most = 1 << 24

  let min: Int
  let max: Int

  init(_ width: Int) { self.init(width, width) }

  private init(_ min: Int, _ max: Int) {
    self.min = Swift.min(min, Self.most)
    self.max = Swift.min(max, Self.most)
  }

  var isFixed: Bool { min == max }

  func then(_ next: RegexWidth) -> RegexWidth { RegexWidth(min + next.min, max + next.max) }

  func or(_ other: RegexWidth) -> RegexWidth {
    RegexWidth(Swift.min(min, other.min), Swift.max(max, other.max))
  }

  func times(_ least: Int, _ most: Int?) -> RegexWidth {
    RegexWidth(min * least, most.map { max * $0 } ?? (max == 0 ? 0 : Self.most))
  }
}

/// The pattern as code points with a place in it.
struct RegexReader {
  private let pattern: String
  private let scalars: [Unicode.Scalar]
  var offset = 0

  init(_ pattern: String) {
    self.pattern = pattern
    scalars = Array(pattern.unicodeScalars)
  }

  var next: Unicode.Scalar? { offset < scalars.count ? scalars[offset] : nil }

  mutating func advance() { offset += 1 }

  mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    offset += 1
    return true
  }

  /// ASCII digits, as many as there are.
  mutating func digits() -> String { take(while: { ("0"..."9").contains($0) }, max: .max) }

  mutating func take(while isTaken: (Unicode.Scalar) -> Bool, max: Int) -> String {
    var taken = ""
    while taken.unicodeScalars.count < max, let scalar = next, isTaken(scalar) {
      taken.unicodeScalars.append(scalar)
      offset += 1
    }
    return taken
  }

  /// A name that ends before `terminator`, which is passed over.
  mutating func name(until terminator: Unicode.Scalar) throws(ExpressionError) -> String {
    let name = take(while: { $0 != terminator }, max: .max)
    guard take(terminator) else {
      throw error(
        name.isEmpty ? "missing group name" : "missing \(terminator), unterminated name",
        at: offset - name.unicodeScalars.count)
    }
    if name.isEmpty { throw error("missing group name", at: offset - 1) }
    return name
  }

  static func isIdentifier(_ name: String) -> Bool {
    guard let first = name.unicodeScalars.first else { return false }
    return (first == "_" || first.properties.isXIDStart)
      && name.unicodeScalars.allSatisfy { $0 == "_" || $0.properties.isXIDContinue }
  }

  func error(_ message: String, at offset: Int? = nil) -> ExpressionError {
    let place = min(offset ?? self.offset, scalars.count)
    let bytes = scalars[..<place].reduce(0) { $0 + UTF8.width($1) }
    return .malformed(
      .init(
        "\(message) at position \(place)",
        at: SourcePlace(of: bytes, in: Array(pattern.utf8))))
  }
}

/// `(?imsx)` for the whole pattern, `(?i-s:...)` for a group.
enum RegexFlagSetting {
  struct Scoped {
    var on: Regex.Flags = []
    var off: Regex.Flags = []
    var isUnicode = false

    func applied(to scope: Regex.Flags) -> Regex.Flags {
      scope.subtracting(isUnicode ? off.union(.ascii) : off).union(on)
    }

    /// Only what PCRE2 has to know; the translation sees to the others.
    var opening: String {
      let off = off.isEmpty ? "" : "-" + Self.letters(off)
      return "(?" + Self.letters(on) + (off == "-" ? "" : off) + ":"
    }

    private static func letters(_ flags: Regex.Flags) -> String {
      (flags.contains(.ignoreCase) ? "i" : "") + (flags.contains(.multiline) ? "m" : "")
        + (flags.contains(.dotAll) ? "s" : "")
    }
  }

  case global(Regex.Flags)
  case scoped(Scoped)

  /// `u` and `L` are letters of the language too, though they set nothing.
  static func flag(_ letter: Unicode.Scalar) -> Regex.Flags? {
    switch letter {
    case "i": .ignoreCase
    case "m": .multiline
    case "s": .dotAll
    case "x": .verbose
    case "a": .ascii
    case "u", "L": []
    default: nil
    }
  }

  private static func isType(_ letter: Unicode.Scalar) -> Bool {
    letter == "a" || letter == "u" || letter == "L"
  }

  /// Reads on behind the first letter or `-`.
  static func read(
    from first: Unicode.Scalar, _ reader: inout RegexReader
  ) throws(ExpressionError) -> RegexFlagSetting {
    var setting = Scoped()
    var letter = first
    var typeLetter: Unicode.Scalar?
    if first != "-" {
      letters: while let flag = flag(letter) {
        if letter == "L" {
          throw reader.error("bad inline flags: cannot use 'L' flag with a str pattern")
        }
        if isType(letter) {
          if let typeLetter, typeLetter != letter {
            throw reader.error("bad inline flags: flags 'a', 'u' and 'L' are incompatible")
          }
          typeLetter = letter
        }
        setting.on.formUnion(flag)
        letter = try next(&reader, orMissing: "-, : or )")
        if letter == ")" { return .global(setting.on) }
        if letter == ":" || letter == "-" { break letters }
        guard Self.flag(letter) != nil else {
          throw unknown(letter, reader, orMissing: "-, : or )")
        }
      }
    }
    setting.isUnicode = typeLetter == "u"
    if letter == "-" { setting.off = try readOff(&reader) }
    if !setting.on.isDisjoint(with: setting.off) {
      throw reader.error("bad inline flags: flag turned on and off")
    }
    return .scoped(setting)
  }

  private static func readOff(_ reader: inout RegexReader) throws(ExpressionError) -> Regex.Flags {
    var off: Regex.Flags = []
    var letter = try next(&reader, orMissing: "flag")
    repeat {
      guard let flag = flag(letter) else { throw unknown(letter, reader, orMissing: "flag") }
      if isType(letter) {
        throw reader.error("bad inline flags: cannot turn off flags 'a', 'u' and 'L'")
      }
      off.formUnion(flag)
      letter = try next(&reader, orMissing: ":")
    } while letter != ":"
    return off
  }

  private static func next(
    _ reader: inout RegexReader, orMissing expected: String
  ) throws(ExpressionError) -> Unicode.Scalar {
    guard let letter = reader.next else { throw reader.error("missing \(expected)") }
    reader.advance()
    return letter
  }

  private static func unknown(
    _ letter: Unicode.Scalar, _ reader: RegexReader, orMissing expected: String
  ) -> ExpressionError {
    reader.error(letter.properties.isAlphabetic ? "unknown flag" : "missing \(expected)")
  }
}
