public import JSON

extension JSONSchema {
  /// The value with defaults in place of members that are missing or null, as StackStorm does it:
  /// in an object whose schema says `type: object`; inside its properties that are objects, or
  /// arrays of objects, wherever a value or a default is there. References are not followed. What
  /// is no object stays as it is.
  public func fillingDefaults(_ value: JSONValue) -> JSONValue {
    guard nodes[root].types == .object, case .object(let object) = value else { return value }
    return .object(filling(object, nodes[root].properties))
  }

  private func filling(_ object: JSONObject, _ properties: [SchemaProperty]) -> JSONObject {
    var filled = object
    for property in properties {
      let given = filled[property.name]
      if let defaultValue = property.defaultValue, given == nil || given == .null {
        filled[property.name] = defaultValue
      }
      guard let value = filled[property.name] else { continue }
      let part = fillingPart(value, nodes[property.schema])
      if let part { filled[property.name] = part }
    }
    return filled
  }

  /// Nil if nothing is to be filled in there.
  private func fillingPart(_ value: JSONValue, _ node: SchemaNode) -> JSONValue? {
    guard let types = node.types else { return nil }
    switch value {
    case .object(let object) where types.contains(.object) && !node.properties.isEmpty:
      return .object(filling(object, node.properties))
    case .array(let elements) where types.contains(.array):
      guard let items = node.items, !nodes[items].properties.isEmpty else { return nil }
      return .array(
        elements.map { element in
          element.objectValue.map { .object(filling($0, nodes[items].properties)) } ?? element
        })
    default: return nil
    }
  }
}
