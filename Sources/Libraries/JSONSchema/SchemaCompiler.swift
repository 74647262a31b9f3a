import JSON

/// Turns a schema's text into nodes and gathers all its mistakes on the way. A node of something
/// mistaken is there but not used, because compiling as a whole fails then.
struct SchemaCompiler {
  /// Schemas in one schema, and inside each other.
  static let nodesMax = 10_000
  static let nestingMax = 128

  let document: JSONValue
  let options: JSONSchema.Options
  let compilePattern: JSONSchema.PatternCompiler
  var nodes: [SchemaNode] = []
  var mistakes: [SchemaMistake] = []
  /// The nodes of places that a reference leads to, by pointer.
  var referred: [JSONKey: Int] = [:]
  var nesting = 0

  init(
    _ document: JSONValue, _ options: JSONSchema.Options,
    _ compilePattern: @escaping JSONSchema.PatternCompiler
  ) {
    self.document = document
    self.options = options
    self.compilePattern = compilePattern
  }

  mutating func compileRoot() -> Int {
    let root = reserve()
    referred["#"] = root
    fill(root, document, JSONLocation(), isParameters: options.optionalsAcceptNull)
    return root
  }

  /// A schema inside another one. `isParameters`: its optional properties take null.
  mutating func compile(
    _ schema: JSONValue, _ location: JSONLocation, isParameters: Bool = false
  ) -> Int {
    let index = reserve()
    fill(index, schema, location, isParameters: isParameters)
    return index
  }

  mutating func reserve() -> Int {
    nodes.append(SchemaNode())
    return nodes.count - 1
  }

  mutating func fill(
    _ index: Int, _ schema: JSONValue, _ location: JSONLocation, isParameters: Bool
  ) {
    guard case .object(let keywords) = schema else {
      return mistake(location, "a schema, which is an object", schema)
    }
    guard nodes.count <= Self.nodesMax else {
      return mistake(location, "at most \(Self.nodesMax) schemas", found: "one more")
    }
    guard nesting < Self.nestingMax else {
      return mistake(
        location, "at most \(Self.nestingMax) schemas inside each other", found: "one more")
    }
    nesting += 1
    defer { nesting -= 1 }
    var node = SchemaNode()
    if let reference = keywords["$ref"] {
      node.reference = resolve(reference, location.member("$ref"))
    } else {
      let scope = Scope(keywords: keywords, location: location, isParameters: isParameters)
      compileTypes(scope, into: &node)
      compileNumbers(scope, into: &node)
      compileTexts(scope, into: &node)
      compileArrays(scope, into: &node)
      compileObjects(scope, into: &node)
      compileChoices(scope, into: &node)
      checkAnnotations(scope, into: &node)
    }
    nodes[index] = node
  }

  /// The schema at hand.
  struct Scope {
    let keywords: JSONObject
    let location: JSONLocation
    let isParameters: Bool

    func place(_ keyword: String) -> JSONLocation { location.member(keyword) }
  }
}

// MARK: - What keywords hold

extension SchemaCompiler {
  mutating func mistake(_ location: JSONLocation, _ expected: String, _ value: JSONValue) {
    mistake(location, expected, found: SchemaText.shown(value))
  }

  mutating func mistake(_ location: JSONLocation, _ expected: String, found: String) {
    guard mistakes.count < SchemaError.mistakesMax else { return }
    mistakes.append(SchemaMistake(location: location, expected: expected, found: found))
  }

  mutating func boolean(_ keyword: String, _ scope: Scope) -> Bool? {
    guard let value = scope.keywords[keyword] else { return nil }
    if let boolean = value.boolValue { return boolean }
    mistake(scope.place(keyword), "true or false", value)
    return nil
  }

  mutating func number(_ keyword: String, _ scope: Scope) -> JSONValue? {
    guard let value = scope.keywords[keyword] else { return nil }
    if value.doubleValue != nil { return value }
    mistake(scope.place(keyword), "a number", value)
    return nil
  }

  mutating func count(_ keyword: String, _ scope: Scope) -> Int? {
    guard let value = scope.keywords[keyword] else { return nil }
    if let count = value.intValue, count >= 0 { return count }
    mistake(scope.place(keyword), "an integer of at least 0", value)
    return nil
  }

  mutating func text(_ keyword: String, _ scope: Scope) -> String? {
    guard let value = scope.keywords[keyword] else { return nil }
    if let text = value.stringValue { return text }
    mistake(scope.place(keyword), "a string", value)
    return nil
  }

  /// A list that is not empty.
  mutating func list(_ value: JSONValue, _ location: JSONLocation, of what: String) -> [JSONValue] {
    if let list = value.arrayValue, !list.isEmpty { return list }
    mistake(location, "a list of at least one \(what)", value)
    return []
  }

  mutating func names(_ value: JSONValue, _ location: JSONLocation) -> [String] {
    var names: [String] = []
    for (place, element) in list(value, location, of: "name").enumerated() {
      if let name = element.stringValue {
        names.append(name)
      } else {
        mistake(location.element(place), "a name", element)
      }
    }
    return names
  }

  mutating func schemas(_ keyword: String, _ scope: Scope) -> [Int]? {
    guard let value = scope.keywords[keyword] else { return nil }
    let location = scope.place(keyword)
    return list(value, location, of: "schema").enumerated().map { place, schema in
      compile(schema, location.element(place))
    }
  }

  mutating func pattern(_ text: String, _ location: JSONLocation) -> SchemaPattern? {
    do {
      return SchemaPattern(text: text, isFound: try compilePattern(text))
    } catch {
      mistake(location, "a regular expression", found: "\(SchemaText.quoted(text)): \(error)")
      return nil
    }
  }
}
