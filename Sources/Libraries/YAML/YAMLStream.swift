/// The documents of a YAML text, read as PyYAML's `CSafeLoader` reads YAML 1.1: `yes` is true,
/// `017` is fifteen, `1:30` is ninety, `2001-02-03` is a date, `<<` merges.
///
/// Where it differs, on purpose: every node has its place; `=` and a `<<` that is a value are text;
/// integers beyond 64 bits are kept as written; the keys `1`, `1.0` and `true` are three keys; only
/// UTF-8 is read; binary, sets, pairs and ordered mappings are refused like every unknown tag, and
/// so are anchors inside themselves. A key given twice is reported; the last one counts.
///
/// The limits are met exactly: what is at a limit is read, what is one past it is an
/// `YAMLError.overLimit`.
public struct YAMLStream: Sendable, Equatable {
  public let documents: [YAMLNode]
  /// In the order of the text.
  public let duplicateKeys: [YAMLDuplicateKey]

  public init(
    parsing bytes: UnsafeRawBufferPointer, limits: YAMLLimits = YAMLLimits()
  ) throws(YAMLError) {
    guard bytes.count <= limits.bytesMax else {
      throw .overLimit(
        at: YAMLPlace(line: 1, column: 1), expected: "at most \(limits.bytesMax) bytes of YAML",
        found: "\(bytes.count)")
    }
    var composer = Composer(bytes, limits)
    documents = try composer.documents()
    duplicateKeys = composer.duplicateKeys.sorted {
      ($0.place.line, $0.place.column) < ($1.place.line, $1.place.column)
    }
  }

  public init(
    parsing bytes: [UInt8], limits: YAMLLimits = YAMLLimits()
  ) throws(YAMLError) {
    self = try bytes.span.withUnsafeBytes { raw throws(YAMLError) in
      try YAMLStream(parsing: raw, limits: limits)
    }
  }

  public init(
    parsing text: String, limits: YAMLLimits = YAMLLimits()
  ) throws(YAMLError) {
    try self.init(parsing: Array(text.utf8), limits: limits)
  }
}

extension YAMLNode {
  /// The one document of a text; null where the text has none.
  public init(parsing text: String, limits: YAMLLimits = YAMLLimits()) throws(YAMLError) {
    self = try YAMLStream(parsing: text, limits: limits).onlyDocument()
  }
}

extension YAMLStream {
  /// The one document of a text; null where the text has none.
  public func onlyDocument() throws(YAMLError) -> YAMLNode {
    if documents.count > 1 {
      throw .malformed(
        at: documents[1].place, expected: "one document", found: "\(documents.count)")
    }
    return documents.first ?? YAMLNode(.null, at: YAMLPlace(line: 1, column: 1))
  }
}

/// How much a text may hold; more is an error that names the limit.
public struct YAMLLimits: Sendable {
  /// Of the text.
  public var bytesMax = 8 << 20
  /// Of collections in one another, what aliases stand for included; a scalar alone has none.
  public var depthMax = 64
  /// Of all documents together, every alias counted as what it stands for.
  public var nodesMax = 1_000_000

  public init() {}
}

/// A key that one mapping gives more than once, not counting what it merges. The later value
/// counts.
public struct YAMLDuplicateKey: Sendable, Equatable, CustomStringConvertible {
  public let key: String
  public let place: YAMLPlace
  public let firstPlace: YAMLPlace

  public var description: String {
    "\(place): the key '\(key)' was given at \(firstPlace) before; this one counts"
  }
}
