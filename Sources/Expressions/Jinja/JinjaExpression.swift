/// The syntax of an expression: what the parser makes and the evaluator walks. Offsets are those of
/// the token that an error shall point at. `Value` is the constant's own.
indirect enum JinjaExpression: Sendable {
  enum Unary: Sendable { case negative, positive, not }

  enum Binary: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case floorDivide = "//"
    case modulo = "%"
    case power = "**"
  }

  enum Comparison: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case contained = "in"
    case notContained = "not in"
  }

  case constant(Value)
  case name(String, Int)
  case attribute(JinjaExpression, String, Int)
  case item(JinjaExpression, JinjaExpression, Int)
  case slice(JinjaExpression, SliceBounds, Int)
  case list([JinjaExpression])
  case tuple([JinjaExpression])
  case dict([(key: JinjaExpression, value: JinjaExpression)], Int)
  case unary(Unary, JinjaExpression, Int)
  case binary(Binary, JinjaExpression, JinjaExpression, Int)
  case both(JinjaExpression, JinjaExpression)
  case either(JinjaExpression, JinjaExpression)
  case comparison(JinjaExpression, [(Comparison, JinjaExpression)], Int)
  case concatenation([JinjaExpression])
  case conditional(JinjaExpression, if: JinjaExpression, else: JinjaExpression?)
  case filter(JinjaExpression, JinjaFilter, JinjaArguments, Int)
  case test(JinjaExpression, JinjaTest, JinjaArguments, Int)
  case method(JinjaExpression, String, JinjaArguments, Int)

  struct SliceBounds: Sendable {
    var start: JinjaExpression?
    var end: JinjaExpression?
    var step: JinjaExpression?
  }
}

/// Arguments as written.
struct JinjaArguments: Sendable {
  var positional: [JinjaExpression] = []
  var named: [(name: String, value: JinjaExpression)] = []
}

/// A piece of a template.
enum JinjaNode: Sendable {
  case text(String)
  case output(JinjaExpression, Int)
}
