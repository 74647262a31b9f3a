import JSON

/// `$ref`: only to places in the same schema, as a JSON pointer behind `#`.
extension SchemaCompiler {
  mutating func resolve(_ reference: JSONValue, _ location: JSONLocation) -> Int? {
    guard let pointer = reference.stringValue, pointer == "#" || pointer.hasPrefix("#/") else {
      mistake(location, "a reference into this schema (\"#/definitions/...\")", reference)
      return nil
    }
    if let known = referred[JSONKey(pointer)] { return known }
    var target = document
    var place = JSONLocation()
    for step in pointer.dropFirst(2).split(separator: "/", omittingEmptySubsequences: false) {
      let name = Self.unescaped(String(step))
      let isIndex = target.arrayValue != nil
      guard let next = isIndex ? Int(name).flatMap({ target[$0] }) : target[name] else {
        mistake(location, "a place in this schema", found: SchemaText.quoted(pointer))
        return nil
      }
      place = isIndex ? place.element(Int(name) ?? 0) : place.member(name)
      target = next
    }
    return refer(to: pointer, target, place)
  }

  /// The node of a place that a reference leads to; compiled once, so that it may contain itself.
  mutating func refer(
    to pointer: String, _ schema: JSONValue, _ location: JSONLocation
  ) -> Int {
    if let known = referred[JSONKey(pointer)] { return known }
    let index = reserve()
    referred[JSONKey(pointer)] = index
    fill(index, schema, location, isParameters: false)
    return index
  }

  /// References that lead only to each other would never come to a schema.
  mutating func findEndlessReferences() {
    for start in nodes.indices {
      var place = start
      var steps = 0
      while let next = nodes[place].reference, steps <= nodes.count {
        place = next
        steps += 1
      }
      guard steps <= nodes.count else {
        return mistake(
          JSONLocation(), "references that lead to a schema", found: "some that lead in a circle")
      }
    }
  }

  static func escaped(_ name: String) -> String {
    name.unicodeScalars.reduce(into: "") { text, scalar in
      switch scalar {
      case "~": text += "~0"
      case "/": text += "~1"
      default: text.unicodeScalars.append(scalar)
      }
    }
  }

  /// One step of a pointer: percent signs, then `~1` and `~0`.
  static func unescaped(_ step: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(step.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(code)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    var name: [UInt8] = []
    rest = bytes[...]
    while let byte = rest.popFirst() {
      let isEscape = byte == UInt8(ascii: "~")
      switch (isEscape, rest.first) {
      case (true, UInt8(ascii: "0")): name.append(UInt8(ascii: "~"))
      case (true, UInt8(ascii: "1")): name.append(UInt8(ascii: "/"))
      default:
        name.append(byte)
        continue
      }
      rest = rest.dropFirst()
    }
    return String(decoding: name, as: UTF8.self)
  }
}
