public import JSON

/// A way to perform an action, with the parameters that every action of that way has.
/// Names, types, defaults and attributes are StackStorm's.
public struct RunnerType: Sendable, Equatable {
  public let name: String
  public let description: String
  /// False: content may name it, but its actions cannot run.
  public let isAvailable: Bool
  /// True: an action names a file of the pack as its `entry_point`.
  public let needsEntryPoint: Bool
  /// Each parameter's schema. Empty where the runner is not available.
  public let parameters: JSONObject
  /// The member of the result that an action's output schema is about; nil: all of it.
  public let outputKey: String?
  public let outputSchema: JSONObject

  init(
    _ name: String, _ description: String, isAvailable: Bool = true, needsEntryPoint: Bool = false,
    parameters: JSONObject = [:], outputKey: String? = nil, outputSchema: JSONObject = [:]
  ) {
    self.name = name
    self.description = description
    self.isAvailable = isAvailable
    self.needsEntryPoint = needsEntryPoint
    self.parameters = parameters
    self.outputKey = outputKey
    self.outputSchema = outputSchema
  }

  /// The runner of a name or of a name of the past.
  public static func named(_ name: String) -> RunnerType? {
    let name = formerNames[name] ?? name
    return all.first { $0.name == name }
  }

  /// Names that old content uses.
  static let formerNames = [
    "run-local": "local-shell-cmd", "run-local-script": "local-shell-script",
    "run-remote": "remote-shell-cmd", "run-remote-script": "remote-shell-script",
    "run-python": "python-script",
  ]

  /// What an action may change of its runner's parameters.
  static let overridableAttributes = ["default", "description", "enum", "immutable", "required"]

  public static let all: [RunnerType] = [
    noop, localShellCommand, localShellScript, httpRequest,
    later("python-script", "Runs a Python class of the pack", needsEntryPoint: true),
    later("orquesta", "Runs a workflow", needsEntryPoint: true),
    later("action-chain", "Runs a chain of actions", needsEntryPoint: true),
    later("remote-shell-cmd", "Runs a command on other hosts"),
    later("remote-shell-script", "Runs a script of the pack on other hosts", needsEntryPoint: true),
    later("inquirer", "Asks a person and waits for the answer"),
    later("announcement", "Tells the listeners of the stream"),
    later("winrm-cmd", "Runs a command on a Windows host"),
    later("winrm-ps-cmd", "Runs a PowerShell command on a Windows host"),
    later("winrm-ps-script", "Runs a PowerShell script on a Windows host", needsEntryPoint: true),
  ]

  private static func later(
    _ name: String, _ description: String, needsEntryPoint: Bool = false
  ) -> RunnerType {
    RunnerType(name, description, isAvailable: false, needsEntryPoint: needsEntryPoint)
  }
}
