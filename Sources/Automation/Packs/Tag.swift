public import JSON

/// A label that a person gave to content.
public struct Tag: Sendable, Equatable {
  public let name: String
  public let value: String

  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }

  public var json: JSONValue { ["name": .string(name), "value": .string(value)] }

  public init?(json: JSONValue) {
    guard let name = json["name"]?.stringValue else { return nil }
    self.init(name: name, value: json["value"]?.stringValue ?? "")
  }
}
