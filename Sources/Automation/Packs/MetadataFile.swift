import JSON
import YAML

/// One metadata file while it is read. Mistakes are collected, none ends the reading.
struct MetadataFile {
  let path: String
  private(set) var diagnostics: [Diagnostic] = []

  /// Where things stand that only the whole pack shows to be wrong.
  private(set) var places: [String: YAMLPlace] = [:]

  init(path: String) { self.path = path }

  mutating func remember(_ subject: String, _ place: YAMLPlace) { places[subject] = place }

  mutating func error(_ place: YAMLPlace, _ message: String, hint: String? = nil) {
    diagnostics.append(
      Diagnostic(.error, in: path, at: (place.line, place.column), message, hint: hint))
  }

  mutating func warning(_ place: YAMLPlace, _ message: String, hint: String? = nil) {
    diagnostics.append(
      Diagnostic(.warning, in: path, at: (place.line, place.column), message, hint: hint))
  }

  /// The one document of the file; nil where it is no YAML.
  mutating func parse(_ bytes: [UInt8], _ limits: PackLimits) -> YAMLNode? {
    var yamlLimits = YAMLLimits()
    yamlLimits.bytesMax = limits.metadataBytesMax
    do {
      let stream = try YAMLStream(parsing: bytes, limits: yamlLimits)
      for duplicate in stream.duplicateKeys {
        warning(
          duplicate.place, "the key '\(duplicate.key)' stands at \(duplicate.firstPlace), too",
          hint: "this one counts; remove the other")
      }
      return try stream.onlyDocument()
    } catch {
      self.error(error.place, error.message)
      return nil
    }
  }

  /// The node as JSON, as StackStorm's API shows it: dates are ISO 8601 text and keys are text.
  /// What JSON cannot say is reported.
  mutating func json(_ node: YAMLNode) -> JSONValue {
    switch node.value {
    case .null: return .null
    case .bool(let value): return .bool(value)
    case .int(let value): return .int(value)
    case .uint(let value): return .uint(value)
    case .string(let value): return .string(value)
    case .timestamp(let value): return .string(value.iso8601)
    case .longInteger(let text):
      error(
        node.place, "expected an integer of at most 64 bits, found \(text)",
        hint: "put it in quotes")
      return .null
    case .double(let value):
      if value.isFinite { return .double(value) }
      error(
        node.place, "expected a number that JSON can say, found \(value)", hint: "put it in quotes")
      return .null
    case .sequence(let items): return .array(items.map { json($0) })
    case .mapping: return .object(object(node))
    }
  }

  /// The members of a mapping as JSON.
  mutating func object(_ node: YAMLNode) -> JSONObject {
    guard case .mapping(let pairs) = node.value else { return [:] }
    var object = JSONObject()
    for pair in pairs {
      let key = text(ofKey: pair.key)
      if object[key] != nil {
        warning(pair.key.place, "the key '\(key)' is given twice once keys are text")
      }
      object[key] = json(pair.value)
    }
    return object
  }

  private mutating func text(ofKey key: YAMLNode) -> String {
    let text: String
    switch key.value {
    case .string(let value): return value
    case .null: text = "null"
    case .bool(let value): text = String(value)
    case .int(let value): text = String(value)
    case .uint(let value): text = String(value)
    case .double(let value): text = String(value)
    case .longInteger(let value): text = value
    case .timestamp(let value): text = value.iso8601
    // YAML refuses them as keys.
    case .sequence, .mapping: text = ""
    }
    warning(
      key.place, "the key is \(key.value.kindName) in YAML 1.1; it is read as the text '\(text)'",
      hint: "put it in quotes")
    return text
  }
}

extension YAMLNode {
  /// What stands there, for messages: `the text 'maybe'`, `a list`.
  var found: String {
    switch value {
    case .null: "nothing"
    case .bool(let value): value ? "true" : "false"
    case .int(let value): "the number \(value)"
    case .uint(let value): "the number \(value)"
    case .longInteger(let text): "the number \(text)"
    case .double(let value): "the number \(value)"
    case .string(let text):
      text.count > 40 ? "the text '\(text.prefix(37))...'" : "the text '\(text)'"
    case .timestamp(let value): "the date \(value.iso8601)"
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }

  var isNull: Bool { value == .null }

  /// Text put in quotes would say what was meant.
  var isScalarButText: Bool {
    switch value {
    case .bool, .int, .uint, .longInteger, .double, .timestamp: true
    default: false
    }
  }
}
