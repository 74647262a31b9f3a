public import JSON

/// A compiled schema: JSON Schema draft 4, with what StackStorm adds to it:
/// - `required: true` inside a property as well as draft 4's list of names beside `properties`;
/// - the types `any` and `raw_string` (a string);
/// - `secret`, `immutable`, `position` as annotations. A value below a `secret` is never shown in a
///   message;
/// - if the options say so, null for a property that is optional or whose default is null.
///
/// `1.0` is no integer and `true` no number; `enum` and `uniqueItems` compare numbers by value.
/// A schema is compiled once; what it costs to validate is bounded whatever it says: by
/// `stepsMax` applied schemas, `depthMax` of them inside each other and `violationsMax` messages.
public struct JSONSchema: Sendable {
  /// Schemas applied in one validation.
  public static let stepsMax = 1_000_000
  /// Schemas applied inside each other, by references or by the value's parts.
  public static let depthMax = 256
  /// Violations after which a validation stops.
  public static let violationsMax = 100

  public struct Options: Sendable, Hashable {
    /// A property that is not required, or whose default is null, takes null too; one of these
    /// without a type is a string. This is how StackStorm reads actions' parameters.
    public var optionalsAcceptNull = false
    /// A keyword that is neither draft 4's nor StackStorm's is a mistake and no annotation.
    public var refusesUnknownKeywords = false

    public init(optionalsAcceptNull: Bool = false, refusesUnknownKeywords: Bool = false) {
      self.optionalsAcceptNull = optionalsAcceptNull
      self.refusesUnknownKeywords = refusesUnknownKeywords
    }

    public static let parameters = Options(
      optionalsAcceptNull: true, refusesUnknownKeywords: true)
  }

  /// Makes a matcher of a regular expression, which tells whether it is found anywhere in a text;
  /// throws what is wrong with the expression.
  public typealias PatternCompiler = (String) throws -> @Sendable (String) -> Bool

  let nodes: [SchemaNode]
  let root: Int

  /// Throws all mistakes of the schema at once.
  public init(
    compiling schema: JSONValue, options: Options = Options(), patterns: @escaping PatternCompiler
  ) throws(SchemaError) {
    var compiler = SchemaCompiler(schema, options, patterns)
    root = compiler.compileRoot()
    compiler.findEndlessReferences()
    guard compiler.mistakes.isEmpty else { throw SchemaError(mistakes: compiler.mistakes) }
    nodes = compiler.nodes
  }

  /// What is wrong with the value, in the order of the schema; nothing if it fits. Defaults are not
  /// filled in here: validate what `fillingDefaults` gives.
  public func validate(_ value: JSONValue) -> [SchemaViolation] {
    var run = SchemaRun(nodes: nodes)
    return run.violations(of: value, root)
  }

  /// The schema of a set of parameters, as StackStorm makes it: an object with these properties
  /// and, unless others are allowed, no others. Without any parameters everything fits. A parameter
  /// that says nothing takes every value but null.
  public static func schema(
    ofParameters parameters: JSONObject, allowsUnknown: Bool = false
  ) -> JSONValue {
    guard !parameters.isEmpty else { return [:] }
    let anything: JSONValue = [
      "anyOf": .array(
        ["array", "boolean", "integer", "number", "object", "string"].map { name in
          .object(["type": .string(name)])
        })
    ]
    let properties = parameters.map { name, schema in
      (name, schema.isNull || schema.objectValue?.isEmpty == true ? anything : schema)
    }
    return [
      "type": "object", "properties": .object(JSONObject(properties)),
      "additionalProperties": .bool(allowsUnknown),
    ]
  }
}
