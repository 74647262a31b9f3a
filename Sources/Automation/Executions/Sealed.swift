public import JSON

/// A secret as the engine sees it: a handle that says nothing. Intake seals the value of a secret
/// parameter before it is appended; only the worker opens it. `fingerprint` is keyed, so that two
/// handles of one value can be told to be equal and nothing else.
public struct Sealed: Sendable, Equatable {
  /// The one member by which a handle is known.
  public static let member = "$sealed"
  public static let mask = "********"

  public let box: String
  public let fingerprint: String

  public init(box: String, fingerprint: String) {
    self.box = box
    self.fingerprint = fingerprint
  }

  /// Nil if the value is no handle.
  public init?(_ value: JSONValue) {
    guard let object = value.objectValue, let box = object[Self.member]?.stringValue,
      let fingerprint = object["fingerprint"]?.stringValue, object.count == 2
    else { return nil }
    self.init(box: box, fingerprint: fingerprint)
  }

  public var value: JSONValue {
    [Self.member: .string(box), "fingerprint": .string(fingerprint)]
  }

  /// The same values with every handle, and every text that waits for one, masked.
  public static func masked(_ values: JSONObject) -> JSONObject {
    JSONObject(values.map { ($0.key, masked($0.value)) })
  }

  public static func masked(_ value: JSONValue) -> JSONValue {
    switch value {
    case .object(let object):
      Sealed(value) != nil || Unfinished(value) != nil
        ? .string(mask) : .object(masked(object))
    case .array(let elements): .array(elements.map(masked))
    default: value
    }
  }
}

/// A template that touches a secret: recorded with the handles that it needs, finished by the
/// worker.
public struct Unfinished: Sendable, Equatable {
  public static let member = "$template"

  public let template: String
  /// The values that the template names, secrets as handles.
  public let context: JSONObject

  public init(template: String, context: JSONObject) {
    self.template = template
    self.context = context
  }

  /// Nil if the value is no unfinished template.
  public init?(_ value: JSONValue) {
    guard let object = value.objectValue, let template = object[Self.member]?.stringValue,
      let context = object["context"]?.objectValue, object.count == 2
    else { return nil }
    self.init(template: template, context: context)
  }

  public var value: JSONValue {
    [Self.member: .string(template), "context": .object(context)]
  }
}
