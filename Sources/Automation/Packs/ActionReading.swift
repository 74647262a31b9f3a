import JSON
import YAML

/// Reads an action's metadata file.
struct ActionReading {
  let pack: Pack
  private static let keys = [
    "name", "pack", "description", "enabled", "runner_type", "entry_point", "parameters",
    "output_schema", "tags", "notify", "idempotent", "ref", "uid", "id", "metadata_file",
  ]
  private static let notifyKeys = ["on-complete", "on-success", "on-failure"]
  private static let routeKeys = ["message", "data", "routes", "channels"]

  /// Nil, reported, where the action has no name or runner.
  func read(_ node: YAMLNode, in file: inout MetadataFile) -> ActionDefinition? {
    guard let fields = Fields(node, of: "an action", keys: Self.keys, in: &file) else {
      return nil
    }
    let name = fields.requiredText("name", in: &file)
    fields.checkPack(is: pack.ref, in: &file)
    let description = fields.text("description", in: &file)
    let enabled = fields.flag("enabled", in: &file) ?? true
    let runner = runner(fields, in: &file)
    let entryPoint = entryPoint(fields, runner, in: &file)
    let parameters = ParameterReading(runner: runner).read(fields, in: &file)
    let outputSchema = fields.schema("output_schema", in: &file)
    let tags = fields.tags(in: &file)
    checkNotify(fields, in: &file)
    let notify = fields.object("notify", in: &file)
    let isIdempotent = fields.flag("idempotent", in: &file) ?? false
    file.remember("name", fields.place(of: "name"))
    guard let name, let runner else { return nil }
    return ActionDefinition(
      name: name, pack: pack.ref, description: description, enabled: enabled,
      runnerType: runner.name, entryPoint: entryPoint, parameters: parameters,
      outputSchema: outputSchema, tags: tags, notify: notify, isIdempotent: isIdempotent,
      metadataFile: file.path)
  }

  private func runner(_ fields: Fields, in file: inout MetadataFile) -> RunnerType? {
    guard let name = fields.requiredText("runner_type", in: &file), let node = fields["runner_type"]
    else { return nil }
    guard let runner = RunnerType.named(name) else {
      let names = RunnerType.all.map(\.name)
      file.error(
        node.place, "there is no runner '\(name)'",
        hint: Spelling.hint(for: name, in: names) ?? "there are \(names.joined(separator: ", "))")
      return nil
    }
    if runner.name != name {
      file.warning(
        node.place, "'\(name)' is a name of the past", hint: "write '\(runner.name)'")
    }
    if !runner.isAvailable {
      file.warning(
        node.place, "the runner '\(runner.name)' is not available yet; the action cannot run")
    }
    return runner
  }

  private func entryPoint(
    _ fields: Fields, _ runner: RunnerType?, in file: inout MetadataFile
  ) -> String {
    let entryPoint = fields.text("entry_point", in: &file) ?? ""
    guard let runner, runner.needsEntryPoint else { return entryPoint }
    guard !entryPoint.isEmpty else {
      file.error(
        fields.place(of: "entry_point"), "the runner '\(runner.name)' needs 'entry_point'",
        hint: "the script's path below the folder actions")
      return ""
    }
    let isInside = !entryPoint.hasPrefix("/") && !entryPoint.split(separator: "/").contains("..")
    let path = "actions/\(entryPoint)"
    if !isInside {
      file.error(
        fields["entry_point"]?.place ?? fields.node.place,
        "'entry_point' must be a path below the folder actions, found '\(entryPoint)'")
    } else if !pack.files.contains(path) {
      let scripts = pack.files.filter { $0.hasPrefix("actions/") }.map { String($0.dropFirst(8)) }
      file.error(
        fields["entry_point"]?.place ?? fields.node.place, "there is no file '\(path)'",
        hint: Spelling.hint(for: entryPoint, in: scripts))
    }
    return entryPoint
  }

  private func checkNotify(_ fields: Fields, in file: inout MetadataFile) {
    guard let node = fields["notify"], case .mapping = node.value,
      let notify = Fields(node, of: "'notify'", keys: Self.notifyKeys, in: &file)
    else { return }
    for key in Self.notifyKeys {
      guard let value = notify[key],
        let route = Fields(value, of: "'\(key)'", keys: Self.routeKeys, in: &file)
      else { continue }
      _ = route.text("message", in: &file)
      _ = route.texts("routes", in: &file)
      _ = route.texts("channels", in: &file)
      _ = route.object("data", in: &file)
    }
  }
}

extension Fields {
  /// A file may repeat the reference of its pack, but not name another one.
  func checkPack(is ref: String, in file: inout MetadataFile) {
    guard let pack = text("pack", in: &file), pack != ref else { return }
    file.error(
      self["pack"]?.place ?? node.place,
      "'pack' must be '\(ref)', the pack that it is in, found '\(pack)'",
      hint: "leave it out")
  }
}
