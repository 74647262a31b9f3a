import Automation
import JSON

/// Finds what of an action's parameters is secret by the schemas of the action and its runner:
/// whole parameters, members of objects, elements of arrays.
struct SecretParts {
  private let schemas: JSONObject
  /// Whether anything can be secret.
  let isEmpty: Bool

  init(_ action: Action) {
    var schemas = RunnerType.named(action.runner)?.parameters ?? [:]
    for (name, schema) in action.parameters {
      var merged = schemas[name]?.objectValue ?? [:]
      for (key, value) in schema.objectValue ?? [:] { merged[key] = value }
      schemas[name] = .object(merged)
    }
    self.schemas = schemas
    isEmpty = !schemas.contains { Self.holdsSecret($0.value) }
  }

  /// The same parameters with each secret replaced. Null stays, and what is sealed already.
  func replacing(
    in parameters: JSONObject, by replace: (_ parameter: String, JSONValue) -> JSONValue
  ) -> JSONObject {
    guard !isEmpty else { return parameters }
    return JSONObject(
      parameters.map { name, value in
        (name, Self.replacing(value, schemas[name]) { replace(name, $0) })
      })
  }

  private static func replacing(
    _ value: JSONValue, _ schema: JSONValue?, _ replace: (JSONValue) -> JSONValue
  ) -> JSONValue {
    guard let schema, !value.isNull, Sealed(value) == nil else { return value }
    if schema["secret"]?.boolValue ?? false { return replace(value) }
    switch value {
    case .object(let members):
      guard let properties = schema["properties"] else { return value }
      return .object(
        JSONObject(
          members.map { name, member in
            (name, replacing(member, properties[name], replace))
          }))
    case .array(let elements):
      guard let items = schema["items"] else { return value }
      return .array(elements.map { replacing($0, items, replace) })
    default: return value
    }
  }

  private static func holdsSecret(_ schema: JSONValue) -> Bool {
    if schema["secret"]?.boolValue ?? false { return true }
    if let properties = schema["properties"]?.objectValue,
      properties.contains(where: { holdsSecret($0.value) })
    {
      return true
    }
    return schema["items"].map(holdsSecret) ?? false
  }
}
