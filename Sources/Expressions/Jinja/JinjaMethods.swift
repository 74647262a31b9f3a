/// Python's methods that templates call on texts and dicts.
extension JinjaEvaluator {
  private static let textMethods = byName([
    method("upper"), method("lower"), method("capitalize"), method("strip", ["chars"]),
    method("lstrip", ["chars"]), method("rstrip", ["chars"]),
    method("split", ["sep", "maxsplit"]), method("startswith", ["prefix"], required: 1),
    method("endswith", ["suffix"], required: 1),
    method("replace", ["old", "new", "count"], required: 2),
    method("join", ["iterable"], required: 1),
  ])
  private static let dictMethods = byName([
    method("get", ["key", "default"], required: 1), method("keys"), method("values"),
    method("items"),
  ])

  private static func method(
    _ name: String, _ parameters: [String] = [], required: Int = 0
  ) -> JinjaSignature {
    JinjaSignature(name: name, parameters: parameters, required: required)
  }

  private static func byName(_ methods: [JinjaSignature]) -> [String: JinjaSignature] {
    Dictionary(uniqueKeysWithValues: methods.map { ($0.name, $0) })
  }

  mutating func callMethod(
    _ expression: JinjaExpression, _ name: String, _ arguments: JinjaArguments, _ offset: Int
  ) throws(ExpressionError) -> Value {
    let object = try operand(expression)
    let methods =
      object.isMapping ? Self.dictMethods : object.typeName == "str" ? Self.textMethods : [:]
    guard let signature = methods[name] else {
      throw .unsupported(
        .init(
          "the method '\(name)' of \(object.typeName) is not supported",
          at: SourcePlace(of: offset, in: source)))
    }
    let bound = try bind(arguments, to: signature, offset)
    return try placed(offset) { me throws(ExpressionError) in
      if case .string(let text) = object { return try me.call(name, of: text, bound) }
      return try me.call(name, ofDict: object, bound)
    }
  }

  private mutating func call(
    _ name: String, of text: String, _ bound: JinjaBound
  ) throws(ExpressionError) -> Value {
    switch name {
    case "upper": return .string(PythonText.upper(text))
    case "lower": return .string(PythonText.lower(text))
    case "capitalize": return .string(PythonText.capitalize(text))
    case "startswith": return .bool(PythonText.hasPrefix(text, try bound.text(0, of: name)))
    case "endswith": return .bool(PythonText.hasSuffix(text, try bound.text(0, of: name)))
    case "strip", "lstrip", "rstrip":
      let stripped = bound[0]?.isNotNone == true ? try bound.text(0, of: name) : nil
      return .string(
        PythonText.strip(text, left: name != "rstrip", right: name != "lstrip") {
          stripped?.unicodeScalars.contains($0) ?? PythonText.isSpace($0)
        })
    case "split":
      let separator = bound[0]?.isNotNone == true ? try bound.text(0, of: name) : nil
      if separator?.isEmpty == true { throw .failed(.init("empty separator")) }
      let count = try bound.int(1, of: name) ?? -1
      let parts = PythonText.split(text, separator: separator, max: count < 0 ? .max : count)
      try budget.spend(parts.count)
      return .list(parts.map { .string($0) })
    case "replace":
      let count = try bound.int(2, of: name) ?? -1
      return .string(
        try PythonText.replace(
          text, (try bound.text(0, of: name), try bound.text(1, of: name)),
          max: count < 0 ? .max : count, &budget))
    default: return try join(text, bound[0] ?? .none)
    }
  }

  private mutating func join(
    _ separator: String, _ parts: Value
  ) throws(ExpressionError) -> Value {
    var text = ""
    for (index, part) in try iterated(parts).enumerated() {
      guard case .string(let piece) = part else {
        throw .failed(
          .init("sequence item \(index): expected str instance, \(part.typeName) found"))
      }
      text += (index > 0 ? separator : "") + piece
      try budget.checkOutput(bytes: text.utf8.count)
    }
    return .string(text)
  }

  private mutating func call(
    _ name: String, ofDict dict: Value, _ bound: JinjaBound
  ) throws(ExpressionError) -> Value {
    if name == "get" {
      return try PythonSemantics.member(of: dict, bound[0] ?? .none) ?? bound[1] ?? .none
    }
    let entries = dict.entries ?? []
    try budget.spend(entries.count)
    switch name {
    case "keys": return .list(entries.map(\.key))
    case "values": return .list(entries.map(\.value))
    default: return .list(entries.map { .tuple([$0.key, $0.value]) })
    }
  }
}
