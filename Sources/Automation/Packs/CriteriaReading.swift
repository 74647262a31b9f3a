import JSON
import YAML

/// Reads a rule's `criteria`.
struct CriteriaReading {
  private static let keys = ["type", "pattern", "condition"]
  private static let conditions = ["any", "all", "all2any", "any2any"]

  /// Nil, reported, where one of them is wrong: a rule without it would fire too often.
  func read(_ fields: Fields, in file: inout MetadataFile) -> [CriterionDefinition]? {
    guard let node = fields["criteria"] else { return [] }
    guard case .mapping(let pairs) = node.value else {
      file.error(node.place, "'criteria' must be a mapping, found \(node.found)")
      return nil
    }
    let criteria = pairs.map { pair -> CriterionDefinition? in
      guard case .string(let key) = pair.key.value else {
        file.error(
          pair.key.place, "a criterion's key must be text, found \(pair.key.found)",
          hint: "put it in quotes")
        return nil
      }
      checkRoot(of: key, at: pair.key.place, in: &file)
      return criterion(key, pair, in: &file)
    }
    return criteria.contains { $0 == nil } ? nil : criteria.compactMap(\.self)
  }

  private func criterion(
    _ key: String, _ pair: YAMLPair, in file: inout MetadataFile
  ) -> CriterionDefinition? {
    guard
      let fields = Fields(pair.value, of: "the criterion '\(key)'", keys: Self.keys, in: &file)
    else { return nil }
    let type = type(fields, in: &file)
    let pattern = fields.required("pattern", in: &file)
    let condition = fields.text("condition", in: &file)
    if type == .search { checkSearch(fields, pattern, condition, in: &file) }
    guard let type, let pattern else { return nil }
    return CriterionDefinition(
      key: key, type: type, pattern: file.json(pattern), condition: condition,
      place: (pair.key.place.line, pair.key.place.column))
  }

  private func type(_ fields: Fields, in file: inout MetadataFile) -> OperatorName? {
    guard let name = fields.requiredText("type", in: &file) else { return nil }
    if let type = OperatorName(rawValue: name) { return type }
    let names = OperatorName.allCases.map(\.rawValue)
    file.error(
      fields["type"]?.place ?? fields.node.place, "there is no operator '\(name)'",
      hint: Spelling.hint(for: name, in: names) ?? "there are \(names.joined(separator: ", "))")
    return nil
  }

  /// What StackStorm accepts although it can never be met.
  private func checkSearch(
    _ fields: Fields, _ pattern: YAMLNode?, _ condition: String?, in file: inout MetadataFile
  ) {
    if let condition, !Self.conditions.contains(condition) {
      file.warning(
        fields["condition"]?.place ?? fields.node.place,
        "'condition' must be one of \(Self.conditions.joined(separator: ", ")), found"
          + " '\(condition)'; the criterion always fails",
        hint: Spelling.hint(for: condition, in: Self.conditions))
    } else if condition == nil {
      file.warning(
        fields.node.place, "'search' needs 'condition'; the criterion always fails",
        hint: "one of \(Self.conditions.joined(separator: ", "))")
    }
    guard let pattern else { return }
    guard case .mapping(let children) = pattern.value else {
      file.warning(
        pattern.place,
        "the pattern of 'search' must be a mapping of criteria, found \(pattern.found);"
          + " the criterion always fails")
      return
    }
    for child in children {
      guard case .string(let name)? = child.value["type"]?.value,
        OperatorName(rawValue: name.lowercased()) == nil
      else { continue }
      file.warning(
        child.value["type"]?.place ?? child.key.place,
        "there is no operator '\(name)'; the criterion always fails",
        hint: Spelling.hint(for: name, in: OperatorName.allCases.map(\.rawValue)))
    }
  }

  /// A key is looked up from `trigger` and `system`; what begins with another name finds nothing.
  private func checkRoot(of key: String, at place: YAMLPlace, in file: inout MetadataFile) {
    let path = key.hasPrefix("$.") ? key.dropFirst(2) : key[...]
    let root = path.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    guard let first = root.first, first.isLetter, root != "trigger", root != "system" else {
      return
    }
    file.warning(
      place, "the key '\(key)' finds nothing: keys begin with 'trigger' or 'system'",
      hint: Spelling.nearest(to: String(root), in: ["trigger", "system"])
        .map { "did you mean '\($0)'?" } ?? "did you mean 'trigger.\(path)'?")
  }
}
