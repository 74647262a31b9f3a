import Arguments

/// A flag for each option, for the commands that take them all: `petrel up` and `petrel config`.
/// `--data` is shared by all commands and stands elsewhere. Values are read by the table, so a
/// mistake reads the same wherever it was made.
struct ConfigurationFlags: Sendable {
  private let keys: [(name: String, key: Key<String?>)]

  init(in signature: inout Signature) {
    var keys: [(name: String, key: Key<String?>)] = []
    for option in ConfigurationOption.all where option.name != ConfigurationOption.data.name {
      let note = option.defaultText.isEmpty ? "" : " (default: \(option.defaultText))"
      let key = signature.optional(option.flag, nil, String.self, option.summary + note)
      keys.append((option.name, key))
    }
    self.keys = keys
  }

  /// What was given, by the options' names.
  func texts(_ values: Values) -> [String: String] {
    var texts: [String: String] = [:]
    for (name, key) in keys { texts[name] = values[key] }
    return texts
  }
}
