import YAML

/// Reads `pack.yaml`.
struct PackReading {
  static let path = "pack.yaml"
  private static let keys = [
    "ref", "name", "description", "version", "author", "email", "keywords", "contributors",
    "stackstorm_version", "python_versions", "dependencies", "system", "files", "path", "id", "uid",
  ]

  /// Nil, reported, where the pack has no reference, name or version. A file that only lacks other
  /// things is read, so that the rest of the pack is checked, too.
  static func read(
    _ node: YAMLNode, of files: PackFiles, in file: inout MetadataFile
  ) -> Pack? {
    guard let fields = Fields(node, of: "a pack", keys: keys, in: &file) else { return nil }
    let name = fields.requiredText("name", in: &file)
    let version = version(fields, in: &file)
    let description = fields.requiredText("description", in: &file)
    let author = fields.requiredText("author", in: &file)
    let email = fields.text("email", in: &file)
    let keywords = fields.texts("keywords", in: &file)
    let contributors = fields.texts("contributors", in: &file)
    let stackstormVersion = fields.text("stackstorm_version", in: &file)
    let pythonVersions = fields.texts("python_versions", in: &file)
    let dependencies = fields.texts("dependencies", in: &file)
    let ref = ref(fields, folder: files.folder, name: name, in: &file)
    guard let name, let version, let ref else { return nil }
    return Pack(
      ref: ref, name: name, description: description ?? "", version: version,
      author: author ?? "", email: email, keywords: keywords, contributors: contributors,
      stackstormVersion: stackstormVersion, pythonVersions: pythonVersions,
      dependencies: dependencies, files: files.paths.sorted())
  }

  static func isReference(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "_")
      }
  }

  /// `ref`, else the folder's name, else the pack's name: the first that can be one.
  private static func ref(
    _ fields: Fields, folder: String, name: String?, in file: inout MetadataFile
  ) -> String? {
    if let value = fields["ref"] {
      guard let ref = file.text(value, of: "ref") else { return nil }
      if isReference(ref) { return ref }
      file.error(
        value.place, "'ref' must be lower-case letters, digits and '_', found '\(ref)'",
        hint: suggestion(for: ref))
      return nil
    }
    if let found = [folder, name ?? ""].first(where: isReference) { return found }
    if let name {
      file.error(
        fields.place(of: "name"), "a pack whose name '\(name)' is no reference needs 'ref'",
        hint: suggestion(for: name))
    }
    return nil
  }

  private static func suggestion(for text: String) -> String? {
    let mended = text.lowercased().map { isReference(String($0)) ? $0 : "_" }
    return mended.isEmpty ? nil : "such as '\(String(mended))'"
  }

  /// Three numbers with dots, and perhaps what semantic versions allow after them. Old packs have
  /// two numbers, often not in quotes: those get a third.
  private static func version(_ fields: Fields, in file: inout MetadataFile) -> String? {
    guard let node = fields.required("version", in: &file) else { return nil }
    let text: String
    switch node.value {
    case .string(let value): text = value
    case .double(let value): text = String(value)
    case .int(let value): text = "\(value).0"
    default:
      file.error(node.place, "'version' must be text such as '1.2.3', found \(node.found)")
      return nil
    }
    let numbers = text.prefix { $0 != "-" && $0 != "+" }
      .split(separator: ".", omittingEmptySubsequences: false)
    let areNumbers = numbers.allSatisfy { part in
      !part.isEmpty && part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
    if areNumbers, numbers.count == 3 { return text }
    if areNumbers, numbers.count == 2, !text.contains("-"), !text.contains("+") {
      file.warning(
        node.place, "'version' must have three numbers, found \(text)", hint: "write '\(text).0'")
      return text + ".0"
    }
    file.error(node.place, "'version' must be text such as '1.2.3', found \(node.found)")
    return nil
  }
}
