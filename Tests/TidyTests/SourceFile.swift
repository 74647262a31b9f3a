/// The text of one file in three views of equal length, line by line: as it is, its code (comments
/// and texts blank), its comments (all else blank). Swift, C and C++ are told apart well enough for
/// the checks here: a regular expression between slashes is taken for code.
struct SourceFile {
  /// From the root of the tree.
  let path: String
  let lines: [String]
  let code: [String]
  let comments: [String]
  /// Comments are blank, texts are not.
  let uncommented: [String]
  /// The words of each line of code.
  let words: [[Word]]

  init(path: String, text: String) {
    self.path = path
    var scanner = SourceScanner(Array(text.utf8))
    scanner.scan()
    lines = Self.lines(scanner.bytes)
    code = Self.lines(scanner.view { $0 == .code })
    comments = Self.lines(scanner.view { $0 == .comment })
    uncommented = Self.lines(scanner.view { $0 != .comment })
    words = code.map { Word.all(in: $0) }
  }

  var isSwift: Bool { path.hasSuffix(".swift") }
  /// `Sources/JSON/JSONValue.swift` gives `JSONValue`.
  var name: String {
    let last = path.split(separator: "/").last ?? ""
    return String(last.prefix { $0 != "." })
  }
  /// A file of the product, not of its tests.
  var isSource: Bool { path.hasPrefix("Sources/") }
  var isTest: Bool { path.hasPrefix("Tests/") }

  func violation(_ line: Int, _ text: String) -> Violation {
    Violation(path: path, line: line, text: text)
  }

  private static func lines(_ bytes: [UInt8]) -> [String] {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { String(decoding: $0, as: UTF8.self) }
  }
}

/// Says of each byte whether it belongs to code, a comment or a text. A name between backticks is a
/// text too; what is interpolated counts as part of its text.
struct SourceScanner {
  enum Kind { case code, comment, text }

  let bytes: [UInt8]
  private var kinds: [Kind]
  private var place = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    kinds = Array(repeating: .code, count: bytes.count)
  }

  /// The bytes of some kinds; the others are spaces, ends of lines stay.
  func view(_ isShown: (Kind) -> Bool) -> [UInt8] {
    zip(bytes, kinds).map { byte, kind in
      byte == UInt8(ascii: "\n") || isShown(kind) ? byte : UInt8(ascii: " ")
    }
  }

  mutating func scan() {
    while place < bytes.count { scanPart() }
  }

  private func has(_ text: StaticString, at place: Int) -> Bool {
    let count = text.utf8CodeUnitCount
    guard place + count <= bytes.count else { return false }
    for index in 0..<count where bytes[place + index] != text.utf8Start[index] { return false }
    return true
  }

  private mutating func mark(_ kind: Kind, to end: Int) {
    let end = min(end, bytes.count)
    while place < end {
      kinds[place] = kind
      place += 1
    }
  }

  private mutating func scanPart() {
    if has("//", at: place) {
      let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      mark(.comment, to: end)
    } else if has("/*", at: place) {
      scanBlockComment()
    } else if let hashes = openingOfText() {
      scanText(hashes: hashes)
    } else if bytes[place] == UInt8(ascii: "`") {
      let end = bytes[(place + 1)...].firstIndex { $0 == UInt8(ascii: "`") || $0 == 0x0A }
      mark(.text, to: (end ?? bytes.count) + 1)
    } else if has("'\"'", at: place) {
      mark(.text, to: place + 3)
    } else {
      place += 1
    }
  }

  private mutating func scanBlockComment() {
    var depth = 0
    repeat {
      if has("/*", at: place) {
        depth += 1
        mark(.comment, to: place + 2)
      } else if has("*/", at: place) {
        depth -= 1
        mark(.comment, to: place + 2)
      } else {
        mark(.comment, to: place + 1)
      }
    } while depth > 0 && place < bytes.count
  }

  /// How many `#` stand before a quote that opens a text here; nil if none opens.
  private func openingOfText() -> Int? {
    var end = place
    while end < bytes.count, bytes[end] == UInt8(ascii: "#") { end += 1 }
    return end < bytes.count && bytes[end] == UInt8(ascii: "\"") ? end - place : nil
  }

  private func hasHashes(_ count: Int, at place: Int) -> Bool {
    place + count <= bytes.count
      && bytes[place..<place + count].allSatisfy { $0 == UInt8(ascii: "#") }
  }

  private mutating func scanText(hashes: Int) {
    let isLong = has("\"\"\"", at: place + hashes)
    mark(.text, to: place + hashes + (isLong ? 3 : 1))
    while place < bytes.count {
      if bytes[place] == UInt8(ascii: "\\"), hasHashes(hashes, at: place + 1) {
        scanEscape(hashes: hashes)
      } else if isLong ? has("\"\"\"", at: place) : bytes[place] == UInt8(ascii: "\"") {
        let quotes = isLong ? 3 : 1
        let isEnd = hasHashes(hashes, at: place + quotes)
        mark(.text, to: place + (isEnd ? quotes + hashes : 1))
        if isEnd { return }
      } else if !isLong, bytes[place] == UInt8(ascii: "\n") {
        return
      } else {
        mark(.text, to: place + 1)
      }
    }
  }

  private mutating func scanEscape(hashes: Int) {
    let isInterpolation = has("(", at: place + 1 + hashes)
    mark(.text, to: place + 2 + hashes)
    guard isInterpolation else { return }
    var depth = 1
    while depth > 0, place < bytes.count {
      if let inner = openingOfText() {
        scanText(hashes: inner)
      } else {
        if bytes[place] == UInt8(ascii: "(") { depth += 1 }
        if bytes[place] == UInt8(ascii: ")") { depth -= 1 }
        mark(.text, to: place + 1)
      }
    }
  }
}
