import CYAML

/// libyaml's events as Swift values. Owns the parser, which must not move, and borrows the text:
/// the bytes must outlive it. After an error no event follows.
struct EventReader: ~Copyable {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let text: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let hasMark = bytes.starts(with: mark)
    text = hasMark ? UnsafeRawBufferPointer(rebasing: bytes[mark.count...]) : bytes
    parser = .allocate(capacity: 1)
    guard yaml_parser_initialize(parser) == 1 else { fatalError("no memory for a YAML parser") }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(
      parser, text.baseAddress?.assumingMemoryBound(to: UInt8.self), text.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
  }

  mutating func next() throws(YAMLError) -> Event {
    var raw = yaml_event_t()
    guard yaml_parser_parse(parser, &raw) == 1 else {
      throw SyntaxFault(parser.pointee, text).error
    }
    defer { yaml_event_delete(&raw) }
    return Event(raw)
  }
}

struct Event {
  enum Kind {
    case streamEnd, documentStart, sequenceEnd, mappingEnd
    case alias(String)
    case scalar(ScalarText)
    case sequenceStart
    case mappingStart
    /// The start of the stream and the ends of documents: nothing to build.
    case mark
  }

  let kind: Kind
  let anchor: String?
  let tag: String?
  let place: YAMLPlace

  init(_ raw: yaml_event_t) {
    place = YAMLPlace(raw.start_mark)
    switch raw.type {
    case YAML_ALIAS_EVENT:
      kind = .alias(String(cString: raw.data.alias.anchor))
      (anchor, tag) = (nil, nil)
    case YAML_SCALAR_EVENT:
      let scalar = raw.data.scalar
      let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      kind = .scalar(
        ScalarText(
          text: String(decoding: bytes, as: UTF8.self), isPlain: scalar.plain_implicit != 0))
      anchor = scalar.anchor.map { String(cString: $0) }
      tag = scalar.tag.map { String(cString: $0) }
    case YAML_SEQUENCE_START_EVENT:
      kind = .sequenceStart
      anchor = raw.data.sequence_start.anchor.map { String(cString: $0) }
      tag = raw.data.sequence_start.tag.map { String(cString: $0) }
    case YAML_MAPPING_START_EVENT:
      kind = .mappingStart
      anchor = raw.data.mapping_start.anchor.map { String(cString: $0) }
      tag = raw.data.mapping_start.tag.map { String(cString: $0) }
    default:
      kind =
        switch raw.type {
        case YAML_STREAM_END_EVENT: .streamEnd
        case YAML_DOCUMENT_START_EVENT: .documentStart
        case YAML_SEQUENCE_END_EVENT: .sequenceEnd
        case YAML_MAPPING_END_EVENT: .mappingEnd
        default: .mark
        }
      (anchor, tag) = (nil, nil)
    }
  }
}

/// A scalar's text after escapes and folding. Plain text without a tag is what implicit types are
/// looked for in.
struct ScalarText {
  let text: String
  let isPlain: Bool
}

extension YAMLPlace {
  init(_ mark: yaml_mark_t) {
    self.init(line: mark.line + 1, column: mark.column + 1)
  }
}
