/// How long things may be.
enum FormLimits {
  static let linesOfFileMax = 500
  static let linesOfFunctionMax = 60
  static let columnsMax = 100
}

extension SourceFile {
  var sizeViolations: [Violation] {
    guard lines.count > FormLimits.linesOfFileMax else { return [] }
    return [
      violation(
        0,
        "has \(lines.count) lines, at most \(FormLimits.linesOfFileMax) are allowed; give one of "
          + "its types a file of its own")
    ]
  }

  /// Columns are characters. In a test a line that is nothing but a text may be longer: what a
  /// program says is easier to read, and to search for, in one piece.
  var columnViolations: [Violation] {
    lines.enumerated().compactMap { index, line in
      guard line.utf8.count > FormLimits.columnsMax, line.count > FormLimits.columnsMax,
        !(isTest && isText(index))
      else { return nil }
      return violation(
        index + 1,
        "has \(line.count) columns, at most \(FormLimits.columnsMax) are allowed; break the line")
    }
  }

  /// Whether a line holds no word of code nor of a comment.
  private func isText(_ index: Int) -> Bool {
    words[index].isEmpty && Word.all(in: comments[index]).isEmpty
  }

  var functionViolations: [Violation] {
    functions.filter { $0.lineCount > FormLimits.linesOfFunctionMax }.map { function in
      violation(
        function.line,
        "\(function.name) has \(function.lineCount) lines, at most "
          + "\(FormLimits.linesOfFunctionMax) are allowed; take a step of it out and name it")
    }
  }

  /// What stands first after the imports must say what the file is. An extension may leave that to
  /// its first member.
  var openingViolations: [Violation] {
    let linesOfImports = Set(imports.map(\.line))
    for (index, line) in lines.enumerated() {
      let text = line.drop { $0 == " " }
      if text.hasPrefix("///") || text.hasPrefix("/**") { return [] }
      let isImport = linesOfImports.contains(index + 1)
      if text.isEmpty || isImport || text.hasPrefix("#") || text.hasPrefix("//") { continue }
      if text.hasPrefix("extension "), text.hasSuffix("{"), index + 1 < lines.count,
        lines[index + 1].drop(while: { $0 == " " }).hasPrefix("///")
      {
        return []
      }
      return [
        violation(
          index + 1,
          "opens without a doc comment; put /// before its main type: purpose, invariants, units, "
            + "limits, errors")
      ]
    }
    return [violation(0, "has no declaration; fill it or delete it")]
  }

  /// Public types without a doc comment. What stands inside of another type is explained there, so
  /// it needs none of its own.
  var documentationViolations: [Violation] {
    declaredTypes.filter { type in
      guard type.isPublic, lines[type.line - 1].first != " " else { return false }
      let above = lines[..<(type.line - 1)].reversed().first { line in
        let text = line.drop { $0 == " " }
        return !text.hasPrefix("@") && !text.hasPrefix("#")
      }
      let text = (above ?? "").drop { $0 == " " }
      return !text.hasPrefix("///") && !text.hasSuffix("*/")
    }.map { type in
      violation(type.line, "public type \(type.name) has no doc comment; say with /// what it is")
    }
  }
}
