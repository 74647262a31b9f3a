import JSON

/// The keywords that look at a value by itself.
extension SchemaCompiler {
  mutating func compileTypes(_ scope: Scope, into node: inout SchemaNode) {
    if let value = scope.keywords["type"] {
      let types = types(value, scope.place("type"))
      node.types = types
      node.checks.append(.types(types))
    }
    guard let value = scope.keywords["enum"] else { return }
    let values = list(value, scope.place("enum"), of: "value")
    let shown = values.map { $0.text() }.joined(separator: ", ")
    node.checks.append(
      .values(
        Set(values.map(SchemaNumber.canonical)),
        text: shown.utf8.count > 400 ? "\(shown.prefix(400)) ..." : shown))
  }

  private mutating func types(_ value: JSONValue, _ location: JSONLocation) -> SchemaTypes {
    if let name = value.stringValue { return type(name, value, location) }
    guard value.arrayValue != nil else {
      mistake(location, "a type or a list of types", value)
      return .any
    }
    let names = list(value, location, of: "type")
    return names.enumerated().reduce(into: []) { types, entry in
      let (place, name) = entry
      types.formUnion(type(name.stringValue ?? "", name, location.element(place)))
    }
  }

  private mutating func type(
    _ name: String, _ value: JSONValue, _ location: JSONLocation
  ) -> SchemaTypes {
    if let types = SchemaTypes(name: name) { return types }
    let known = SchemaTypes.names.map(\.0).joined(separator: ", ")
    mistake(location, "one of the types \(known)", value)
    return .any
  }

  mutating func compileNumbers(_ scope: Scope, into node: inout SchemaNode) {
    let bounds = [("minimum", "exclusiveMinimum", false), ("maximum", "exclusiveMaximum", true)]
    for (keyword, exclusive, isUpper) in bounds {
      let isExclusive = boolean(exclusive, scope)
      if let bound = number(keyword, scope) {
        node.checks.append(
          .bound(bound, isUpper: isUpper, isExclusive: isExclusive ?? false))
      } else if isExclusive != nil, scope.keywords[keyword] == nil {
        mistake(scope.place(exclusive), "\(keyword) beside it", found: "none")
      }
    }
    guard let divisor = number("multipleOf", scope) else { return }
    if (divisor.doubleValue ?? 0) > 0 {
      node.checks.append(.multiple(of: divisor))
    } else {
      mistake(scope.place("multipleOf"), "a number above 0", divisor)
    }
  }

  mutating func compileTexts(_ scope: Scope, into node: inout SchemaNode) {
    compileCounts(scope, .characters, "minLength", "maxLength", into: &node)
    if let text = text("pattern", scope), let pattern = pattern(text, scope.place("pattern")) {
      node.checks.append(.pattern(pattern))
    }
    // A format that is not known here is an annotation, as draft 4 has it.
    if let name = text("format", scope), let format = SchemaFormat(rawValue: name) {
      node.checks.append(.format(format))
    }
  }

  mutating func compileCounts(
    _ scope: Scope, _ counted: SchemaCounted, _ minimum: String, _ maximum: String,
    into node: inout SchemaNode
  ) {
    let least = count(minimum, scope)
    let most = count(maximum, scope)
    if let least { node.checks.append(.count(counted, isMaximum: false, least)) }
    if let most { node.checks.append(.count(counted, isMaximum: true, most)) }
    if let least, let most, least > most {
      mistake(scope.place(minimum), "at most \(maximum), which is \(most)", found: "\(least)")
    }
  }

  mutating func compileChoices(_ scope: Scope, into node: inout SchemaNode) {
    if let schemas = schemas("allOf", scope) { node.checks.append(.allOf(schemas)) }
    if let schemas = schemas("anyOf", scope) { node.checks.append(.anyOf(schemas)) }
    if let schemas = schemas("oneOf", scope) { node.checks.append(.oneOf(schemas)) }
    if let schema = scope.keywords["not"] {
      node.checks.append(.not(compile(schema, scope.place("not"))))
    }
  }

  /// What says nothing about a value must still be well formed.
  mutating func checkAnnotations(_ scope: Scope, into node: inout SchemaNode) {
    node.isSecret = boolean("secret", scope) ?? false
    _ = boolean("immutable", scope)
    if let position = number("position", scope), (position.doubleValue ?? 0) < 0 {
      mistake(scope.place("position"), "a number of at least 0", position)
    }
    for keyword in ["id", "$schema", "title", "description"] { _ = text(keyword, scope) }
    compileDefinitions(scope)
    guard options.refusesUnknownKeywords else { return }
    for keyword in scope.keywords.keys where !Self.keywords.contains(keyword) {
      mistake(
        scope.location, "keywords of JSON Schema draft 4, or secret, immutable, position",
        found: SchemaText.quoted(keyword))
    }
  }

  private static let keywords: Set<String> = [
    "id", "$schema", "title", "description", "default", "multipleOf", "maximum",
    "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength", "pattern",
    "additionalItems", "items", "maxItems", "minItems", "uniqueItems", "maxProperties",
    "minProperties", "required", "additionalProperties", "definitions", "properties",
    "patternProperties", "dependencies", "enum", "type", "allOf", "anyOf", "oneOf", "not",
    "format", "$ref", "secret", "immutable", "position",
  ]
}
