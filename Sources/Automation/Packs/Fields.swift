import JSON
import YAML

/// The members of a mapping whose keys are known: unknown keys and wrong types are reported, an
/// empty value is as good as none.
struct Fields {
  let node: YAMLNode
  /// For messages: `an action`.
  private let subject: String
  private var members: [String: YAMLPair] = [:]

  /// Nil, reported, where the node is no mapping.
  init?(_ node: YAMLNode, of subject: String, keys: [String], in file: inout MetadataFile) {
    guard case .mapping(let pairs) = node.value else {
      file.error(node.place, "expected the mapping of \(subject), found \(node.found)")
      return nil
    }
    self.node = node
    self.subject = subject
    for pair in pairs {
      guard case .string(let key) = pair.key.value else {
        file.warning(
          pair.key.place, "\(subject) has no key that is \(pair.key.value.kindName)",
          hint: "put it in quotes if it is meant as text")
        continue
      }
      if keys.contains(key) {
        members[key] = pair
      } else {
        file.warning(
          pair.key.place, "\(subject) has no key '\(key)'; it is ignored",
          hint: Spelling.hint(for: key, in: keys))
      }
    }
  }

  subscript(key: String) -> YAMLNode? {
    guard let value = members[key]?.value, !value.isNull else { return nil }
    return value
  }

  /// Where the key stands; the mapping's place where it does not.
  func place(of key: String) -> YAMLPlace { members[key]?.key.place ?? node.place }

  /// A value that is there; what is missing is reported.
  func required(_ key: String, in file: inout MetadataFile) -> YAMLNode? {
    if let value = self[key] { return value }
    file.error(place(of: key), "\(subject) needs '\(key)'")
    return nil
  }

  func text(_ key: String, in file: inout MetadataFile) -> String? {
    self[key].flatMap { file.text($0, of: key) }
  }

  /// Text that is not empty.
  func requiredText(_ key: String, in file: inout MetadataFile) -> String? {
    guard let value = required(key, in: &file), let text = file.text(value, of: key) else {
      return nil
    }
    if text.isEmpty {
      file.error(value.place, "'\(key)' must not be empty")
      return nil
    }
    return text
  }

  func flag(_ key: String, in file: inout MetadataFile) -> Bool? {
    guard let value = self[key] else { return nil }
    if case .bool(let flag) = value.value { return flag }
    file.error(value.place, "'\(key)' must be true or false, found \(value.found)")
    return nil
  }

  /// A mapping as JSON; empty where there is none.
  func object(_ key: String, in file: inout MetadataFile) -> JSONObject {
    guard let value = self[key] else { return [:] }
    guard case .mapping = value.value else {
      file.error(value.place, "'\(key)' must be a mapping, found \(value.found)")
      return [:]
    }
    return file.object(value)
  }

  func texts(_ key: String, in file: inout MetadataFile) -> [String] {
    items(key, in: &file).compactMap { file.text($0, of: key) }
  }

  func items(_ key: String, in file: inout MetadataFile) -> [YAMLNode] {
    guard let value = self[key] else { return [] }
    guard case .sequence(let items) = value.value else {
      file.error(value.place, "'\(key)' must be a list, found \(value.found)")
      return []
    }
    return items
  }

  func tags(in file: inout MetadataFile) -> [Tag] {
    items("tags", in: &file).compactMap { item in
      guard let tag = Fields(item, of: "a tag", keys: ["name", "value"], in: &file),
        let name = tag.requiredText("name", in: &file)
      else { return nil }
      return Tag(name: name, value: tag.text("value", in: &file) ?? "")
    }
  }
}

extension MetadataFile {
  /// Nil, reported, where the node is no text.
  mutating func text(_ node: YAMLNode, of key: String) -> String? {
    if case .string(let text) = node.value { return text }
    error(
      node.place, "'\(key)' must be text, found \(node.found)",
      hint: node.isScalarButText ? "put it in quotes" : nil)
    return nil
  }
}
