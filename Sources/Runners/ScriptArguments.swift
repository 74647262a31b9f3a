import Automation
import JSON

/// One argument of a script, and whether it may be seen in the list of processes.
struct ScriptArgument: Equatable {
  var text: String
  /// The name of the parameter whose secret value is in the text; nil where nothing is secret.
  var secretName: String?
  /// What stands before the value.
  var label = ""

  init(_ label: String, _ value: String, of name: String, _ job: Job) {
    self.label = label
    text = label + value
    secretName = job.secretNames.contains(name) && !value.isEmpty ? name : nil
  }

  /// The arguments that StackStorm gives a script: first `<kwarg_op>name=value` for what has no
  /// position, then the values of what has one.
  static func all(_ job: Job, operator prefix: String) -> [ScriptArgument] {
    let placed = Set(job.positional.map(\.name))
    var arguments: [ScriptArgument] = []
    for (name, value) in job.actionParameters where !placed.contains(name) {
      switch value {
      case .null, .bool(false), .string(""): continue
      case .bool(true): arguments.append(ScriptArgument(prefix + name, "", of: name, job))
      default:
        arguments.append(
          ScriptArgument("\(prefix)\(name)=", PythonText.string(value), of: name, job))
      }
    }
    for parameter in job.positional {
      let value = job.actionParameters[parameter.name] ?? .null
      arguments.append(
        ScriptArgument("", text(of: value, type: parameter.type), of: parameter.name, job))
    }
    return arguments
  }

  /// Only the outermost value is turned into an argument's text; what is inside a list is written
  /// as Python does.
  private static func text(of value: JSONValue, type: String?) -> String {
    switch (value, type) {
    case (.null, _): ""
    case (.bool(let value), "boolean"): value ? "1" : "0"
    case (.array(let elements), "array"), (.array(let elements), "list"):
      elements.map(PythonText.string).joined(separator: ",")
    case (.object(let members), "object"): members.isEmpty ? "" : value.text()
    default: PythonText.string(value)
    }
  }
}
