/// A value in a log line.
public enum Field: Sendable, Equatable {
  case text(String)
  case int(Int)
  case double(Double)
  case bool(Bool)
}

extension Field: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral
{
  public init(stringLiteral text: String) { self = .text(text) }
  public init(integerLiteral number: Int) { self = .int(number) }
  public init(floatLiteral number: Double) { self = .double(number) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
}
