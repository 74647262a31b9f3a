import JSON

/// One validation: walks the value with the schema and gathers what does not fit.
struct SchemaRun {
  let nodes: [SchemaNode]
  private var violations: [SchemaViolation] = []
  private var location = JSONLocation()
  private var steps = 0
  private var depth = 0
  /// How many schemas around the place at hand are secret.
  private var secrets = 0
  /// Only whether there is a violation is asked for.
  private var isProbe = false

  init(nodes: [SchemaNode]) { self.nodes = nodes }

  /// Set once a limit is reached, also where only a fit was asked for: then nothing counts any
  /// more.
  private var limit: SchemaViolation?

  /// All violations of the value.
  mutating func violations(of value: JSONValue, _ root: Int) -> [SchemaViolation] {
    check(root, value)
    return limit.map { violations.prefix(JSONSchema.violationsMax - 1) + [$0] } ?? violations
  }

  private var isDone: Bool {
    limit != nil || violations.count >= (isProbe ? 1 : JSONSchema.violationsMax)
  }

  private mutating func check(_ index: Int, _ value: JSONValue) {
    guard !isDone else { return }
    steps += 1
    guard steps <= JSONSchema.stepsMax else {
      return reach("at most \(JSONSchema.stepsMax) schemas to apply")
    }
    guard depth < JSONSchema.depthMax else {
      return reach("at most \(JSONSchema.depthMax) schemas inside each other")
    }
    depth += 1
    let isSecret = nodes[index].isSecret
    if isSecret { secrets += 1 }
    if let reference = nodes[index].reference {
      check(reference, value)
    } else {
      for check in nodes[index].checks where !isDone { apply(check, value) }
    }
    if isSecret { secrets -= 1 }
    depth -= 1
  }

  private mutating func apply(_ check: SchemaCheck, _ value: JSONValue) {
    switch check {
    case .types(let types):
      if !types.contains(SchemaTypes(of: value.kind)) { violate(types.text, value) }
    case .values(let values, let text):
      if !values.contains(SchemaNumber.canonical(value)) { violate("one of \(text)", value) }
    case .bound(let bound, let isUpper, let isExclusive):
      checkBound(value, bound, isUpper, isExclusive)
    case .multiple(let divisor):
      if value.doubleValue != nil, !SchemaNumber.isMultiple(value, of: divisor) {
        violate("a multiple of \(divisor.text())", value)
      }
    case .count(let counted, let isMaximum, let limit): checkCount(value, counted, isMaximum, limit)
    case .pattern(let pattern):
      if let text = value.stringValue, !pattern.isFound(text) {
        violate("a match of \(pattern.text)", value)
      }
    case .format(let format):
      if let text = value.stringValue, !format.matches(text) { violate(format.text, value) }
    case .items, .tuple, .unique: checkArray(check, value)
    case .members, .required, .dependency, .dependentSchema: checkObject(check, value)
    case .allOf, .anyOf, .oneOf, .not: checkChoice(check, value)
    }
  }

  private mutating func reach(_ expected: String) {
    limit = SchemaViolation(location: location, expected: expected, found: "one more")
  }

  private mutating func violate(_ expected: String, _ value: JSONValue) {
    violate(expected, found: secrets > 0 ? "a secret" : SchemaText.shown(value))
  }

  private mutating func violate(_ expected: String, found: String) {
    violations.append(
      SchemaViolation(location: location, expected: expected, found: found))
  }

  /// Whether the value fits, without a word about why not.
  private mutating func fits(_ index: Int, _ value: JSONValue) -> Bool {
    let kept = (violations, isProbe)
    (violations, isProbe) = ([], true)
    check(index, value)
    let fits = violations.isEmpty && limit == nil
    (violations, isProbe) = kept
    return fits
  }

  private mutating func inside(
    _ step: JSONLocation.Step, _ body: (inout SchemaRun) -> Void
  ) {
    location.append(step)
    body(&self)
    location.removeLast()
  }
}

// MARK: - By itself

extension SchemaRun {
  private mutating func checkBound(
    _ value: JSONValue, _ bound: JSONValue, _ isUpper: Bool, _ isExclusive: Bool
  ) {
    guard let order = SchemaNumber.compare(value, bound) else { return }
    let fits = order == 0 ? !isExclusive : (order < 0) == isUpper
    guard !fits else { return }
    let relation =
      switch (isUpper, isExclusive) {
      case (true, true): "a number below"
      case (true, false): "a number of at most"
      case (false, true): "a number above"
      case (false, false): "a number of at least"
      }
    violate("\(relation) \(bound.text())", value)
  }

  private mutating func checkCount(
    _ value: JSONValue, _ counted: SchemaCounted, _ isMaximum: Bool, _ limit: Int
  ) {
    let count: Int? =
      switch counted {
      case .characters: value.stringValue?.unicodeScalars.count
      case .elements: value.arrayValue?.count
      case .members: value.objectValue?.count
      }
    guard let count, isMaximum ? count > limit : count < limit else { return }
    violate("at \(isMaximum ? "most" : "least") \(limit) \(counted.rawValue)", found: "\(count)")
  }

  private mutating func checkChoice(_ check: SchemaCheck, _ value: JSONValue) {
    switch check {
    case .allOf(let schemas): for schema in schemas { self.check(schema, value) }
    case .anyOf(let schemas):
      for schema in schemas where fits(schema, value) { return }
      violate("a value that fits \(text(of: schemas))", value)
    case .oneOf(let schemas):
      var count = 0
      for schema in schemas where fits(schema, value) { count += 1 }
      guard count != 1 else { return }
      violate("a value that fits exactly \(text(of: schemas))", found: "one that fits \(count)")
    case .not(let schema):
      if fits(schema, value) { violate("a value that does not fit the schema in \"not\"", value) }
    default: break
    }
  }

  /// The alternatives by their types, where all have one.
  private func text(of schemas: [Int]) -> String {
    let types = schemas.compactMap { nodes[$0].types?.text }
    guard types.count == schemas.count else { return "one of \(schemas.count) schemas" }
    return "one of: \(types.joined(separator: ", "))"
  }
}

// MARK: - With its parts

extension SchemaRun {
  private mutating func checkArray(_ check: SchemaCheck, _ value: JSONValue) {
    guard let elements = value.arrayValue else { return }
    switch check {
    case .items(let schema):
      for (place, element) in elements.enumerated() where !isDone {
        inside(.element(place)) { $0.check(schema, element) }
      }
    case .tuple(let schemas, let others):
      for (place, element) in elements.enumerated() where !isDone {
        inside(.element(place)) { run in
          if place < schemas.count {
            run.check(schemas[place], element)
          } else {
            run.checkOther(element, others) { "at most \(schemas.count) elements" }
          }
        }
      }
    case .unique: checkUnique(elements)
    default: break
    }
  }

  private mutating func checkUnique(_ elements: [JSONValue]) {
    var seen: [JSONValue: Int] = [:]
    for (place, element) in elements.enumerated() where !isDone {
      let canonical = SchemaNumber.canonical(element)
      if let first = seen[canonical] {
        inside(.element(place)) {
          $0.violate("another value than at [\(first)]", element)
        }
      } else {
        seen[canonical] = place
      }
    }
  }

  private mutating func checkObject(_ check: SchemaCheck, _ value: JSONValue) {
    guard let object = value.objectValue else { return }
    switch check {
    case .members(let members): checkMembers(object, members)
    case .required(let names): require(names, in: object)
    case .dependency(let name, let others):
      if object[name] != nil { require(others, in: object, because: name) }
    case .dependentSchema(let name, let schema):
      if object[name] != nil { self.check(schema, value) }
    default: break
    }
  }

  private mutating func require(
    _ names: [String], in object: JSONObject, because other: String? = nil
  ) {
    for name in names where object[name] == nil && !isDone {
      inside(.member(name)) { run in
        let reason = other.map { " beside \(SchemaText.quoted($0))" } ?? ""
        run.violate("a value, which is required\(reason)", found: "none")
      }
    }
  }

  private mutating func checkMembers(_ object: JSONObject, _ members: SchemaMembers) {
    for property in members.properties where property.isRequired {
      require([property.name], in: object)
    }
    for (name, value) in object where !isDone {
      inside(.member(name)) { $0.checkMember(name, value, members) }
    }
  }

  private mutating func checkMember(
    _ name: String, _ value: JSONValue, _ members: SchemaMembers
  ) {
    var isKnown = false
    if let property = members.property(name) {
      isKnown = true
      if !(property.acceptsNull && value.isNull) { check(property.schema, value) }
    }
    for (pattern, schema) in members.patterns where pattern.isFound(name) {
      isKnown = true
      check(schema, value)
    }
    guard !isKnown else { return }
    checkOther(value, members.others) {
      members.properties.isEmpty
        ? "no such member"
        : "one of the members \(SchemaText.listed(members.properties.map(\.name)))"
    }
  }

  private mutating func checkOther(
    _ value: JSONValue, _ others: SchemaOthers, _ expected: () -> String
  ) {
    switch others {
    case .allowed: break
    case .refused: violate(expected(), found: "another one")
    case .fitting(let schema): check(schema, value)
    }
  }
}
