/// `; did you mean '…'?` if a candidate is near, else nothing.
public func suggestion(for word: String, among candidates: [String]) -> String {
  guard word.count <= 64 else { return "" }
  let edits = max(1, word.count / 3)
  let near = candidates.map { ($0, distance(Array(word), Array($0))) }.min { $0.1 < $1.1 }
  guard let near, near.1 <= edits else { return "" }
  return "; did you mean '\(near.0)'?"
}

/// How many letters must be put in, left out, replaced or swapped with their neighbour.
private func distance(_ one: [Character], _ other: [Character]) -> Int {
  var beforeLast: [Int] = []
  var last = Array(0...other.count)
  for row in one.indices {
    var current = [row + 1]
    for column in other.indices {
      let replaced = last[column] + (one[row] == other[column] ? 0 : 1)
      var edits = min(current[column] + 1, last[column + 1] + 1, replaced)
      if row > 0, column > 0, one[row] == other[column - 1], one[row - 1] == other[column] {
        edits = min(edits, beforeLast[column - 1] + 1)
      }
      current.append(edits)
    }
    (beforeLast, last) = (last, current)
  }
  return last[other.count]
}
