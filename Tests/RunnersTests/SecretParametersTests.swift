import Automation
import JSON
import TestSupport
import Testing

@testable import Runners

/// Secrets opened where they are used.
@Suite struct SecretParametersTests {
  private let vault = TestVault()

  /// A handle of a secret of the action that the works here are for.
  private func seal(_ value: JSONValue, of parameter: String) -> JSONValue {
    vault.seal(value, for: SecretPlace(action: "demo.say.twice", parameter: parameter)).value
  }

  private func open(_ action: JSONObject, runner: JSONObject = [:]) throws -> OpenedParameters {
    let work = work(
      randomID(), runner: "test",
      ["action_parameters": .object(action), "runner_parameters": .object(runner)])
    let document = try JSONDocument(parsing: work.text())
    return try OpenedParameters(
      try Work(type: "petrel.WorkScheduled", data: document.root), vault)
  }

  @Test func handlesAreOpenedWhereverTheyStand() throws {
    let opened = try open(
      [
        "plain": 1, "token": seal("one", of: "token"),
        "deep": ["list": [1, ["x": seal(["k": 2], of: "deep")]]],
      ], runner: ["password": seal("one", of: "password")])
    #expect(opened.action == ["plain": 1, "token": "one", "deep": ["list": [1, ["x": ["k": 2]]]]])
    #expect(opened.runner == ["password": "one"])
    #expect(opened.secretNames == ["token", "deep", "password"])
    #expect(opened.secrets == ["one", "one", ["k": 2]])
  }

  @Test func aTemplateWithASecretIsFinishedAndSecretItself() throws {
    let unfinished = Unfinished(
      template: "curl -u {{ user }}:{{ token }}",
      context: ["user": "ann", "token": seal("sesame", of: "token")])
    let opened = try open(["cmd": unfinished.value])
    #expect(opened.action == ["cmd": "curl -u ann:sesame"])
    #expect(opened.secretNames == ["cmd"])
    #expect(opened.secrets == ["sesame", "curl -u ann:sesame"])
  }

  @Test func whatCannotBeOpenedNamesItsParameter() throws {
    let foreign = Sealed(box: "7", fingerprint: "f").value
    let broken = Unfinished(template: "{{ token | no_such_filter }}", context: ["token": "x"])
    for (value, names) in [
      (foreign, "sealed with another key"), (["in": [foreign]], "sealed with another key"),
      (broken.value, "no_such_filter"),
    ] as [(JSONValue, String)] {
      let error = #expect(throws: OpenedParameters.OpeningError.self) {
        try open(["fine": 1, "token": value])
      }
      let text = try #require(error).text
      #expect(text.hasPrefix("Parameter token: "))
      #expect(text.contains(names), "\(text)")
    }
  }
}
