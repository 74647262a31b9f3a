/// A type as a file declares it.
struct DeclaredType: Equatable {
  let name: String
  let keyword: String
  let isPublic: Bool
  /// Counted from 1.
  let line: Int
}

extension SourceFile {
  private static let keywordsOfTypes: Set<String> = [
    "struct", "class", "enum", "protocol", "actor", "typealias", "associatedtype",
  ]
  private static let wordsAfterClass: Set<String> = ["func", "var", "let", "subscript"]

  var declaredTypes: [DeclaredType] {
    guard isSwift else { return [] }
    var types: [DeclaredType] = []
    for (index, found) in words.enumerated() {
      let words = found.map { String($0.text) }
      guard !words.contains("import") else { continue }
      for (place, word) in words.enumerated().dropLast()
      where Self.keywordsOfTypes.contains(word) {
        let name = words[place + 1]
        guard name.first?.isUppercase == true, !Self.wordsAfterClass.contains(name) else {
          continue
        }
        types.append(
          DeclaredType(
            name: name, keyword: word, isPublic: words[..<place].contains("public"),
            line: index + 1))
      }
    }
    return types
  }

  /// Words that say nothing of a type's field, each with what to do instead.
  private static let emptyWords: [String: String] = [
    "Manager": "name what it does", "Managers": "name what it does",
    "Helper": "put the function on the type that it helps",
    "Helpers": "put the functions on the type that they help",
    "Util": "put the function on the type that it is about",
    "Utils": "put the functions on the types that they are about",
    "Utility": "put the function on the type that it is about",
    "Utilities": "put the functions on the types that they are about",
    "Common": "name what the users have in common", "Base": "name what it is; prefer a protocol",
    "Impl": "name how it differs from the others", "Wrapper": "name what it adds",
    "Handler": "name what it does with what it gets", "Handlers": "name what they do",
    "Info": "name what is known", "New": "name what it is; the old one is deleted",
    "Legacy": "delete it, or name what it is",
  ]

  var nameViolations: [Violation] {
    var violations = declaredTypes.compactMap { type in
      Self.emptyWord(in: type.name).map { word, instead in
        violation(type.line, "the name \(type.name) has the empty word \(word); \(instead)")
      }
    }
    if isSwift, let (word, instead) = Self.emptyWord(in: name) {
      violations.append(violation(0, "the file's name has the empty word \(word); \(instead)"))
    }
    return violations
  }

  private static func emptyWord(in name: String) -> (word: String, instead: String)? {
    for word in Word.parts(ofName: name) {
      if let instead = emptyWords[word] { return (word, instead) }
    }
    return nil
  }
}
