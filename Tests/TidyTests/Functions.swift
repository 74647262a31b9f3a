/// A function, initializer or subscript with a body, and how many lines it takes from its name to
/// its closing brace.
struct Function: Equatable {
  let name: String
  /// Counted from 1.
  let line: Int
  let lineCount: Int
}

extension SourceFile {
  /// In the order of their names' lines; one inside another counts for both.
  var functions: [Function] {
    guard isSwift else { return [] }
    var functions: [Function] = []
    for (index, line) in code.enumerated() {
      for word in words[index] {
        guard Self.opensFunction(word) else { continue }
        let column = line.distance(from: line.startIndex, to: word.text.endIndex)
        guard let end = endOfBody(line: index, column: column) else { continue }
        functions.append(
          Function(name: nameOfFunction(word), line: index + 1, lineCount: end - index + 1))
      }
    }
    return functions
  }

  private static func opensFunction(_ word: Word) -> Bool {
    switch word.text {
    case "func": true
    // Not a call of one: `self.init(`, `Foo.init`.
    case "init", "subscript":
      word.before.last != "." && ["(", "<", "?", "!"].contains(word.rest.first)
    case "deinit": word.rest.drop { $0 == " " }.first == "{"
    default: false
    }
  }

  private func nameOfFunction(_ word: Word) -> String {
    guard word.text == "func" else { return String(word.text) }
    let name = word.rest.drop { $0 == " " }.prefix { $0 != "(" && $0 != "<" && $0 != "{" }
    return "func \(name)"
  }

  /// The line, counted from 0, of the brace that closes the body of what is declared there; nil if
  /// it has none, as in a protocol.
  private func endOfBody(line: Int, column: Int) -> Int? {
    var counter = BraceCounter()
    for index in line..<code.count {
      let text = index == line ? code[index].dropFirst(column) : code[index].dropFirst(0)
      if index > line, counter.isBeforeBody, !Self.goesOn(text, after: code[index - 1]) {
        return nil
      }
      switch counter.read(text) {
      case .closed: return index
      case .left: return nil
      case .open: continue
      }
    }
    return nil
  }

  /// Whether a line belongs to the declaration that the line before has begun.
  private static func goesOn(_ line: Substring, after previous: String) -> Bool {
    let first = line.drop { $0 == " " }
    let starts = ["{", "->", "where", "throws", "async", "rethrows", ")", "&"]
    if starts.contains(where: first.hasPrefix) { return true }
    let last = previous.last { $0 != " " } ?? " "
    return [",", "&", "(", ">"].contains(last)
  }
}

/// Counts brackets of code from a declaration's name on, until its body is closed.
struct BraceCounter {
  enum State { case open, closed, left }

  /// Round and square brackets; a brace within them opens no body.
  private var depth = 0
  private var braces = 0

  /// Between name and body, outside of all brackets.
  var isBeforeBody: Bool { depth == 0 && braces == 0 }

  /// `closed` when the body ends in this line, `left` when what surrounds the declaration ends.
  mutating func read(_ text: Substring) -> State {
    for character in text {
      switch character {
      case "(", "[": depth += 1
      case ")", "]": depth -= 1
      case "{" where depth == 0 || braces > 0: braces += 1
      case "}" where braces > 0:
        braces -= 1
        if braces == 0 { return .closed }
      case "}" where depth == 0: return .left
      default: break
      }
      if braces == 0, depth < 0 { return .left }
    }
    return .open
  }
}
