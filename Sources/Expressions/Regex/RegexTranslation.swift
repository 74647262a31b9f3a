/// Reads a pattern as Python's `re` does and writes the same for PCRE2. Whatever Python refuses is
/// refused here with Python's words; whatever reads alike but means something else is written out.
/// Offsets in messages count code points from 0, as Python's do.
struct RegexTranslation {
  static let nestingMax = 200
  /// PCRE2's largest repetition count.
  static let repeatMax = 65_535

  private(set) var output = ""
  /// The flags given and those that the pattern sets for all of itself.
  private(set) var flags: Regex.Flags
  private(set) var groupNames: [String: Int] = [:]
  var groupCount: Int { groupWidths.count - 1 }

  var reader: RegexReader
  /// The width of each closed group; nil while it is open. Group 0 is never referred to.
  private var groupWidths: [RegexWidth?] = [RegexWidth(0)]
  /// The number of groups when the outermost look-behind opened.
  private var lookBehindGroups: Int?
  private var highestCondition: (group: Int, offset: Int)?

  init(of pattern: String, flags: Regex.Flags) throws(ExpressionError) {
    reader = RegexReader(pattern)
    self.flags = flags
    let (text, _) = try alternatives(flags, depth: 0)
    if reader.next != nil { throw reader.error("unbalanced parenthesis", at: reader.offset) }
    if let highestCondition, highestCondition.group > groupCount {
      throw reader.error(
        "invalid group reference \(highestCondition.group)", at: highestCondition.offset)
    }
    output = text
  }
}

// MARK: - Sequences

extension RegexTranslation {
  private func checkDepth(_ depth: Int) throws(ExpressionError) {
    if depth > Self.nestingMax {
      throw .limitReached(.init("a pattern nested more than \(Self.nestingMax) deep"))
    }
  }

  private mutating func alternatives(
    _ scope: Regex.Flags, depth: Int
  ) throws(ExpressionError) -> (String, RegexWidth) {
    try checkDepth(depth)
    var (text, width) = try sequence(scope, depth: depth, isFirst: depth == 0)
    while reader.take("|") {
      // Flags that the first branch set for the whole pattern hold in the others too.
      let scope = depth == 0 ? flags : scope
      let (next, nextWidth) = try sequence(scope, depth: depth, isFirst: false)
      text += "|" + next
      width = width.or(nextWidth)
    }
    return (text, width)
  }

  private mutating func sequence(
    _ scope: Regex.Flags, depth: Int, isFirst: Bool
  ) throws(ExpressionError) -> (String, RegexWidth) {
    var scope = scope
    var items: [RegexItem] = []
    while let next = reader.next, next != "|", next != ")" {
      let start = reader.offset
      reader.advance()
      if scope.contains(.verbose), skipsVerbose(next) { continue }
      switch next {
      case "*", "+", "?", "{":
        guard let range = try quantifier(next, start) else {
          items.append(literal("{", scope))
          continue
        }
        try repeatLast(&items, range, start)
      case "(":
        let item = try group(scope, depth: depth, maySetAll: isFirst && items.isEmpty, start)
        if let item { items.append(item) }
        if isFirst, items.isEmpty { scope = flags }
      default:
        items.append(try simple(next, scope, start))
      }
    }
    let width = items.reduce(RegexWidth(0)) { $0.then($1.width) }
    return (items.map(\.text).joined(), width)
  }

  private mutating func skipsVerbose(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case " ", "\t", "\n", "\r", "\u{B}", "\u{C}": return true
    case "#":
      while let next = reader.next {
        reader.advance()
        if next == "\n" { break }
      }
      return true
    default: return false
    }
  }

  private mutating func simple(
    _ scalar: Unicode.Scalar, _ scope: Regex.Flags, _ start: Int
  ) throws(ExpressionError) -> RegexItem {
    switch scalar {
    case ".": RegexItem(text: ".", width: RegexWidth(1))
    case "^": RegexItem(text: "^", width: RegexWidth(0), kind: .position)
    case "$": RegexItem(text: "$", width: RegexWidth(0), kind: .position)
    case "[": RegexItem(text: try characterClass(scope, start), width: RegexWidth(1))
    case "\\": try escape(scope, start)
    default: literal(scalar, scope)
    }
  }

  func literal(_ scalar: Unicode.Scalar, _ scope: Regex.Flags) -> RegexItem {
    RegexItem(text: RegexCharacters.literal(scalar, scope), width: RegexWidth(1))
  }

  /// The reference `\n` or `(?P=name)` to a group that is closed by now.
  mutating func reference(to group: Int, _ start: Int) throws(ExpressionError) -> RegexItem {
    guard group <= groupCount else {
      throw reader.error("invalid group reference \(group)", at: start + 1)
    }
    guard let width = groupWidths[group] else {
      throw reader.error("cannot refer to an open group", at: start)
    }
    try checkLookBehind(group, start)
    return RegexItem(text: "\\g{\(group)}", width: width)
  }

  private func checkLookBehind(_ group: Int, _ start: Int) throws(ExpressionError) {
    guard let lookBehindGroups else { return }
    guard group <= groupCount, groupWidths[group] != nil else {
      throw reader.error("cannot refer to an open group", at: start)
    }
    if group > lookBehindGroups {
      throw reader.error(
        "cannot refer to group defined in the same lookbehind subpattern", at: start)
    }
  }
}

// MARK: - Repetition

extension RegexTranslation {
  /// Nil for a `{` that opens no repetition and is a character.
  private mutating func quantifier(
    _ mark: Unicode.Scalar, _ start: Int
  ) throws(ExpressionError) -> (min: Int, max: Int?)? {
    switch mark {
    case "*": return (0, nil)
    case "+": return (1, nil)
    case "?": return (0, 1)
    default: break
    }
    if reader.next == "}" { return nil }
    let mark = reader.offset
    let low = reader.digits()
    let high = reader.take(",") ? reader.digits() : low
    guard reader.take("}") else {
      reader.offset = mark
      return nil
    }
    let min = low.isEmpty ? 0 : Int(low) ?? .max
    let max = high.isEmpty ? nil : Int(high) ?? .max
    if min > Self.repeatMax || (max ?? 0) > Self.repeatMax {
      throw .limitReached(.init("a repetition of more than \(Self.repeatMax)"))
    }
    if let max, max < min { throw reader.error("min repeat greater than max repeat", at: start) }
    return (min, max)
  }

  private mutating func repeatLast(
    _ items: inout [RegexItem], _ range: (min: Int, max: Int?), _ start: Int
  ) throws(ExpressionError) {
    guard let item = items.last, item.kind != .position else {
      throw reader.error("nothing to repeat", at: start)
    }
    if item.kind == .repeated { throw reader.error("multiple repeat", at: start) }
    let greed = reader.take("?") ? "?" : reader.take("+") ? "+" : ""
    let count =
      switch (range.min, range.max) {
      case (0, nil): "*"
      case (1, nil): "+"
      case (0, 1): "?"
      case (let min, nil): "{\(min),}"
      case (let min, let max?): "{\(min),\(max)}"
      }
    items[items.count - 1] = RegexItem(
      text: item.text + count + greed, width: item.width.times(range.min, range.max),
      kind: .repeated)
  }
}

// MARK: - Groups

extension RegexTranslation {
  /// Nil for what adds nothing: a comment, flags for the whole pattern.
  private mutating func group(
    _ scope: Regex.Flags, depth: Int, maySetAll: Bool, _ start: Int
  ) throws(ExpressionError) -> RegexItem? {
    guard reader.take("?") else { return try capture(nil, scope, depth: depth, start) }
    guard let mark = reader.next else { throw reader.error("unexpected end of pattern") }
    reader.advance()
    switch mark {
    case "P": return try named(scope, depth: depth, start)
    case ":": return try inner("(?:", scope, depth: depth, start)
    case ">": return try inner("(?>", scope, depth: depth, start)
    case "#":
      while let next = reader.next, next != ")" { reader.advance() }
      guard reader.take(")") else {
        throw reader.error("missing ), unterminated comment", at: start)
      }
      return nil
    case "=", "!": return try lookAhead(mark, scope, depth: depth, start)
    case "<": return try lookBehind(scope, depth: depth, start)
    case "(": return try conditional(scope, depth: depth, start)
    case _ where mark == "-" || RegexFlagSetting.flag(mark) != nil:
      switch try RegexFlagSetting.read(from: mark, &reader) {
      case .global(let added):
        guard maySetAll else {
          throw reader.error("global flags not at the start of the expression", at: start)
        }
        flags.formUnion(added)
        return nil
      case .scoped(let setting):
        return try inner(
          setting.opening, setting.applied(to: scope), depth: depth, start)
      }
    default:
      throw reader.error("unknown extension ?\(mark)", at: start + 1)
    }
  }

  private mutating func close(_ start: Int) throws(ExpressionError) {
    guard reader.take(")") else {
      throw reader.error("missing ), unterminated subpattern", at: start)
    }
  }

  private mutating func inner(
    _ opening: String, _ scope: Regex.Flags, depth: Int, _ start: Int
  ) throws(ExpressionError) -> RegexItem {
    let (text, width) = try alternatives(scope, depth: depth + 1)
    try close(start)
    return RegexItem(text: opening + text + ")", width: width)
  }

  private mutating func capture(
    _ name: String?, _ scope: Regex.Flags, depth: Int, _ start: Int
  ) throws(ExpressionError) -> RegexItem {
    let number = groupWidths.count
    groupWidths.append(nil)
    if let name {
      if let other = groupNames[name] {
        throw reader.error(
          "redefinition of group name '\(name)' as group \(number); was group \(other)", at: start)
      }
      groupNames[name] = number
    }
    let item = try inner("(", scope, depth: depth, start)
    groupWidths[number] = item.width
    return item
  }

  private mutating func named(
    _ scope: Regex.Flags, depth: Int, _ start: Int
  ) throws(ExpressionError) -> RegexItem {
    if reader.take("<") {
      let name = try reader.name(until: ">")
      guard RegexReader.isIdentifier(name) else {
        throw reader.error("bad character in group name '\(name)'", at: start + 4)
      }
      return try capture(name, scope, depth: depth, start)
    }
    guard reader.take("=") else {
      let found = reader.next.map { "unknown extension ?P\($0)" } ?? "unexpected end of pattern"
      throw reader.error(found, at: start + 1)
    }
    let name = try reader.name(until: ")")
    guard let number = groupNames[name] else {
      throw reader.error("unknown group name '\(name)'", at: start + 4)
    }
    return try reference(to: number, start)
  }

  private mutating func lookAhead(
    _ mark: Unicode.Scalar, _ scope: Regex.Flags, depth: Int, _ start: Int
  ) throws(ExpressionError) -> RegexItem {
    var item = try inner("(?\(mark)", scope, depth: depth, start)
    item.width = RegexWidth(0)
    return item
  }

  private mutating func lookBehind(
    _ scope: Regex.Flags, depth: Int, _ start: Int
  ) throws(ExpressionError) -> RegexItem {
    guard let mark = reader.next else { throw reader.error("unexpected end of pattern") }
    guard mark == "=" || mark == "!" else {
      throw reader.error("unknown extension ?<\(mark)", at: start + 1)
    }
    reader.advance()
    let outer = lookBehindGroups
    if outer == nil { lookBehindGroups = groupCount }
    var item = try inner("(?<\(mark)", scope, depth: depth, start)
    lookBehindGroups = outer
    guard item.width.isFixed else {
      throw reader.error("look-behind requires fixed-width pattern", at: start)
    }
    item.width = RegexWidth(0)
    return item
  }

  private mutating func conditional(
    _ scope: Regex.Flags, depth: Int, _ start: Int
  ) throws(ExpressionError) -> RegexItem {
    try checkDepth(depth + 1)
    let name = try reader.name(until: ")")
    let number: Int
    if RegexReader.isIdentifier(name) {
      guard let found = groupNames[name] else {
        throw reader.error("unknown group name '\(name)'", at: start + 3)
      }
      number = found
    } else {
      guard let found = PythonNumbers.int(name), found >= 0, name.utf8.allSatisfy({ $0 < 0x80 })
      else { throw reader.error("bad character in group name '\(name)'", at: start + 3) }
      if found == 0 { throw reader.error("bad group number", at: start + 3) }
      number = found
    }
    if number > highestCondition?.group ?? 0 { highestCondition = (number, start + 3) }
    try checkLookBehind(number, start)
    let (yes, yesWidth) = try sequence(scope, depth: depth + 1, isFirst: false)
    var text = "(?(\(number))\(yes)"
    var width = yesWidth.or(RegexWidth(0))
    if reader.take("|") {
      let (no, noWidth) = try sequence(scope, depth: depth + 1, isFirst: false)
      if reader.next == "|" {
        throw reader.error("conditional backref with more than two branches", at: reader.offset)
      }
      text += "|" + no
      width = yesWidth.or(noWidth)
    }
    try close(start)
    return RegexItem(text: text + ")", width: width)
  }
}
