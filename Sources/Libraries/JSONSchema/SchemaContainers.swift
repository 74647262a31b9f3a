import JSON

/// The keywords that look into arrays and objects.
extension SchemaCompiler {
  mutating func compileArrays(_ scope: Scope, into node: inout SchemaNode) {
    compileCounts(scope, .elements, "minItems", "maxItems", into: &node)
    if boolean("uniqueItems", scope) == true { node.checks.append(.unique) }
    let others = others("additionalItems", scope)
    guard let items = scope.keywords["items"] else { return }
    let location = scope.place("items")
    if let schemas = items.arrayValue {
      let places = schemas.enumerated().map { compile($1, location.element($0)) }
      node.checks.append(.tuple(places, others: others))
    } else {
      let place = compile(
        items, location, isParameters: scope.isParameters && node.types?.contains(.array) == true)
      node.items = place
      node.checks.append(.items(place))
    }
  }

  private mutating func others(_ keyword: String, _ scope: Scope) -> SchemaOthers {
    switch scope.keywords[keyword] {
    case nil, .bool(true): return .allowed
    case .bool(false): return .refused
    case .object(let schema)?: return .fitting(compile(.object(schema), scope.place(keyword)))
    case let value?:
      mistake(scope.place(keyword), "true, false or a schema", value)
      return .allowed
    }
  }

  mutating func compileObjects(_ scope: Scope, into node: inout SchemaNode) {
    compileCounts(scope, .members, "minProperties", "maxProperties", into: &node)
    compileRequired(scope, into: &node)
    var members = SchemaMembers()
    let isParameters = scope.isParameters
    for (name, schema) in object("properties", scope) {
      let location = scope.place("properties").member(name)
      let property = property(name, schema, location, isParameters: isParameters)
      members.places[JSONKey(name)] = members.properties.count
      members.properties.append(property)
    }
    for (text, schema) in object("patternProperties", scope) {
      let location = scope.place("patternProperties").member(text)
      let place = compile(schema, location)
      if let pattern = pattern(text, location) { members.patterns.append((pattern, place)) }
    }
    members.others = others("additionalProperties", scope)
    node.properties = members.properties
    let isNamed = !members.properties.isEmpty || !members.patterns.isEmpty
    if isNamed || scope.keywords["additionalProperties"] != nil {
      node.checks.append(.members(members))
    }
    compileDependencies(scope, into: &node)
  }

  /// `required` is a list beside `properties` in draft 4; inside a property, where it is a truth
  /// value, the object that has the property reads it.
  private mutating func compileRequired(_ scope: Scope, into node: inout SchemaNode) {
    guard let value = scope.keywords["required"], value.boolValue == nil else { return }
    let location = scope.place("required")
    guard value.arrayValue != nil else {
      return mistake(location, "true, false or a list of names", value)
    }
    node.checks.append(.required(names(value, location)))
  }

  private mutating func property(
    _ name: String, _ schema: JSONValue, _ location: JSONLocation, isParameters: Bool
  ) -> SchemaProperty {
    let defaultValue = schema["default"]
    let isRequired = schema["required"]?.boolValue ?? false
    let isNullDefault = defaultValue?.isNull ?? false
    let acceptsNull =
      isParameters && (isNullDefault || defaultValue == nil && !isRequired)
    var schema = schema
    let isUntyped = ["type", "anyOf", "oneOf", "$ref"].allSatisfy { schema[$0] == nil }
    if acceptsNull, isUntyped, case .object(var keywords) = schema {
      keywords["type"] = "string"
      schema = .object(keywords)
    }
    let types = schema["type"].map { $0.arrayValue ?? [$0] } ?? []
    let isContainer = types.contains("object") || types.contains("array")
    return SchemaProperty(
      name: name, schema: compile(schema, location, isParameters: isParameters && isContainer),
      defaultValue: defaultValue, isRequired: isRequired, acceptsNull: acceptsNull)
  }

  private mutating func object(_ keyword: String, _ scope: Scope) -> JSONObject {
    guard let value = scope.keywords[keyword] else { return [:] }
    if let object = value.objectValue { return object }
    mistake(scope.place(keyword), "an object of schemas", value)
    return [:]
  }

  private mutating func compileDependencies(_ scope: Scope, into node: inout SchemaNode) {
    for (name, value) in object("dependencies", scope) {
      let location = scope.place("dependencies").member(name)
      switch value {
      case .string(let other): node.checks.append(.dependency(name, [other]))
      case .array: node.checks.append(.dependency(name, names(value, location)))
      case .object: node.checks.append(.dependentSchema(name, compile(value, location)))
      default: mistake(location, "a schema or a list of names", value)
      }
    }
  }

  /// Definitions are checked even if nothing refers to them.
  mutating func compileDefinitions(_ scope: Scope) {
    for (name, schema) in object("definitions", scope) {
      let location = scope.place("definitions").member(name)
      let pointer = scope.location.steps.isEmpty ? "#/definitions/\(Self.escaped(name))" : nil
      if let pointer {
        _ = refer(to: pointer, schema, location)
      } else {
        _ = compile(schema, location)
      }
    }
  }
}
