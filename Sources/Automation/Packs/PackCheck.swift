import YAML

/// Reads a pack folder's content and says all that is wrong with it.
///
/// Content is given only where no error was found, so that what is registered is what was written:
/// warnings tell of keys that are ignored, references that lead nowhere, runners that cannot run.
/// Diagnostics are in the order of files and lines. `others` are packs that are there already: only
/// references to them and to this pack can be followed.
public func checkPack(
  _ files: PackFiles, beside others: [PackContent] = [], limits: PackLimits = PackLimits()
) -> (content: PackContent?, diagnostics: [Diagnostic]) {
  var check = PackCheck(files, limits)
  let content = check.run(beside: others)
  let hasErrors = check.diagnostics.contains { $0.severity == .error }
  return (hasErrors ? nil : content, check.sortedDiagnostics())
}

private struct PackCheck {
  private let files: PackFiles
  private let limits: PackLimits
  private(set) var diagnostics: [Diagnostic] = []
  private var places: [String: [String: YAMLPlace]] = [:]
  private var actions: [ActionDefinition] = []
  private var triggerTypes: [TriggerTypeDefinition] = []
  private var rules: [RuleDefinition] = []
  private var documents: [PackDocument] = []

  init(_ files: PackFiles, _ limits: PackLimits) {
    self.files = files
    self.limits = limits
  }

  mutating func run(beside others: [PackContent]) -> PackContent? {
    guard files.paths.count <= limits.filesMax else {
      diagnostics.append(
        Diagnostic(
          .error, in: files.folder,
          "expected at most \(limits.filesMax) files in a pack, found \(files.paths.count)"))
      return nil
    }
    guard files.paths.contains(PackReading.path) else {
      diagnostics.append(
        Diagnostic(
          .error, in: PackReading.path, "there is no such file",
          hint: "a pack needs one with name, description, version and author"))
      return nil
    }
    let files = files
    guard
      let pack = read(
        PackReading.path,
        { node, file in
          PackReading.read(node, of: files, in: &file)
        })
    else { return nil }
    readContent(of: pack)
    let content = PackContent(
      pack: pack, actions: actions, triggerTypes: triggerTypes, rules: rules, documents: documents)
    diagnostics += ReferenceCheck(content, beside: others, places: places).diagnostics()
    return content
  }

  func sortedDiagnostics() -> [Diagnostic] {
    // A workflow file that two actions share is read twice.
    let sorted = Set(diagnostics).sorted {
      ($0.file, $0.line, $0.column, $0.message) < ($1.file, $1.line, $1.column, $1.message)
    }
    guard sorted.count > limits.diagnosticsMax else { return sorted }
    let rest = sorted.dropFirst(limits.diagnosticsMax)
    let hasErrors = rest.contains { $0.severity == .error }
    return sorted.prefix(limits.diagnosticsMax) + [
      Diagnostic(
        hasErrors ? .error : .warning, in: files.folder, "\(rest.count) more mistakes are not shown"
      )
    ]
  }

  /// In the order in which StackStorm registers.
  private mutating func readContent(of pack: Pack) {
    let documentReading = DocumentReading(pack: pack)
    for path in files.metadata(in: "triggers") {
      triggerTypes += readOne(path) { TriggerTypeReading(pack: pack).read($0, in: &$1) }
    }
    for path in files.metadata(in: "sensors") {
      let found = read(path) { documentReading.sensor($0, in: &$1) }
      documents += [found?.0].compactMap(\.self)
      triggerTypes += found?.1 ?? []
    }
    for path in files.metadata(in: "actions") where !path.hasPrefix("actions/config.") {
      actions += readOne(path) { ActionReading(pack: pack).read($0, in: &$1) }
    }
    for path in files.metadata(in: "rules") {
      rules += readOne(path) { RuleReading(pack: pack).read($0, in: &$1) }
    }
    for path in files.metadata(in: "aliases") {
      documents += readOne(path) { documentReading.alias($0, in: &$1) }
    }
    for path in files.metadata(in: "policies") {
      documents += readOne(path) { documentReading.policy($0, in: &$1) }
    }
    if files.paths.contains("config.schema.yaml") {
      documents += readOne("config.schema.yaml") { documentReading.configSchema($0, in: &$1) }
    }
    for action in actions where ["orquesta", "action-chain"].contains(action.runnerType) {
      let path = "actions/\(action.entryPoint)"
      guard files.paths.contains(path) else { continue }
      documents += readOne(path) { documentReading.workflow(of: action, $0, in: &$1) }
    }
  }

  private mutating func readOne<Part>(
    _ path: String, _ body: (YAMLNode, inout MetadataFile) -> Part?
  ) -> [Part] {
    [read(path, body)].compactMap(\.self)
  }

  private mutating func read<Part>(
    _ path: String, _ body: (YAMLNode, inout MetadataFile) -> Part?
  ) -> Part? {
    var file = MetadataFile(path: path)
    let node = file.parse(files.bytes(of: path) ?? [], limits)
    let content = node.flatMap { body($0, &file) }
    diagnostics += file.diagnostics
    places[path, default: [:]].merge(file.places) { first, _ in first }
    return content
  }
}
