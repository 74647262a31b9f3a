import CPCRE2

/// A regular expression with the syntax and meaning of Python's `re` on text, run by PCRE2 with its
/// compiler. Compiled once, immutable, free to use from any thread.
/// Matching work is counted: over `matchStepsMax` it ends with `limitReached`, never with "no
/// match". Known differences: a match that needs more than 1 MiB of PCRE2's stack ends with
/// `limitReached` too; literals that ignore case in ASCII mode also equate the Kelvin sign with k,
/// the long s with s.
public final class Regex: @unchecked Sendable {
  /// Python's flags `I`, `M`, `S`, `X` and `A`.
  public struct Flags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let ignoreCase = Flags(rawValue: 1)
    public static let multiline = Flags(rawValue: 2)
    public static let dotAll = Flags(rawValue: 4)
    public static let verbose = Flags(rawValue: 8)
    public static let ascii = Flags(rawValue: 16)
  }

  /// Where a match may stand: `re.search`, `re.match`, `re.fullmatch`.
  public enum Anchor: Sendable { case anywhere, start, whole }

  public static let patternBytesMax = 16_384

  public let pattern: String
  /// Capturing groups, the whole match not counted.
  public let groupCount: Int
  public let groupNames: [String: Int]
  private let code: OpaquePointer
  private let context: OpaquePointer

  /// Errors are `malformed` with the place in the pattern, or `limitReached` for one that is too
  /// big.
  public init(
    _ pattern: String, flags: Flags = [], anchor: Anchor = .anywhere,
    matchStepsMax: Int = EvaluationLimits.standard.matchStepsMax
  ) throws(ExpressionError) {
    guard pattern.utf8.count <= Self.patternBytesMax else {
      throw .limitReached(.init("a pattern of more than \(Self.patternBytesMax) bytes"))
    }
    let translation = try RegexTranslation(of: pattern, flags: flags)
    self.pattern = pattern
    groupCount = translation.groupCount
    groupNames = translation.groupNames
    code = try Self.compile(translation, anchor)
    guard let context = pcre2_match_context_create_8(nil) else {
      pcre2_code_free_8(code)
      throw .limitReached(.init("no memory for a pattern"))
    }
    self.context = context
    pcre2_set_match_limit_8(context, UInt32(clamping: max(1, matchStepsMax)))
  }

  deinit {
    pcre2_code_free_8(code)
    pcre2_match_context_free_8(context)
  }

  private static func compile(
    _ translation: RegexTranslation, _ anchor: Anchor
  ) throws(ExpressionError) -> OpaquePointer {
    var options = UInt32(PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C)
    if translation.flags.contains(.ignoreCase) { options |= UInt32(PCRE2_CASELESS) }
    if translation.flags.contains(.multiline) { options |= UInt32(PCRE2_MULTILINE) }
    if translation.flags.contains(.dotAll) { options |= UInt32(PCRE2_DOTALL) }
    switch anchor {
    case .anywhere: break
    case .start: options |= UInt32(PCRE2_ANCHORED)
    case .whole: options |= UInt32(PCRE2_ANCHORED | PCRE2_ENDANCHORED)
    }
    let context = pcre2_compile_context_create_8(nil)
    defer { pcre2_compile_context_free_8(context) }
    pcre2_set_newline_8(context, UInt32(PCRE2_NEWLINE_LF))
    var fault: Int32 = 0
    var offset = 0
    let compiled = translation.output.withBytes {
      pcre2_compile_8($0.baseAddress, $0.count, options, &fault, &offset, context)
    }
    guard let compiled else {
      // The translation has checked the syntax, so what is refused here is refused for its size.
      throw .limitReached(.init("the pattern is too large: \(errorText(fault))"))
    }
    pcre2_jit_compile_8(compiled, UInt32(PCRE2_JIT_COMPLETE))
    return compiled
  }

  private static func errorText(_ code: Int32) -> String {
    var text = [UInt8](repeating: 0, count: 256)
    let count = pcre2_get_error_message_8(code, &text, text.count)
    return count > 0 ? String(decoding: text[..<Int(count)], as: UTF8.self) : "error \(code)"
  }
}

extension Regex {
  /// A match as offsets in bytes of UTF-8: the whole one first, then each group, nil for a group
  /// that took no part.
  public struct Match: Sendable {
    public let ranges: [Range<Int>?]

    /// The text of a group, `text` being what was searched.
    public func group(_ number: Int, in text: String) -> String? {
      guard ranges.indices.contains(number), let range = ranges[number] else { return nil }
      let utf8 = text.utf8
      let start = utf8.index(utf8.startIndex, offsetBy: range.lowerBound)
      return String(text[start..<utf8.index(start, offsetBy: range.count)])
    }
  }

  public func matches(_ text: String) throws(ExpressionError) -> Bool {
    try firstMatch(in: text) != nil
  }

  /// The same on UTF-8 that is known to be valid, as a string in a parsed document is.
  public func matches(utf8 text: UnsafeBufferPointer<UInt8>) throws(ExpressionError) -> Bool {
    try search(text, from: 0, notEmptyAtStart: false).get() != nil
  }

  public func firstMatch(in text: String) throws(ExpressionError) -> Match? {
    try text.withBytes { search($0, from: 0, notEmptyAtStart: false) }.get()
  }

  /// All matches from left to right that do not overlap, as `re.finditer` finds them: an empty
  /// match may follow directly on another match, but not be found twice at one place.
  func allMatches(
    in text: String, max count: Int = .max, _ budget: inout Budget
  ) throws(ExpressionError) -> [Match] {
    var matches: [Match] = []
    var offset = 0
    var mustAdvance = false
    while matches.count < count {
      try budget.spend()
      let found = text.withBytes { search($0, from: offset, notEmptyAtStart: mustAdvance) }
      guard let match = try found.get(), let range = match.ranges[0] else { break }
      matches.append(match)
      mustAdvance = range.isEmpty
      offset = range.upperBound
    }
    return matches
  }

  private func search(
    _ text: UnsafeBufferPointer<UInt8>, from offset: Int, notEmptyAtStart: Bool
  ) -> Result<Match?, ExpressionError> {
    guard let data = pcre2_match_data_create_from_pattern_8(code, nil) else {
      return .failure(.limitReached(.init("no memory to match a pattern")))
    }
    defer { pcre2_match_data_free_8(data) }
    let options =
      UInt32(PCRE2_NO_UTF_CHECK) | (notEmptyAtStart ? UInt32(PCRE2_NOTEMPTY_ATSTART) : 0)
    let empty: [UInt8] = [0]
    let status = empty.withUnsafeBufferPointer { empty in
      let start = text.baseAddress ?? empty.baseAddress
      let status = pcre2_match_8(code, start, text.count, offset, options, data, context)
      guard status == PCRE2_ERROR_JIT_STACKLIMIT else { return status }
      return matchWithStack { pcre2_match_8(code, start, text.count, offset, options, data, $0) }
    }
    if status == PCRE2_ERROR_NOMATCH { return .success(nil) }
    guard status > 0, let vector = pcre2_get_ovector_pointer_8(data) else {
      return .failure(
        .limitReached(.init("matching was stopped: \(Self.errorText(status))")))
    }
    let ranges = (0...groupCount).map { group -> Range<Int>? in
      guard group < Int(status), vector[2 * group] != Self.unset else { return nil }
      // `\K` is not in the language, so a start never lies behind its end.
      return vector[2 * group]..<vector[2 * group + 1]
    }
    return .success(Match(ranges: ranges))
  }

  /// PCRE2_UNSET, which is no constant in Swift.
  private static var unset: Int { Int(bitPattern: UInt.max) }

  /// The compiled code uses 32 KiB of the thread's stack; the rare match that needs more is tried
  /// again with memory of its own.
  private func matchWithStack(_ match: (OpaquePointer?) -> Int32) -> Int32 {
    guard let stack = pcre2_jit_stack_create_8(32 << 10, 1 << 20, nil),
      let roomy = pcre2_match_context_copy_8(context)
    else { return PCRE2_ERROR_JIT_STACKLIMIT }
    defer {
      pcre2_match_context_free_8(roomy)
      pcre2_jit_stack_free_8(stack)
    }
    pcre2_jit_stack_assign_8(roomy, nil, UnsafeMutableRawPointer(stack))
    return match(roomy)
  }
}
