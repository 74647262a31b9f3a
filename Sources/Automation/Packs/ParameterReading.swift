import JSON
import YAML

/// Reads an action's `parameters`: each is a schema, and those that the runner has may change only
/// some of their attributes.
struct ParameterReading {
  /// Nil where it is not known: then only forms are checked.
  let runner: RunnerType?

  func read(_ fields: Fields, in file: inout MetadataFile) -> JSONObject {
    guard let node = fields["parameters"] else { return [:] }
    guard case .mapping(let pairs) = node.value else {
      file.error(node.place, "'parameters' must be a mapping, found \(node.found)")
      return [:]
    }
    var parameters = JSONObject()
    for pair in pairs {
      guard case .string(let name) = pair.key.value else {
        file.error(
          pair.key.place, "a parameter's name must be text, found \(pair.key.found)",
          hint: "put it in quotes")
        continue
      }
      if !Self.isName(name) {
        file.error(
          pair.key.place, "a parameter's name must be letters, digits and '_', found '\(name)'")
      }
      guard let schema = SchemaReading(name: name).read(pair.value, in: &file) else { continue }
      check(name, schema, pair, in: &file)
      parameters[name] = .object(schema)
    }
    checkPositions(pairs, in: &file)
    return parameters
  }

  private static func isName(_ name: String) -> Bool {
    !name.isEmpty && name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
  }

  private func check(
    _ name: String, _ schema: JSONObject, _ pair: YAMLPair, in file: inout MetadataFile
  ) {
    guard let runner, runner.isAvailable else { return }
    let inherited = runner.parameters[name]?.objectValue
    if schema["immutable"] == true {
      if inherited?["immutable"] != nil {
        file.error(
          pair.key.place, "the runner '\(runner.name)' has '\(name)' as immutable already")
      }
      if schema["default"] == nil, inherited?["default"] == nil {
        file.error(
          pair.key.place,
          "the immutable parameter '\(name)' needs a default: nobody can give it a value")
      }
    }
    guard let inherited else { return }
    for (attribute, value) in schema
    where !RunnerType.overridableAttributes.contains(attribute) && inherited[attribute] != value {
      let place = pair.value.place(ofKey: attribute) ?? pair.key.place
      file.error(
        place,
        "'\(attribute)' of '\(name)' belongs to the runner '\(runner.name)' and cannot change",
        hint: "an action may set \(RunnerType.overridableAttributes.joined(separator: ", "))")
    }
  }

  /// Positions are 0, 1, 2 ..., each once.
  private func checkPositions(_ pairs: [YAMLPair], in file: inout MetadataFile) {
    var holders: [Int: YAMLNode] = [:]
    for pair in pairs {
      guard case .int(let position)? = pair.value["position"]?.value, position >= 0,
        case .string(let name) = pair.key.value
      else { continue }
      if let holder = holders[position], case .string(let other) = holder.value {
        file.error(
          pair.value["position"]?.place ?? pair.key.place,
          "'\(name)' has the position \(position) of '\(other)' (\(holder.place))")
      } else {
        holders[position] = pair.key
      }
    }
    guard let missing = (0..<holders.count).first(where: { holders[$0] == nil }),
      let next = holders.keys.filter({ $0 > missing }).min(), let holder = holders[next]
    else { return }
    file.error(
      holder.place, "positions must be 0, 1, 2 ...: \(next) is taken, but \(missing) is not")
  }
}

extension YAMLNode {
  func place(ofKey key: String) -> YAMLPlace? {
    guard case .mapping(let pairs) = value else { return nil }
    return pairs.first { $0.key.value == .string(key) }?.key.place
  }
}
