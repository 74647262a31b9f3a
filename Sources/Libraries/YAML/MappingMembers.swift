/// The members of one mapping while it is read. Merged members come first, in the order in which
/// Python's loader puts them; own members win; of two with one key the later wins at the first
/// one's place in the order.
struct MappingMembers {
  private var own: [YAMLPair] = []
  private var merged: [YAMLPair] = []

  /// Up to here text keys are compared with one another, without hashing.
  private static let scanCountMax = 8

  mutating func add(_ pair: YAMLPair) throws(YAMLError) {
    switch pair.key.value {
    case .sequence, .mapping:
      throw .malformed(
        at: pair.key.place, expected: "a simple key (a value that begins with '{' needs quotes)",
        found: "\(pair.key.value.kindName) as key")
    default: own.append(pair)
    }
  }

  mutating func merge(_ node: YAMLNode) throws(YAMLError) {
    switch node.value {
    case .mapping(let pairs): merged += pairs
    case .sequence(let items):
      for item in items.reversed() {
        guard case .mapping(let pairs) = item.value else { throw Self.refusal(of: item) }
        merged += pairs
      }
    default: throw Self.refusal(of: node)
    }
  }

  private static func refusal(of node: YAMLNode) -> YAMLError {
    .malformed(
      at: node.place, expected: "a mapping or a list of mappings to merge",
      found: node.value.kindName)
  }

  func unique(reporting duplicates: inout [YAMLDuplicateKey]) -> [YAMLPair] {
    if merged.isEmpty, own.count <= Self.scanCountMax, isPlainlyUnique { return own }
    var pairs: [YAMLPair] = []
    pairs.reserveCapacity(merged.count + own.count)
    var indexes: [ScalarKey: Int] = [:]
    for pair in merged { place(pair, in: &pairs, &indexes) }
    var firstPlaces: [ScalarKey: YAMLPlace] = [:]
    for pair in own {
      let key = ScalarKey(pair.key)
      if let first = firstPlaces[key] {
        duplicates.append(
          YAMLDuplicateKey(key: key.text, place: pair.key.place, firstPlace: first))
      } else {
        firstPlaces[key] = pair.key.place
      }
      place(pair, in: &pairs, &indexes)
    }
    return pairs
  }

  private var isPlainlyUnique: Bool {
    own.indices.allSatisfy { later in
      guard case .string(let key) = own[later].key.value else { return false }
      return !own[..<later].contains { $0.key.value == .string(key) }
    }
  }

  private func place(
    _ pair: YAMLPair, in pairs: inout [YAMLPair], _ indexes: inout [ScalarKey: Int]
  ) {
    let key = ScalarKey(pair.key)
    if let index = indexes[key] {
      pairs[index] = pair
    } else {
      indexes[key] = pairs.count
      pairs.append(pair)
    }
  }
}

/// A key's kind and text, to find equal keys. Not-a-number equals itself here, so it too is one
/// key.
private struct ScalarKey: Hashable {
  let kind: String
  let text: String

  init(_ node: YAMLNode) {
    kind = node.value.kindName
    text =
      switch node.value {
      case .null: "null"
      case .bool(let value): String(value)
      case .int(let value): String(value)
      case .uint(let value): String(value)
      case .double(let value): value == 0 ? "0.0" : String(value)
      case .longInteger(let value), .string(let value): value
      case .timestamp(let value): value.iso8601
      case .sequence, .mapping: ""
      }
  }
}
