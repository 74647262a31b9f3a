import YAML

/// Reads any bytes as YAML under small limits. Traps when a tree breaks what `YAMLStream` promises:
/// limits kept, places inside the text, keys that are scalars and differ.
public func fuzzYAML(_ bytes: UnsafeRawBufferPointer) {
  var limits = YAMLLimits()
  limits.bytesMax = 1 << 16
  limits.depthMax = 16
  limits.nodesMax = 1 << 12
  // The end of a text counts as the beginning of one more line.
  let lineCount = bytes.reduce(2) { count, byte in
    // The second byte of U+0085 and the third of U+2028 and U+2029, which YAML 1.1 counts as
    // breaks.
    count + ([0x0A, 0x0D, 0x85, 0xA8, 0xA9].contains(byte) ? 1 : 0)
  }
  do {
    let stream = try YAMLStream(parsing: bytes, limits: limits)
    var count = 0
    for document in stream.documents {
      check(document, depth: 0, lineCount: lineCount, limits: limits, count: &count)
    }
    // Merging adds to a tree what its `<<` was counted for.
    precondition(count <= limits.nodesMax, "more nodes than the limit")
    for duplicate in stream.duplicateKeys {
      precondition(duplicate.place != duplicate.firstPlace, "a key is not its own duplicate")
    }
  } catch {
    precondition((1...lineCount).contains(error.place.line), "\(error) is outside the text")
    precondition(error.place.column >= 1 && !error.fault.found.isEmpty, "\(error)")
  }
}

private func check(
  _ node: YAMLNode, depth: Int, lineCount: Int, limits: YAMLLimits, count: inout Int
) {
  count += 1
  precondition(depth <= limits.depthMax, "deeper than the limit")
  precondition((1...lineCount).contains(node.place.line) && node.place.column >= 1, "no place")
  switch node.value {
  case .sequence(let items):
    for item in items {
      check(item, depth: depth + 1, lineCount: lineCount, limits: limits, count: &count)
    }
  case .mapping(let pairs):
    var texts: Set<String> = []
    for pair in pairs {
      switch pair.key.value {
      case .sequence, .mapping: preconditionFailure("a collection as key")
      case .string(let text): precondition(texts.insert(text).inserted, "the key \(text) twice")
      default: break
      }
      check(pair.key, depth: depth + 1, lineCount: lineCount, limits: limits, count: &count)
      check(pair.value, depth: depth + 1, lineCount: lineCount, limits: limits, count: &count)
    }
  default: break
  }
}
