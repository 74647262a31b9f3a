public import JSON

/// An action as content holds it, ready to be run.
public struct Action: Sendable {
  public let ref: String
  public let pack: String
  public let name: String
  public let runner: String
  /// File below the pack's `actions/`; empty for actions that are no file.
  public let entryPoint: String
  public let isEnabled: Bool
  /// Whether it may be run again after a worker was lost while it ran. Petrel's own addition to the
  /// metadata: `idempotent: true`.
  public let isIdempotent: Bool
  /// Parameter name to its schema, in the order of the metadata.
  public let parameters: JSONObject
  public let revision: Int
  public let packDigest: String
  /// The metadata as StackStorm's API shows it.
  public let body: JSONValue

  init(ref: String, body: JSONValue, revision: Int, packDigest: String) {
    self.ref = ref
    self.body = body
    self.revision = revision
    self.packDigest = packDigest
    pack = body["pack"]?.stringValue ?? String(ref.prefix { $0 != "." })
    name = body["name"]?.stringValue ?? String(ref.drop { $0 != "." }.dropFirst())
    runner = body["runner_type"]?.stringValue ?? ""
    entryPoint = body["entry_point"]?.stringValue ?? ""
    isEnabled = body["enabled"]?.boolValue ?? true
    isIdempotent = body["idempotent"]?.boolValue ?? false
    parameters = body["parameters"]?.objectValue ?? [:]
  }
}
