public import Expressions

/// Datastore entries as templates see them: `st2kv.system.a.b` is the entry `a.b`, asked for only
/// where its value is needed. Entries are texts; one that is missing is the empty text.
public struct KeyLookup: ValueLookup {
  private let read: @Sendable (String) throws(ExpressionError) -> String?
  private let path: [String]

  /// `read` gives the entry of a name, nil where there is none. It may throw to end the evaluation.
  public init(_ read: @escaping @Sendable (String) throws(ExpressionError) -> String?) {
    self.init(read, path: [])
  }

  private init(
    _ read: @escaping @Sendable (String) throws(ExpressionError) -> String?, path: [String]
  ) {
    self.read = read
    self.path = path
  }

  public func member(_ name: String) throws(ExpressionError) -> Value {
    .lookup(KeyLookup(read, path: path + [name]))
  }

  public func value() throws(ExpressionError) -> Value {
    .string(try read(path.joined(separator: ".")) ?? "")
  }
}
