import Automation
import JSON
import Testing

@testable import Runners

/// Secrets open for the action and the parameter that they were sealed for.
@Suite struct OpenedParametersTests {
  /// Its boxes hold their place and their text in clear.
  private struct OpenVault: SecretVault {
    func seal(_ value: JSONValue, for place: SecretPlace) -> Sealed {
      Sealed(
        box: "\(place.action)|\(place.parameter)|\(value.stringValue ?? "")", fingerprint: "f")
    }

    func open(_ sealed: Sealed, for place: SecretPlace) -> JSONValue? {
      let prefix = "\(place.action)|\(place.parameter)|"
      guard sealed.box.hasPrefix(prefix) else { return nil }
      return .string(String(sealed.box.dropFirst(prefix.count)))
    }
  }

  private let vault = OpenVault()

  private func sealed(_ text: String, _ action: String, _ parameter: String) -> JSONValue {
    vault.seal(.string(text), for: SecretPlace(action: action, parameter: parameter)).value
  }

  private func opened(_ parameters: JSONObject) throws -> OpenedParameters {
    let data: JSONValue = [
      "execution": "0123456789abcdef01234567", "attempt": 1, "action": "shop.close",
      "runner": "noop", "entry_point": "", "pack_digest": "",
      "action_parameters": .object(parameters), "user": "ann",
    ]
    let document = try JSONDocument(parsing: Array(data.text().utf8))
    return try OpenedParameters(Work(type: "petrel.WorkScheduled", data: document.root), vault)
  }

  @Test func aSecretOpensInItsPlaceAndInTemplatesThatNameIt() throws {
    let token = sealed("4711", "shop.close", "token")
    let header = Unfinished(template: "Bearer {{ token }}", context: ["token": token])
    let opened = try opened([
      "token": token, "header": header.value, "door": "front",
      "login": ["word": sealed("0815", "shop.close", "login")],
    ])
    #expect(
      opened.action == [
        "token": "4711", "header": "Bearer 4711", "door": "front", "login": ["word": "0815"],
      ])
    #expect(opened.secretNames == ["token", "header", "login"])
    #expect(Set(opened.secrets) == ["4711", "Bearer 4711", "0815"])
  }

  @Test(arguments: [("shop.open", "token"), ("shop.close", "door")])
  func aSecretOfAnotherPlaceStaysShut(_ action: String, _ parameter: String) {
    let foreign = sealed("4711", action, parameter)
    let nested = Unfinished(template: "{{ token }}", context: ["token": foreign]).value
    for value in [foreign, nested, ["deep": [foreign]]] {
      let error = #expect(throws: OpenedParameters.OpeningError.self) {
        try opened(["token": value])
      }
      #expect(error?.text.contains("for another parameter") ?? false)
      #expect(error?.text.hasPrefix("Parameter token: ") ?? false)
    }
  }
}
