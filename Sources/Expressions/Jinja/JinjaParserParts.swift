/// Literals, names, and what stands behind them.
extension JinjaParser {
  mutating func primary() throws(ExpressionError) -> JinjaExpression {
    let token = current
    index += 1
    switch token.kind {
    case .name("true"), .name("True"): return .constant(.bool(true))
    case .name("false"), .name("False"): return .constant(.bool(false))
    case .name("none"), .name("None"): return .constant(.none)
    case .name(let name): return .name(name, token.offset)
    case .string(var text):
      while case .string(let more) = current.kind {
        text += more
        index += 1
      }
      return .constant(.string(text))
    case .int(let value): return .constant(.int(value))
    case .double(let value): return .constant(.double(value))
    case .mark("("): return try parentheses()
    case .mark("["): return .list(try items(until: "]"))
    case .mark("{"): return try dict(at: token.offset)
    default:
      index -= 1
      throw unexpected("an expression")
    }
  }

  private mutating func parentheses() throws(ExpressionError) -> JinjaExpression {
    if takeMark(")") { return .tuple([]) }
    let inner = try tuple()
    try expectMark(")")
    return inner
  }

  private mutating func items(until close: String) throws(ExpressionError) -> [JinjaExpression] {
    var items: [JinjaExpression] = []
    while !takeMark(close) {
      if !items.isEmpty {
        try expectMark(",")
        if takeMark(close) { break }
      }
      items.append(try expression())
    }
    return items
  }

  private mutating func dict(at offset: Int) throws(ExpressionError) -> JinjaExpression {
    var entries: [(key: JinjaExpression, value: JinjaExpression)] = []
    while !takeMark("}") {
      if !entries.isEmpty {
        try expectMark(",")
        if takeMark("}") { break }
      }
      let key = try expression()
      try expectMark(":")
      entries.append((key, try expression()))
    }
    return .dict(entries, offset)
  }

  mutating func postfix(_ node: JinjaExpression) throws(ExpressionError) -> JinjaExpression {
    var node = node
    while isMark(".") || isMark("[") || isMark("(") {
      try countOperation()
      let offset = current.offset
      if takeMark(".") {
        node = try member(of: node)
      } else if takeMark("[") {
        node = try subscripted(node, at: offset)
      } else {
        node = try call(node)
      }
    }
    return node
  }

  private mutating func member(
    of node: JinjaExpression
  ) throws(ExpressionError) -> JinjaExpression {
    let token = current
    index += 1
    switch token.kind {
    case .name(let name): return .attribute(node, name, token.offset)
    case .int(let value): return .item(node, .constant(.int(value)), token.offset)
    default:
      index -= 1
      throw unexpected("a name or number behind '.'")
    }
  }

  private mutating func subscripted(
    _ node: JinjaExpression, at offset: Int
  ) throws(ExpressionError) -> JinjaExpression {
    if isMark("]") { throw unexpected("an index") }
    let start = isMark(":") ? nil : try expression()
    if takeMark(":") {
      var bounds = JinjaExpression.SliceBounds(start: start)
      if !isMark(":"), !isMark("]") { bounds.end = try expression() }
      if takeMark(":"), !isMark("]") { bounds.step = try expression() }
      try expectMark("]")
      return .slice(node, bounds, offset)
    }
    guard let start else { throw unexpected("an index") }
    var indexes = [start]
    while takeMark(",") { indexes.append(try expression()) }
    try expectMark("]")
    return .item(node, indexes.count == 1 ? start : .tuple(indexes), offset)
  }

  /// Only methods of values can be called; there are no functions.
  private mutating func call(_ node: JinjaExpression) throws(ExpressionError) -> JinjaExpression {
    switch node {
    case .attribute(let object, let name, let offset):
      return .method(object, name, try arguments(), offset)
    case .name(let name, let offset):
      throw .unsupported(
        .init("the function '\(name)' is not supported", at: SourcePlace(of: offset, in: source)))
    default:
      throw .unsupported(
        .init("this cannot be called", at: SourcePlace(of: current.offset, in: source)))
    }
  }

  mutating func arguments() throws(ExpressionError) -> JinjaArguments {
    var arguments = JinjaArguments()
    try expectMark("(")
    var isFirst = true
    while !takeMark(")") {
      if !isFirst {
        try expectMark(",")
        if takeMark(")") { break }
      }
      isFirst = false
      if isMark("*") || isMark("**") {
        throw .unsupported(
          .init(
            "arguments from a list or dict are not supported",
            at: SourcePlace(of: current.offset, in: source)))
      }
      if case .name(let name) = current.kind, tokens[index + 1].kind == .mark("=") {
        index += 2
        arguments.named.append((name, try expression()))
      } else {
        guard arguments.named.isEmpty else {
          throw unexpected("a named argument, as those before it")
        }
        arguments.positional.append(try expression())
      }
    }
    return arguments
  }
}

// MARK: - Filters and tests

extension JinjaParser {
  mutating func filters(_ node: JinjaExpression) throws(ExpressionError) -> JinjaExpression {
    var node = node
    while isMark("|") || isWord("is") || isMark("(") {
      try countOperation()
      if takeMark("|") {
        node = try filter(node)
      } else if takeWord("is") {
        node = try test(node)
      } else {
        node = try call(node)
      }
    }
    return node
  }

  private mutating func dottedName() throws(ExpressionError) -> String {
    var name = try expectName()
    while takeMark(".") { name += "." + (try expectName()) }
    return name
  }

  private mutating func filter(_ node: JinjaExpression) throws(ExpressionError) -> JinjaExpression {
    let offset = current.offset
    let name = try dottedName()
    guard let filter = JinjaFilter.named[name] else {
      throw error("there is no filter '\(name)'", at: offset)
    }
    let arguments = isMark("(") ? try arguments() : JinjaArguments()
    return .filter(node, filter, arguments, offset)
  }

  private mutating func test(_ node: JinjaExpression) throws(ExpressionError) -> JinjaExpression {
    let isNegated = takeWord("not")
    let offset = current.offset
    let name = try dottedName()
    guard let test = JinjaTest.named[name] else {
      throw error("there is no test '\(name)'", at: offset)
    }
    var arguments = JinjaArguments()
    if isMark("(") {
      arguments = try self.arguments()
    } else if startsTestArgument {
      if isWord("is") { throw unexpected("no second 'is' behind a test") }
      arguments.positional = [
        try deeper { parser throws(ExpressionError) in
          try parser.postfix(try parser.primary())
        }
      ]
    }
    let result = JinjaExpression.test(node, test, arguments, offset)
    return isNegated ? .unary(.not, result, offset) : result
  }

  private var startsTestArgument: Bool {
    switch current.kind {
    case .name(let name): !["else", "or", "and"].contains(name)
    case .string, .int, .double, .mark("["), .mark("{"): true
    default: false
    }
  }
}
