/// Finds the word that was probably meant.
enum Spelling {
  /// Longer words are not compared: nobody mistypes them, and comparing costs the square.
  static let lengthMax = 64

  /// The nearest of the candidates, if at most a third of its letters are wrong.
  static func nearest(to word: String, in candidates: some Sequence<String>) -> String? {
    var best: (word: String, distance: Int)?
    for candidate in candidates where candidate != word {
      let allowed = max(1, max(word.count, candidate.count) / 3)
      let distance = distance(word.lowercased(), candidate.lowercased())
      if distance <= allowed, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.word
  }

  /// `did you mean 'x'?`, or nil.
  static func hint(for word: String, in candidates: some Sequence<String>) -> String? {
    nearest(to: word, in: candidates).map { "did you mean '\($0)'?" }
  }

  /// The same for a reference: only names in the same pack are compared.
  static func hint(forReference text: String, in candidates: some Sequence<String>) -> String? {
    guard let reference = Reference(text) else { return nil }
    let names = candidates.compactMap(Reference.init).filter { $0.pack == reference.pack }
    return nearest(to: reference.name, in: names.map(\.name).sorted())
      .map { "did you mean '\(reference.pack).\($0)'?" }
  }

  /// How many letters to insert, drop, change or swap with the next one.
  private static func distance(_ one: String, _ other: String) -> Int {
    let (one, other) = (Array(one), Array(other))
    guard one.count <= lengthMax, other.count <= lengthMax else { return .max }
    guard !one.isEmpty, !other.isEmpty else { return max(one.count, other.count) }
    var rows = [Array(0...other.count)]
    for i in 1...one.count {
      var row = [i]
      for j in 1...other.count {
        let change = one[i - 1] == other[j - 1] ? 0 : 1
        var least = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + change)
        if i > 1, j > 1, one[i - 1] == other[j - 2], one[i - 2] == other[j - 1] {
          least = min(least, rows[i - 2][j - 2] + 1)
        }
        row.append(least)
      }
      rows.append(row)
    }
    return rows[one.count][other.count]
  }
}
