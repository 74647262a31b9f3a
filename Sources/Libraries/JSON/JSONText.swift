extension JSONValue {
  /// The value as JSON text: on one line without spaces, or with each member and element on a line
  /// of its own, `indent` spaces a level. `sorted` orders the members by their names' bytes.
  public func text(sorted: Bool = false, indent: Int? = nil) -> String {
    var writer = JSONWriter()
    if sorted || indent != nil {
      var layout = JSONLayout(isSorted: sorted, indent: indent)
      layout.write(self, into: &writer)
    } else {
      writer.value(self)
    }
    return writer.text
  }
}

/// Text for people: sorted or on many lines.
private struct JSONLayout {
  let isSorted: Bool
  let indent: Int?
  private var depth = 0

  init(isSorted: Bool, indent: Int?) {
    self.isSorted = isSorted
    self.indent = indent
  }

  mutating func write(_ value: JSONValue, into writer: inout JSONWriter) {
    switch value {
    case .array(let elements) where !elements.isEmpty:
      writer.beginArray()
      depth += 1
      for element in elements {
        startLine(&writer)
        write(element, into: &writer)
      }
      depth -= 1
      closeLine(&writer)
      writer.endArray()
    case .object(let members) where !members.isEmpty:
      writer.beginObject()
      depth += 1
      for (name, value) in ordered(members) {
        startLine(&writer)
        writer.key(name)
        if indent != nil { writer.buffer.append(UInt8(ascii: " ")) }
        write(value, into: &writer)
      }
      depth -= 1
      closeLine(&writer)
      writer.endObject()
    default: writer.value(value)
    }
  }

  private func ordered(_ members: JSONObject) -> [JSONObject.Element] {
    isSorted
      ? members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) } : Array(members)
  }

  private func startLine(_ writer: inout JSONWriter) {
    guard indent != nil else { return }
    writer.separate()
    writer.isBehindValue = false
    closeLine(&writer)
  }

  private func closeLine(_ writer: inout JSONWriter) {
    guard let indent else { return }
    writer.buffer.append(UInt8(ascii: "\n"))
    writer.buffer.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth * indent))
  }
}
