/// Finds what a scalar means: its tag, or the type that its plain text has in YAML 1.1.
struct ScalarReading {
  private let scalar: ScalarText
  private let tag: String?
  private let place: YAMLPlace

  static let tagPrefix = "tag:yaml.org,2002:"

  init(_ scalar: ScalarText, tag: String?, place: YAMLPlace) {
    self.scalar = scalar
    self.tag = tag
    self.place = place
  }

  func value() throws(YAMLError) -> YAMLValue {
    switch try kind() {
    case .null: return .null
    case .string, .merge, .equals: return .string(scalar.text)
    case .bool: return try read("boolean", scalar.text, ScalarParser.boolean)
    case .int: return try read("whole number", trimmed, ScalarParser.integer)
    case .float: return try read("number", trimmed, ScalarParser.float)
    case .timestamp: return try read("date that exists", withoutLastBreak, ScalarParser.timestamp)
    }
  }

  /// Text that a tag makes a number may have blanks around it, as a block scalar has.
  private var trimmed: String {
    let isBlank = { (byte: UInt8) in byte.isOne(of: " \t\r\n") }
    let text = scalar.text.utf8
    guard let first = text.firstIndex(where: { !isBlank($0) }),
      let last = text.lastIndex(where: { !isBlank($0) })
    else { return "" }
    return String(scalar.text[first...last])
  }

  private var withoutLastBreak: String {
    scalar.text.last == "\n" ? String(scalar.text.dropLast()) : scalar.text
  }

  private func kind() throws(YAMLError) -> ScalarKind {
    guard let tag, tag != "!" else {
      return scalar.isPlain ? ScalarKind(ofPlain: scalar.text) : .string
    }
    let kinds: [String: ScalarKind] = [
      "str": .string, "null": .null, "bool": .bool, "int": .int, "float": .float,
      "timestamp": .timestamp,
    ]
    guard tag.hasPrefix(Self.tagPrefix),
      let kind = kinds[String(tag.dropFirst(Self.tagPrefix.count))]
    else {
      throw Self.refusal(
        of: tag, at: place, instead: "!!str, !!null, !!bool, !!int, !!float, !!timestamp or no tag")
    }
    return kind
  }

  private func read(
    _ wanted: String, _ text: String, _ parse: (UnsafeBufferPointer<UInt8>) -> YAMLValue?
  ) throws(YAMLError) -> YAMLValue {
    var text = text
    guard !text.isEmpty, let value = text.withUTF8(parse) else {
      throw .malformed(at: place, expected: "a \(wanted) (or quotes)", found: "'\(scalar.text)'")
    }
    return value
  }

  static func refusal(of tag: String, at place: YAMLPlace, instead: String) -> YAMLError {
    let short =
      tag.hasPrefix(tagPrefix)
      ? "!!" + tag.dropFirst(tagPrefix.count) : tag.hasPrefix("!") ? tag : "!<\(tag)>"
    return .malformed(at: place, expected: instead, found: "the tag \(short)")
  }
}
