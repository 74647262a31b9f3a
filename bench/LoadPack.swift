import Glibc

/// The pack that the real program is measured with: a trigger type for events, of which a rule
/// wants some, and a rule for each of two webhooks.
enum LoadPack {
  static let trigger = "load.alert"

  /// Writes it below a folder and returns its own.
  static func write(in scratch: Scratch) throws -> String {
    let folder = scratch.path + "/load"
    for name in ["", "/rules", "/triggers"] { mkdir(folder + name, 0o755) }
    try put(
      "ref: load\nname: load\ndescription: Load\nversion: 1.0.0\nauthor: The Petrel authors\n",
      folder + "/pack.yaml")
    try put("name: alert\nkey: host\n", folder + "/triggers/alert.yaml")
    try put(
      """
      name: critical
      description: Wants what is critical, above 90 and of one of the hosts
      enabled: true
      trigger: {type: \(trigger)}
      criteria:
        trigger.host: {type: startswith, pattern: web}
        trigger.severity: {type: equals, pattern: critical}
        trigger.value: {type: greaterthan, pattern: 90}
      action: {ref: core.noop}

      """, folder + "/rules/critical.yaml")
    for (hook, parameters) in [("noop", "{}"), ("local", "{cmd: 'true'}")] {
      try put(
        """
        name: \(hook)
        description: Runs core.\(hook)
        enabled: true
        trigger: {type: core.st2.webhook, parameters: {url: load-\(hook)}}
        criteria: {trigger.body.value: {type: greaterthan, pattern: 90}}
        action: {ref: core.\(hook), parameters: \(parameters)}

        """, folder + "/rules/\(hook).yaml")
    }
    return folder
  }

  private static func put(_ text: String, _ path: String) throws {
    guard let file = fopen(path, "w") else { throw BenchFailure("cannot write \(path)") }
    fputs(text, file)
    fclose(file)
  }
}
