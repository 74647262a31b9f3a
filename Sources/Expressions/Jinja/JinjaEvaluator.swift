/// Walks the syntax of a template and yields values. One evaluator serves one evaluation; it holds
/// what that has used of its limits. Names and members that have no value are `undefined`, and
/// touching one is an error that names it, as Jinja2's StrictUndefined does.
struct JinjaEvaluator {
  let context: any TemplateContext
  let source: [UInt8]
  var budget: Budget
  private var depth = 0

  init(_ context: any TemplateContext, source: [UInt8], limits: EvaluationLimits) {
    self.context = context
    self.source = source
    budget = Budget(limits)
  }

  mutating func render(_ nodes: [JinjaNode]) throws(ExpressionError) -> String {
    var output = ""
    for node in nodes {
      switch node {
      case .text(let text): output += text
      case .output(let expression, let offset):
        output += try placed(offset) { me throws(ExpressionError) in
          try me.string(try me.operand(expression))
        }
      }
      try budget.checkOutput(bytes: output.utf8.count)
    }
    return output
  }

  /// Puts the place into errors that have none yet.
  mutating func placed<Result>(
    _ offset: Int, _ body: (inout JinjaEvaluator) throws(ExpressionError) -> Result
  ) throws(ExpressionError) -> Result {
    do throws(ExpressionError) {
      return try body(&self)
    } catch {
      throw error.placed(at: SourcePlace(of: offset, in: source))
    }
  }

  func string(_ value: Value) throws(ExpressionError) -> String {
    try PythonPrinter.string(value, budget)
  }

  /// The value where it is needed: a look-up is settled, an undefined one is an error.
  mutating func operand(_ expression: JinjaExpression) throws(ExpressionError) -> Value {
    let value = try evaluate(expression)
    switch value {
    case .undefined, .lookup:
      return try placed(Self.offset(of: expression)) { _ throws(ExpressionError) in
        try value.settled()
      }
    default: return value
    }
  }

  private static func offset(of expression: JinjaExpression) -> Int {
    switch expression {
    case .name(_, let offset), .attribute(_, _, let offset), .item(_, _, let offset),
      .slice(_, _, let offset), .filter(_, _, _, let offset), .method(_, _, _, let offset),
      .dict(_, let offset), .unary(_, _, let offset), .binary(_, _, _, let offset),
      .comparison(_, _, let offset), .test(_, _, _, let offset):
      offset
    case .both(let first, _), .either(let first, _), .conditional(let first, _, _):
      self.offset(of: first)
    case .list(let parts), .tuple(let parts), .concatenation(let parts):
      parts.first.map { self.offset(of: $0) } ?? 0
    case .constant: 0
    }
  }

  /// The value, which may be undefined or a look-up.
  mutating func evaluate(_ expression: JinjaExpression) throws(ExpressionError) -> Value {
    try budget.spend()
    depth += 1
    defer { depth -= 1 }
    try budget.checkDepth(depth / 2)
    switch expression {
    case .constant(let value): return value
    case .name(let name, let offset):
      return try placed(offset) { me throws(ExpressionError) in
        try me.context.value(of: name) ?? .undefined(Undefined(name: name))
      }
    case .attribute(let object, let name, let offset):
      return try attribute(object, name, offset)
    case .item(let object, let key, let offset): return try item(object, key, offset)
    case .slice(let object, let bounds, let offset): return try slice(object, bounds, offset)
    case .list(let parts): return .list(try values(parts))
    case .tuple(let parts): return .tuple(try values(parts))
    case .dict(let entries, let offset): return try dict(entries, offset)
    case .unary(let sign, let inner, let offset): return try unary(sign, inner, offset)
    case .binary(let operation, let one, let other, let offset):
      let left = try operand(one)
      let right = try operand(other)
      return try placed(offset) { me throws(ExpressionError) in
        try me.compute(operation, left, right)
      }
    case .both(let one, let other):
      let left = try operand(one)
      return try PythonSemantics.isTrue(left) ? evaluate(other) : left
    case .either(let one, let other):
      let left = try operand(one)
      return try PythonSemantics.isTrue(left) ? left : evaluate(other)
    case .comparison(let first, let rest, let offset): return try compare(first, rest, offset)
    case .concatenation(let parts): return try concatenate(parts)
    case .conditional(let then, let condition, let otherwise):
      if try PythonSemantics.isTrue(try operand(condition)) { return try evaluate(then) }
      guard let otherwise else {
        return .undefined(
          Undefined(
            message: "the condition is false and there is no else part", isLenient: true))
      }
      return try evaluate(otherwise)
    case .filter(let inner, let filter, let arguments, let offset):
      return try apply(filter, to: inner, arguments, offset)
    case .test(let inner, let test, let arguments, let offset):
      return .bool(try check(test, on: inner, arguments, offset))
    case .method(let object, let name, let arguments, let offset):
      return try callMethod(object, name, arguments, offset)
    }
  }

  private mutating func values(
    _ expressions: [JinjaExpression]
  ) throws(ExpressionError) -> [Value] {
    var values: [Value] = []
    for expression in expressions { values.append(try evaluate(expression)) }
    return values
  }

  private mutating func dict(
    _ entries: [(key: JinjaExpression, value: JinjaExpression)], _ offset: Int
  ) throws(ExpressionError) -> Value {
    var dict = ValueDictionary()
    for entry in entries {
      let key = try operand(entry.key)
      let value = try evaluate(entry.value)
      try placed(offset) { _ throws(ExpressionError) in try dict.set(key, value) }
    }
    return .dict(dict)
  }

  private mutating func concatenate(
    _ parts: [JinjaExpression]
  ) throws(ExpressionError) -> Value {
    var text = ""
    for part in parts {
      text += try string(try operand(part))
      try budget.checkOutput(bytes: text.utf8.count)
    }
    return .string(text)
  }
}

// MARK: - Look-ups

extension JinjaEvaluator {
  private mutating func attribute(
    _ object: JinjaExpression, _ name: String, _ offset: Int
  ) throws(ExpressionError) -> Value {
    let object = try container(object)
    return try placed(offset) { _ throws(ExpressionError) in
      try Self.member(of: object, name)
    }
  }

  /// A look-up stays one; it is asked for its member.
  private mutating func container(
    _ expression: JinjaExpression
  ) throws(ExpressionError) -> Value {
    let value = try evaluate(expression)
    guard case .undefined = value else { return value }
    return try placed(Self.offset(of: expression)) { _ throws(ExpressionError) in
      try value.settled()
    }
  }

  static func member(of object: Value, _ name: String) throws(ExpressionError) -> Value {
    if case .lookup(let lookup) = object { return try lookup.member(name) }
    if let member = object.member(name) { return member }
    return .undefined(
      Undefined(message: "'\(typePhrase(object))' has no attribute '\(name)'"))
  }

  private static func typePhrase(_ value: Value) -> String {
    if case .none = value { "None" } else { "\(value.typeName) object" }
  }

  private mutating func item(
    _ object: JinjaExpression, _ key: JinjaExpression, _ offset: Int
  ) throws(ExpressionError) -> Value {
    let object = try container(object)
    let key = try operand(key)
    return try placed(offset) { me throws(ExpressionError) in try me.item(of: object, key) }
  }

  func item(of object: Value, _ key: Value) throws(ExpressionError) -> Value {
    if case .string(let name) = key { return try Self.member(of: object, name) }
    let object = try object.settled()
    if let index = key.wholeIndex {
      if let element = object.element(index) { return element }
      if case .string(let text) = object {
        let scalars = text.unicodeScalars
        let position = index < 0 ? index + scalars.count : index
        if position >= 0, position < scalars.count {
          let scalar = scalars[scalars.index(scalars.startIndex, offsetBy: position)]
          return .string(String(scalar))
        }
      }
    }
    if object.isMapping, (try? ValueKey(key)) != nil,
      let member = try PythonSemantics.member(of: object, key)
    {
      return member
    }
    let found = try PythonPrinter.repr(key, budget)
    return .undefined(
      Undefined(message: "\(Self.typePhrase(object)) has no element \(found)"))
  }

  private mutating func slice(
    _ object: JinjaExpression, _ bounds: JinjaExpression.SliceBounds, _ offset: Int
  ) throws(ExpressionError) -> Value {
    let object = try operand(object)
    let start = try bound(bounds.start, offset)
    let end = try bound(bounds.end, offset)
    let step = try bound(bounds.step, offset) ?? 1
    guard step != 0 else {
      throw .failed(.init("a slice's step cannot be 0", at: SourcePlace(of: offset, in: source)))
    }
    guard let count = object.count, !object.isMapping else {
      return .undefined(Undefined(message: "\(Self.typePhrase(object)) has no slices"))
    }
    let picked = Self.positions(count, start, end, step)
    try budget.spend(picked.count)
    if case .string(let text) = object {
      let scalars = Array(text.unicodeScalars)
      var slice = ""
      slice.unicodeScalars.append(contentsOf: picked.map { scalars[$0] })
      return .string(slice)
    }
    let elements = object.elements ?? []
    let slice = picked.map { elements[$0] }
    if case .tuple = object { return .tuple(slice) }
    return .list(slice)
  }

  private mutating func bound(
    _ expression: JinjaExpression?, _ offset: Int
  ) throws(ExpressionError) -> Int? {
    guard let expression else { return nil }
    let value = try operand(expression)
    if case .none = value { return nil }
    guard let index = value.wholeIndex else {
      throw .failed(
        .init(
          "a slice's bounds must be int, not \(value.typeName)",
          at: SourcePlace(of: offset, in: source)))
    }
    return index
  }

  /// Python's positions of `[start:end:step]`.
  private static func positions(_ count: Int, _ start: Int?, _ end: Int?, _ step: Int) -> [Int] {
    func clamp(_ bound: Int, _ lowest: Int, _ highest: Int) -> Int {
      min(max(bound < 0 ? bound + count : bound, lowest), highest)
    }
    if step > 0 {
      let first = start.map { clamp($0, 0, count) } ?? 0
      let last = end.map { clamp($0, 0, count) } ?? count
      return Array(Swift.stride(from: first, to: last, by: step))
    }
    let first = start.map { clamp($0, -1, count - 1) } ?? count - 1
    let last = end.map { clamp($0, -1, count - 1) } ?? -1
    return Array(Swift.stride(from: first, to: last, by: step))
  }
}

extension Value {
  /// An int or bool as an index.
  var wholeIndex: Int? {
    switch self {
    case .int(let value): value
    case .bool(let value): value ? 1 : 0
    default: nil
    }
  }
}
