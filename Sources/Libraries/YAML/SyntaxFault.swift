import CYAML

/// Turns libyaml's "problem while doing something" into place, what was expected, what was found.
struct SyntaxFault {
  private let parser: yaml_parser_t
  private let text: UnsafeRawBufferPointer

  static let excerptScalarsMax = 24

  init(_ parser: yaml_parser_t, _ text: UnsafeRawBufferPointer) {
    self.parser = parser
    self.text = text
  }

  var error: YAMLError {
    let problem = parser.problem.map { String(cString: $0) } ?? "text that cannot be read"
    if parser.error == YAML_READER_ERROR { return readerError(problem) }
    let place = YAMLPlace(parser.problem_mark)
    return .malformed(
      at: place, expected: expectation(problem, at: place) + beginning, found: excerpt(at: place))
  }

  /// Bytes that are no text: libyaml gives their offset, not their place.
  private func readerError(_ problem: String) -> YAMLError {
    var offset = min(max(0, Int(parser.problem_offset)), text.count)
    if problem == "invalid trailing UTF-8 octet" {
      // It points into the character; a person looks for its beginning.
      offset = text[..<offset].lastIndex { $0 >= 0xC0 } ?? offset
    }
    let before = text[..<offset]
    let lineStart = (before.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
    let place = YAMLPlace(
      line: before.count { $0 == UInt8(ascii: "\n") } + 1,
      column: text[lineStart..<offset].count { $0 & 0xC0 != 0x80 } + 1)
    let isControl = problem == "control characters are not allowed"
    let value = String(max(0, Int(parser.problem_value)), radix: 16, uppercase: true)
    return .malformed(
      at: place, expected: isControl ? "text without control characters" : "UTF-8 text",
      found: isControl ? "U+\(value)" : "other bytes (\(problem))")
  }

  /// Where the thing began that was being read; as much as a person needs to see the indentation.
  private var beginning: String {
    guard let raw = parser.context else { return "" }
    let context = String(cString: raw)
    guard context.hasPrefix("while ") else { return "" }
    let began = YAMLPlace(parser.context_mark)
    return began == YAMLPlace(parser.problem_mark) ? "" : " (\(context) that begins at \(began))"
  }

  private func expectation(_ problem: String, at place: YAMLPlace) -> String {
    if problem == "found character that cannot start any token", excerpt(at: place).hasPrefix("'\t")
    {
      return "spaces as indentation, not a tab"
    }
    if let known = Self.expectations[problem] { return known }
    for prefix in ["did not find expected ", "could not find expected "]
    where problem.hasPrefix(prefix) {
      return String(problem.dropFirst(prefix.count))
    }
    return "well-formed YAML (\(problem))"
  }

  private static let expectations = [
    "did not find expected <document start>":
      "the indentation of the first line, or '---' before another document",
    "mapping values are not allowed in this context":
      "no second ': ' (put the value in quotes, or check the indentation of this line)",
    "mapping keys are not allowed in this context": "no '? ' here",
    "block sequence entries are not allowed in this context":
      "the '- ' of a list on a line of its own, indented like its neighbours",
    "found character that cannot start any token":
      "a value that begins with another character (put it in quotes)",
    "found unexpected end of stream": "the closing quote",
    "found unexpected document indicator": "the closing quote before the next document",
    "found unknown escape character": "an escape that YAML knows (or single quotes)",
    "found undefined tag handle": "a tag such as !!str",
    "found a tab character that violates indentation": "spaces as indentation",
    "found a tab character where an indentation space is expected": "spaces as indentation",
    "found an indentation indicator equal to 0": "an indentation of 1 to 9",
    "found unexpected ':'": "quotes around text with ':' in a list or mapping of one line",
    "found incompatible YAML document": "YAML version 1.1 or 1.2",
    "found duplicate %YAML directive": "one %YAML line",
    "found duplicate %TAG directive": "each %TAG handle once",
  ]

  /// The rest of the line at a place.
  private func excerpt(at place: YAMLPlace) -> String {
    let newline = UInt8(ascii: "\n")
    var start = text.startIndex
    for _ in 1..<place.line {
      guard let end = text[start...].firstIndex(of: newline) else { return "the end of the text" }
      start = end + 1
    }
    let line = text[start...].prefix { $0 != newline && $0 != UInt8(ascii: "\r") }
    let rest = String(decoding: line, as: UTF8.self).unicodeScalars.dropFirst(place.column - 1)
    guard !rest.isEmpty else {
      return start + line.count >= text.count ? "the end of the text" : "the end of the line"
    }
    let excerpt = String(String.UnicodeScalarView(rest.prefix(Self.excerptScalarsMax)))
    return "'\(excerpt)\(rest.count > Self.excerptScalarsMax ? "..." : "")'"
  }
}
