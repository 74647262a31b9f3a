/// Cuts a text into words, numbers and single other characters, as `dateutil` does: a point inside
/// a number is a decimal point when it is the only one, otherwise a separator.
enum DateTokens {
  private enum State { case none, word, number, wordWithPoint, numberWithPoint }

  static func split(_ text: String) -> [String] {
    let scalars = Array(text.unicodeScalars.filter { $0.value != 0 })
    var tokens: [String] = []
    var index = 0
    while index < scalars.count {
      let start = index
      let (state, seenLetters) = scan(scalars, &index)
      tokens += parts(scalars[start..<index], state, seenLetters)
    }
    return tokens
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .decimalNumber
  }

  /// Moves `index` behind one token.
  private static func scan(
    _ scalars: [Unicode.Scalar], _ index: inout Int
  ) -> (State, seenLetters: Bool) {
    let start = index
    let first = scalars[start]
    index += 1
    var state: State = isLetter(first) ? .word : isDigit(first) ? .number : .none
    guard state != .none else { return (.none, false) }
    var seenLetters = false
    while index < scalars.count {
      let next = scalars[index]
      let isPointBefore = scalars[index - 1] == "."
      switch state {
      case .word:
        seenLetters = true
        if next == "." {
          state = .wordWithPoint
        } else if !isLetter(next) {
          return (state, seenLetters)
        }
      case .number:
        if next == "." || (next == "," && index - start >= 2) {
          state = .numberWithPoint
        } else if !isDigit(next) {
          return (state, seenLetters)
        }
      case .wordWithPoint:
        seenLetters = true
        if isDigit(next), isPointBefore {
          state = .numberWithPoint
        } else if next != ".", !isLetter(next) {
          return (state, seenLetters)
        }
      case .numberWithPoint:
        if isLetter(next), isPointBefore {
          state = .wordWithPoint
        } else if next != ".", !isDigit(next) {
          return (state, seenLetters)
        }
      case .none: break
      }
      index += 1
    }
    return (state, seenLetters)
  }

  private static func parts(
    _ token: ArraySlice<Unicode.Scalar>, _ state: State, _ seenLetters: Bool
  ) -> [String] {
    func text(_ scalars: some Sequence<Unicode.Scalar>) -> String {
      var text = ""
      text.unicodeScalars.append(contentsOf: scalars)
      return text
    }
    if state == .none, let only = token.first {
      return [PythonText.isSpace(only) ? " " : text(token)]
    }
    let points = token.count { $0 == "." }
    let endsOpen = token.last == "." || token.last == ","
    if state == .wordWithPoint || state == .numberWithPoint,
      seenLetters || points > 1 || endsOpen
    {
      var parts: [[Unicode.Scalar]] = [[]]
      for scalar in token {
        if scalar == "." || scalar == "," {
          parts += [[scalar], []]
        } else {
          parts[parts.count - 1].append(scalar)
        }
      }
      return [text(parts[0])] + parts.dropFirst().filter { !$0.isEmpty }.map(text)
    }
    // A comma as the only mark is a decimal point.
    if state == .numberWithPoint, points == 0 { return [text(token.map { $0 == "," ? "." : $0 })] }
    return [text(token)]
  }
}
