import Expressions
public import JSON
import JSONSchema

/// A kind of occurrence, with the shape of what its instances carry.
public struct TriggerType: Sendable {
  public let ref: String
  /// Path of the member that names the entity for which order is kept; nil for none.
  public let key: [String]
  public let body: JSONValue
  private let schema: JSONSchema?

  init(ref: String, body: JSONValue) {
    self.ref = ref
    self.body = body
    key = body["key"]?.stringValue?.split(separator: ".").map(String.init) ?? []
    let payload = body["payload_schema"]?.objectValue ?? [:]
    schema =
      payload.isEmpty
      ? nil : try? JSONSchema(compiling: .object(payload), patterns: Regex.schemaPattern)
  }

  /// What of a payload does not fit, each with its path; empty when it fits.
  public func violations(_ payload: JSONView) -> [String] {
    guard let schema else { return [] }
    return schema.validate(payload.copy()).map { "\($0)" }
  }

  public func violations(_ payload: JSONValue) -> [String] {
    guard let schema else { return [] }
    return schema.validate(payload).map { "\($0)" }
  }

  /// The value of the key in a payload, as text.
  public func keyValue(in payload: JSONView) -> String? {
    guard !key.isEmpty else { return nil }
    var place: JSONView? = payload
    for name in key { place = place?[name] }
    guard let place else { return nil }
    return place.stringValue ?? place.copy().text()
  }
}

/// A trigger type with parameters: what rules listen to. Without parameters it is called as its
/// type; with them it has a name made from type and parameters, so that the same parameters always
/// give the same trigger.
public struct Trigger: Sendable {
  public static let webhookType = "core.st2.webhook"

  public let type: TriggerType
  public let parameters: JSONObject
  public let ref: String

  public init(of type: TriggerType, parameters: JSONObject = [:]) {
    self.type = type
    self.parameters = parameters
    guard !parameters.isEmpty else {
      ref = type.ref
      return
    }
    let pack = type.ref.prefix { $0 != "." }
    ref = "\(pack).\(Self.name(of: type.ref + JSONValue.object(parameters).text(sorted: true)))"
  }

  /// The URL of a webhook's trigger, without slashes at its ends.
  var hook: String? {
    guard type.ref == Self.webhookType, let url = parameters["url"]?.stringValue else {
      return nil
    }
    return Self.hookName(url)
  }

  /// A webhook's URL as it is compared: without slashes at its ends.
  public static func hookName(_ url: String) -> String {
    String(url.drop { $0 == "/" }.reversed().drop { $0 == "/" }.reversed())
  }

  /// A name in the form of a UUID out of two FNV-1a hashes. It need not withstand anybody, only be
  /// the same everywhere.
  private static func name(of text: String) -> String {
    func hash(_ start: UInt64) -> String {
      let value = text.utf8.reduce(start) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
      let digits = String(value, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
    let digits = Array(hash(0xcbf2_9ce4_8422_2325) + hash(0x8422_2325_cbf2_9ce4))
    let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }
    return parts.joined(separator: "-")
  }
}
