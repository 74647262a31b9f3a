import Expressions
import JSON

/// Renders the templates among parameters, each after those that it needs. The state of one
/// rendering.
struct ParameterRendering {
  private let raw: JSONObject
  /// Parameters whose values are data, whatever their texts look like.
  private let dataNames: Set<String>
  private let given: [String: Value]
  private var done: JSONObject = [:]

  init(_ raw: JSONObject, dataNames: Set<String>, actionContext: JSONObject) {
    self.raw = raw
    self.dataNames = dataNames
    given = [
      "action_context": Value(.object(actionContext)), "config_context": Value(.object([:])),
      "st2kv": Value(.object(["system": [:], "user": [:]])),
    ]
  }

  mutating func run() throws(ParameterError) -> JSONObject {
    var needs: [String: Set<String>] = [:]
    for (name, value) in raw {
      if dataNames.contains(name) {
        done[name] = value
        continue
      }
      needs[name] = Set(try Self.names(in: value, of: name)).intersection(raw.keys)
    }
    var left = raw.keys.filter { done[$0] == nil }
    while !left.isEmpty {
      let ready = left.filter { needs[$0]!.allSatisfy { done[$0] != nil } }
      guard !ready.isEmpty else {
        throw ParameterError(
          "Cyclic dependency found in the following variables: \(left.joined(separator: ", "))")
      }
      for name in ready { done[name] = try render(raw[name]!, of: name) }
      left.removeAll { ready.contains($0) }
    }
    return JSONObject(raw.keys.map { ($0, done[$0]!) })
  }

  static func isTemplate(_ text: String) -> Bool {
    text.utf8.contains(UInt8(ascii: "{")) && (text.contains("{{") || text.contains("{%"))
  }

  /// The names that the templates in a value look up.
  private static func names(
    in value: JSONValue, of parameter: String
  ) throws(ParameterError) -> [String] {
    switch value {
    case .string(let text):
      guard isTemplate(text) else { return [] }
      return try template(text, of: parameter).names
    case .array(let elements):
      var names: [String] = []
      for element in elements { names += try Self.names(in: element, of: parameter) }
      return names
    case .object(let members):
      guard Sealed(value) == nil else { return [] }
      var names: [String] = []
      for member in members { names += try Self.names(in: member.value, of: parameter) }
      return names
    default: return []
    }
  }

  private static func template(
    _ text: String, of parameter: String
  ) throws(ParameterError) -> Template {
    do { return try Template(parsing: text) } catch {
      throw ParameterError("Parameter '\(parameter)': \(error)")
    }
  }

  private func render(
    _ value: JSONValue, of name: String, isNested: Bool = false
  ) throws(ParameterError) -> JSONValue {
    switch value {
    case .string(let text):
      guard Self.isTemplate(text) else { return value }
      return try render(text, of: name, isNested: isNested)
    case .array(let elements):
      var rendered: [JSONValue] = []
      for element in elements { rendered.append(try render(element, of: name, isNested: true)) }
      return .array(rendered)
    case .object(let members):
      guard Sealed(value) == nil else { return value }
      var rendered: JSONObject = [:]
      for (key, member) in members {
        rendered[key] = try render(member, of: name, isNested: true)
      }
      return .object(rendered)
    default: return value
    }
  }

  /// A text of its own is rendered as text, one inside a list or an object keeps its type.
  private func render(
    _ text: String, of name: String, isNested: Bool
  ) throws(ParameterError) -> JSONValue {
    let template = try Self.template(text, of: name)
    let touched = template.names.filter { done[$0].map(SecretHandle.isIn) ?? false }
    if !touched.isEmpty {
      let needed = template.names.compactMap { name in done[name].map { (name, $0) } }
      return Unfinished(template: text, context: JSONObject(needed)).value
    }
    var values = given
    for needed in template.names {
      values[needed] = done[needed].map { Value($0) } ?? values[needed]
    }
    let value: JSONValue
    do {
      let context = TemplateValues(values)
      guard isNested, template.isSingleExpression else {
        return .string(try template.render(context))
      }
      value = try template.evaluate(context).json()
    } catch {
      throw ParameterError("Parameter '\(name)': \(error)")
    }
    guard !SecretHandle.isIn(value) else {
      throw ParameterError("Parameter '\(name)': \(SecretHandle.refusal)")
    }
    return value
  }
}
