import Automation
import Connectors
import JSON

/// A runner type in StackStorm's form, with the names of the Python modules that it has there:
/// clients show them.
enum RunnerTypeJSON {
  static func document(_ runner: RunnerType) -> Document {
    let (module, package) = modules[runner.name] ?? ("", "")
    var document = Document()
    document["id"] = .string(ContentID.of("runner_type", runner.name))
    document["uid"] = .string("runner_type:\(runner.name)")
    document["name"] = .string(runner.name)
    document["description"] = .string(runner.description)
    document["enabled"] = .bool(runner.isAvailable)
    document["runner_module"] = .string(module)
    document["runner_package"] = .string(package)
    document["runner_parameters"] = .object(runner.parameters)
    document["output_key"] = runner.outputKey.map { .string($0) }
    document["output_schema"] = .object(runner.outputSchema)
    return document
  }

  private static let modules: [String: (module: String, package: String)] = [
    "noop": ("noop_runner", "noop_runner"),
    "local-shell-cmd": ("local_shell_command_runner", "local_runner"),
    "local-shell-script": ("local_shell_script_runner", "local_runner"),
    "http-request": ("http_runner", "http_runner"),
    "python-script": ("python_runner", "python_runner"),
    "orquesta": ("orquesta_runner", "orquesta_runner"),
    "action-chain": ("action_chain_runner", "action_chain_runner"),
    "remote-shell-cmd": ("remote_command_runner", "remote_runner"),
    "remote-shell-script": ("remote_script_runner", "remote_runner"),
    "inquirer": ("inquirer_runner", "inquirer_runner"),
    "announcement": ("announcement_runner", "announcement_runner"),
    "winrm-cmd": ("winrm_command_runner", "winrm_runner"),
    "winrm-ps-cmd": ("winrm_ps_command_runner", "winrm_runner"),
    "winrm-ps-script": ("winrm_ps_script_runner", "winrm_runner"),
  ]
}
