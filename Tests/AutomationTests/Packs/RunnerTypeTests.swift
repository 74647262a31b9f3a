import Automation
import JSON
import Testing

@Suite struct RunnerTypeTests {
  @Test func names() {
    #expect(
      RunnerType.all.map(\.name).sorted() == [
        "action-chain", "announcement", "http-request", "inquirer", "local-shell-cmd",
        "local-shell-script", "noop", "orquesta", "python-script", "remote-shell-cmd",
        "remote-shell-script", "winrm-cmd", "winrm-ps-cmd", "winrm-ps-script",
      ])
    #expect(
      RunnerType.all.filter(\.isAvailable).map(\.name) == [
        "noop", "local-shell-cmd", "local-shell-script", "http-request",
      ])
    #expect(RunnerType.named("run-python")?.name == "python-script")
    #expect(RunnerType.named("mistral-v2") == nil)
  }

  @Test(
    arguments: [
      ("local-shell-cmd", ["kwarg_op": "--", "sudo": false, "sudo_password": nil, "timeout": 60]),
      (
        "local-shell-script",
        ["kwarg_op": "--", "sudo": false, "sudo_password": nil, "timeout": 60, "debug": false]
      ),
      ("http-request", ["allow_redirects": false, "verify_ssl_cert": true]), ("noop", [:]),
    ] as [(String, JSONObject)]) func defaults(name: String, wanted: JSONObject) throws
  {
    let runner = try #require(RunnerType.named(name))
    let defaults = runner.parameters.compactMap { parameter in
      parameter.value["default"].map { (parameter.key, $0) }
    }
    #expect(JSONObject(defaults) == wanted)
    for parameter in runner.parameters {
      #expect(parameter.value["type"]?.stringValue != nil, "\(parameter.key)")
      #expect(parameter.value["description"]?.stringValue != nil, "\(parameter.key)")
    }
  }

  @Test func secretsRequirementsAndOutput() throws {
    let having = { (attribute: String) in
      RunnerType.all.flatMap { runner in
        runner.parameters.filter { $0.value[attribute] == true }.map { "\(runner.name) \($0.key)" }
      }.sorted()
    }
    #expect(
      having("secret") == [
        "http-request password", "local-shell-cmd sudo_password",
        "local-shell-script sudo_password",
      ])
    #expect(having("required") == ["http-request url"])
    #expect(RunnerType.named("http-request")?.outputKey == "body")
    #expect(RunnerType.named("local-shell-cmd")?.outputKey == nil)
  }
}
