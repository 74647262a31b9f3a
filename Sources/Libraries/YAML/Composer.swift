/// Builds trees from events. Depth, node count and anchors are checked as the text is read, so an
/// alias bomb stops where it crosses the limit: an alias shares what its anchor holds and counts
/// for all of it.
struct Composer: ~Copyable {
  private var reader: EventReader
  private let limits: YAMLLimits
  private var nodeCount = 0
  private var anchors: [String: Anchor] = [:]
  private(set) var duplicateKeys: [YAMLDuplicateKey] = []

  private struct Anchor {
    let place: YAMLPlace
    /// Nil while the anchored collection is being read.
    var built: Built?
  }

  private struct Built {
    let node: YAMLNode
    var extent = Extent.scalar
  }

  /// Of a node with its aliases expanded: how many nodes, itself included, and how many collections
  /// in one another.
  private struct Extent {
    private(set) var size = 1
    private(set) var height = 1

    static var scalar: Extent {
      var extent = Extent()
      extent.height = 0
      return extent
    }

    mutating func contain(_ other: Built) {
      size += other.extent.size
      height = max(height, other.extent.height + 1)
    }
  }

  init(_ bytes: UnsafeRawBufferPointer, _ limits: YAMLLimits) {
    reader = EventReader(bytes)
    self.limits = limits
  }

  mutating func documents() throws(YAMLError) -> [YAMLNode] {
    var roots: [YAMLNode] = []
    while true {
      switch try reader.next().kind {
      case .streamEnd: return roots
      case .documentStart:
        anchors.removeAll(keepingCapacity: true)
        let event = try reader.next()
        roots.append(try build(event, depth: 0).node)
      default: continue
      }
    }
  }

  private mutating func build(_ event: Event, depth: Int) throws(YAMLError) -> Built {
    if case .alias(let name) = event.kind {
      return try expand(name, at: event.place, depth: depth)
    }
    if let name = event.anchor {
      if let first = anchors[name]?.place {
        throw .malformed(
          at: event.place, expected: "a name that no other anchor of the document has",
          found: "&\(name) again (first at \(first))")
      }
      anchors[name] = Anchor(place: event.place)
    }
    try count(1, at: event.place)
    let built: Built
    switch event.kind {
    case .scalar(let scalar):
      let value = try ScalarReading(scalar, tag: event.tag, place: event.place).value()
      built = Built(node: YAMLNode(value, at: event.place))
    case .sequenceStart: built = try buildSequence(event, depth: depth + 1)
    case .mappingStart: built = try buildMapping(event, depth: depth + 1)
    default:
      throw .malformed(at: event.place, expected: "a value", found: "the end of the document")
    }
    if let name = event.anchor { anchors[name]?.built = built }
    return built
  }

  private mutating func expand(
    _ name: String, at place: YAMLPlace, depth: Int
  ) throws(YAMLError) -> Built {
    guard let anchor = anchors[name] else {
      throw .malformed(
        at: place, expected: "an alias of an anchor that stands before it",
        found: "*\(name), but no &\(name)")
    }
    guard let built = anchor.built else {
      throw .malformed(
        at: place, expected: "an anchor that ends before its alias",
        found: "*\(name) inside &\(name) (at \(anchor.place))")
    }
    try count(built.extent.size, at: place)
    try checkDepth(depth + built.extent.height, at: place)
    return Built(node: YAMLNode(built.node.value, at: place), extent: built.extent)
  }

  private mutating func buildSequence(_ start: Event, depth: Int) throws(YAMLError) -> Built {
    try checkCollection(start, depth: depth, kind: "seq")
    var items: [YAMLNode] = []
    var extent = Extent()
    while true {
      let event = try reader.next()
      if case .sequenceEnd = event.kind { break }
      let item = try build(event, depth: depth)
      items.append(item.node)
      extent.contain(item)
    }
    return Built(node: YAMLNode(.sequence(items), at: start.place), extent: extent)
  }

  private mutating func buildMapping(_ start: Event, depth: Int) throws(YAMLError) -> Built {
    try checkCollection(start, depth: depth, kind: "map")
    var members = MappingMembers()
    var extent = Extent()
    while true {
      let event = try reader.next()
      if case .mappingEnd = event.kind { break }
      if event.isMergeKey {
        try count(1, at: event.place)
        let value = try build(try reader.next(), depth: depth)
        extent.contain(value)
        try members.merge(value.node)
      } else {
        let key = try build(event, depth: depth)
        extent.contain(key)
        let value = try build(try reader.next(), depth: depth)
        extent.contain(value)
        try members.add(YAMLPair(key: key.node, value: value.node))
      }
    }
    let pairs = members.unique(reporting: &duplicateKeys)
    return Built(node: YAMLNode(.mapping(pairs), at: start.place), extent: extent)
  }

  private func checkCollection(
    _ start: Event, depth: Int, kind: String
  ) throws(YAMLError) {
    try checkDepth(depth, at: start.place)
    if let tag = start.tag, tag != "!", tag != ScalarReading.tagPrefix + kind {
      throw ScalarReading.refusal(of: tag, at: start.place, instead: "!!\(kind) or no tag")
    }
  }

  private func checkDepth(_ depth: Int, at place: YAMLPlace) throws(YAMLError) {
    guard depth <= limits.depthMax else {
      throw .overLimit(
        at: place, expected: "at most \(limits.depthMax) collections in one another",
        found: "\(depth)")
    }
  }

  private mutating func count(_ added: Int, at place: YAMLPlace) throws(YAMLError) {
    nodeCount += added
    guard nodeCount <= limits.nodesMax else {
      throw .overLimit(
        at: place, expected: "at most \(limits.nodesMax) values, aliases expanded", found: "more")
    }
  }
}

extension Event {
  /// `<<` as it is written without quotes; it may carry the tag that it stands for.
  fileprivate var isMergeKey: Bool {
    guard case .scalar(let scalar) = kind else { return false }
    if let tag { return tag == ScalarReading.tagPrefix + "merge" }
    return scalar.isPlain && scalar.text == "<<"
  }
}
