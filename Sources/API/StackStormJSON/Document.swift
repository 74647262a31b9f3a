import JSON

/// An object of the API on its way out: members in order, written if they are wanted.
struct Document {
  private enum Part {
    case value(JSONValue)
    /// JSON text, taken as it is.
    case raw([UInt8])
  }

  private var members: [(name: String, part: Part)] = []

  init() {}

  /// The members of an object, such as the body of an action in content.
  init(_ value: JSONValue?, without names: Set<String> = []) {
    for (name, value) in value?.objectValue ?? [:] where !names.contains(name) {
      members.append((name, .value(value)))
    }
  }

  /// Sets a member; nil leaves it out.
  subscript(name: String) -> JSONValue? {
    get {
      for member in members where member.name == name {
        if case .value(let value) = member.part { return value }
      }
      return nil
    }
    set { set(name, newValue.map { .value($0) }) }
  }

  /// Sets a member to a JSON text; nil leaves it out.
  mutating func set(_ name: String, json text: [UInt8]?) { set(name, text.map { .raw($0) }) }

  private mutating func set(_ name: String, _ part: Part?) {
    members.removeAll { $0.name == name }
    if let part { members.append((name, part)) }
  }

  func write(_ attributes: Attributes = .all, into writer: inout JSONWriter) {
    writer.beginObject()
    for (name, part) in members where attributes.wants(name) {
      writer.key(name)
      switch part {
      case .value(let value): writer.value(value)
      case .raw(let text): writer.raw(text)
      }
    }
    writer.endObject()
  }

  var bytes: [UInt8] {
    var writer = JSONWriter()
    write(into: &writer)
    return writer.bytes
  }
}
