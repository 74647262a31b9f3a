public import JSON

/// What `pack.yaml` says.
public struct Pack: Sendable, Equatable {
  /// Lower-case letters, digits and `_`.
  public let ref: String
  public let name: String
  public let description: String
  /// A semantic version.
  public let version: String
  public let author: String
  public let email: String?
  public let keywords: [String]
  public let contributors: [String]
  /// Which StackStorm the pack was made for, such as `>=2.8.0, <4.0.0`.
  public let stackstormVersion: String?
  public let pythonVersions: [String]
  /// Names with or without `=version`, or URLs.
  public let dependencies: [String]
  /// Every file of the pack, sorted.
  public let files: [String]

  public var json: JSONValue {
    var object: JSONObject = [
      "ref": .string(ref), "name": .string(name), "description": .string(description),
      "version": .string(version), "author": .string(author),
    ]
    object["email"] = email.map { .string($0) }
    object["keywords"] = texts(keywords)
    object["contributors"] = texts(contributors)
    object["stackstorm_version"] = stackstormVersion.map { .string($0) }
    object["python_versions"] = texts(pythonVersions)
    object["dependencies"] = texts(dependencies)
    object["files"] = texts(files)
    return .object(object)
  }

  private func texts(_ list: [String]) -> JSONValue { .array(list.map { .string($0) }) }
}

extension Pack {
  /// Reads what `json` wrote; nil where a member that every pack has is missing.
  public init?(json: JSONValue) {
    guard let ref = json["ref"]?.stringValue, let name = json["name"]?.stringValue,
      let version = json["version"]?.stringValue
    else { return nil }
    let texts = { (key: String) in json[key]?.arrayValue?.compactMap(\.stringValue) ?? [] }
    self.init(
      ref: ref, name: name, description: json["description"]?.stringValue ?? "", version: version,
      author: json["author"]?.stringValue ?? "", email: json["email"]?.stringValue,
      keywords: texts("keywords"), contributors: texts("contributors"),
      stackstormVersion: json["stackstorm_version"]?.stringValue,
      pythonVersions: texts("python_versions"), dependencies: texts("dependencies"),
      files: texts("files"))
  }
}
