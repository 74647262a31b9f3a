/// A name, number or keyword in a line of code, and where it stands.
struct Word: Equatable {
  let text: Substring

  /// The words of a line, from left to right.
  static func all(in line: String) -> [Word] {
    line.utf8.split { !isPart($0) }.map { Word(text: Substring($0)) }
  }

  /// All that is not ASCII counts as a letter.
  static func isPart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
      true
    default: false
    }
  }

  /// What stands directly behind the word in its line.
  var rest: Substring { text.base[text.endIndex...] }
  /// What stands before the word in its line.
  var before: Substring { text.base[..<text.startIndex] }

  /// `FooBarURL2` gives `Foo`, `Bar`, `URL2`.
  static func parts(ofName name: some StringProtocol) -> [String] {
    var parts: [String] = []
    var previous: Character?
    let characters = Array(name)
    for (index, character) in characters.enumerated() {
      let isLower = index + 1 < characters.count && characters[index + 1].isLowercase
      let begins =
        character.isUppercase && (previous?.isUppercase != true || isLower)
        || previous == "_" || previous == nil
      if begins { parts.append("") }
      parts[parts.count - 1].append(character)
      previous = character
    }
    return parts
  }
}
