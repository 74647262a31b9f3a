/// Arguments bound to the parameters of a filter, test or method, by position or name.
struct JinjaBound {
  fileprivate(set) var values: [Value?]

  subscript(_ parameter: Int) -> Value? { values[parameter] }

  /// A required text.
  func text(_ parameter: Int, of callee: String) throws(ExpressionError) -> String {
    guard case .string(let text)? = values[parameter] else {
      throw .failed(
        .init(
          "\(callee) wants a text as argument \(parameter + 1), not "
            + (values[parameter]?.typeName ?? "nothing")))
    }
    return text
  }

  func isTrue(_ parameter: Int) throws(ExpressionError) -> Bool {
    guard let value = values[parameter] else { return false }
    return try PythonSemantics.isTrue(value)
  }

  /// An int; nil where there is none or None.
  func int(_ parameter: Int, of callee: String) throws(ExpressionError) -> Int? {
    guard let value = values[parameter] else { return nil }
    if case .none = value { return nil }
    guard let number = value.wholeIndex else {
      throw .failed(
        .init("\(callee) wants an int as argument \(parameter + 1), not \(value.typeName)"))
    }
    return number
  }
}

/// What a filter, test or method takes: the names of its parameters, the first of them required.
struct JinjaSignature: Sendable {
  let name: String
  let parameters: [String]
  let required: Int
}

/// What can stand behind `|`. `parameters` are the names behind the value itself.
struct JinjaFilter: Sendable {
  typealias Body =
    @Sendable (inout JinjaEvaluator, Value, JinjaBound) throws(ExpressionError) -> Value

  let signature: JinjaSignature
  /// Whether an undefined value reaches the body.
  let takesUndefined: Bool
  let body: Body

  private static let takersOfUndefined: Set = ["default", "to_complex", "to_json_string"]

  init(
    _ name: String, _ parameters: [String] = [], required: Int = 0, _ body: @escaping Body
  ) {
    signature = JinjaSignature(name: name, parameters: parameters, required: required)
    takesUndefined = Self.takersOfUndefined.contains(name)
    self.body = body
  }

  var name: String { signature.name }

  /// By name, aliases included.
  static let named: [String: JinjaFilter] = {
    let filters = textFilters + numberFilters + sequenceFilters + dataFilters + regexFilters
    var named = Dictionary(uniqueKeysWithValues: filters.map { ($0.name, $0) })
    named["d"] = named["default"]
    named["count"] = named["length"]
    return named
  }()
}

/// What can stand behind `is`.
struct JinjaTest: Sendable {
  typealias Body = @Sendable (Value, JinjaBound) throws(ExpressionError) -> Bool

  let signature: JinjaSignature
  let takesUndefined: Bool
  let body: Body

  init(
    _ name: String, _ parameters: [String] = [], takesUndefined: Bool = false,
    _ body: @escaping Body
  ) {
    signature = JinjaSignature(name: name, parameters: parameters, required: parameters.count)
    self.takesUndefined = takesUndefined
    self.body = body
  }

  var name: String { signature.name }
}

extension JinjaEvaluator {
  mutating func apply(
    _ filter: JinjaFilter, to inner: JinjaExpression, _ arguments: JinjaArguments, _ offset: Int
  ) throws(ExpressionError) -> Value {
    let value = try filter.takesUndefined ? evaluate(inner) : operand(inner)
    let bound = try bind(arguments, to: filter.signature, offset)
    return try placed(offset) { me throws(ExpressionError) in
      try filter.body(&me, value, bound)
    }
  }

  mutating func check(
    _ test: JinjaTest, on inner: JinjaExpression, _ arguments: JinjaArguments, _ offset: Int
  ) throws(ExpressionError) -> Bool {
    let value = try test.takesUndefined ? evaluate(inner) : operand(inner)
    let bound = try bind(arguments, to: test.signature, offset)
    return try placed(offset) { _ throws(ExpressionError) in try test.body(value, bound) }
  }

  mutating func bind(
    _ arguments: JinjaArguments, to signature: JinjaSignature, _ offset: Int
  ) throws(ExpressionError) -> JinjaBound {
    let parameters = signature.parameters
    func fault(_ message: String) -> ExpressionError {
      .failed(.init("\(signature.name) \(message)", at: SourcePlace(of: offset, in: source)))
    }
    var bound = JinjaBound(values: Array(repeating: nil, count: parameters.count))
    guard arguments.positional.count <= parameters.count else {
      throw fault(
        "takes at most \(parameters.count) arguments, found \(arguments.positional.count)")
    }
    for (place, expression) in arguments.positional.enumerated() {
      bound.values[place] = try operand(expression)
    }
    for (name, expression) in arguments.named {
      guard let place = parameters.firstIndex(of: name) else {
        throw fault("has no argument '\(name)'")
      }
      guard bound.values[place] == nil else { throw fault("got '\(name)' twice") }
      bound.values[place] = try operand(expression)
    }
    if let missing = parameters.indices.first(where: {
      $0 < signature.required && bound[$0] == nil
    }) {
      throw fault("wants an argument '\(parameters[missing])'")
    }
    return bound
  }

  /// What `for x in value` would go through.
  mutating func iterated(_ value: Value) throws(ExpressionError) -> [Value] {
    let value = try value.settled()
    let parts: [Value]
    if case .string(let text) = value {
      parts = text.unicodeScalars.map { .string(String($0)) }
    } else if let entries = value.entries {
      parts = entries.map(\.key)
    } else if let elements = value.elements {
      parts = elements
    } else {
      throw .failed(.init("'\(value.typeName)' object is not iterable"))
    }
    try budget.spend(parts.count)
    return parts
  }
}
