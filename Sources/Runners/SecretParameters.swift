import Automation
import Expressions
import JSON

/// A work's parameters with their secrets opened.
struct OpenedParameters {
  let runner: JSONObject
  let action: JSONObject
  /// The opened values.
  let secrets: [JSONValue]
  /// Names of parameters whose values are secret or made with a secret.
  let secretNames: Set<String>

  /// Throws a text that says which parameter cannot be opened or finished.
  init(_ work: Work, _ vault: any SecretVault) throws(OpeningError) {
    var opener = Opener(action: work.action, vault: vault)
    runner = try opener.open(work.runnerParameters)
    action = try opener.open(work.actionParameters)
    // What a rule gave for a secret parameter was never sealed, and is no less secret.
    let (runner, action) = (runner, action)
    secrets = opener.secrets + work.secretNames.compactMap { action[$0] ?? runner[$0] }
    secretNames = opener.names.union(work.secretNames)
  }

  struct OpeningError: Error {
    let text: String
  }

  private struct Opener {
    let action: String
    let vault: any SecretVault
    var secrets: [JSONValue] = []
    var names: Set<String> = []

    mutating func open(_ parameters: JSONObject) throws(OpeningError) -> JSONObject {
      var opened: JSONObject = [:]
      for (name, value) in parameters {
        let count = secrets.count
        do {
          opened[name] = try open(value, of: name)
        } catch {
          throw OpeningError(text: "Parameter \(name): \(error.text)")
        }
        if secrets.count > count { names.insert(name) }
      }
      return opened
    }

    mutating func open(
      _ value: JSONValue, of parameter: String
    ) throws(OpeningError) -> JSONValue {
      if let sealed = Sealed(value) {
        let place = SecretPlace(action: action, parameter: parameter)
        guard let opened = vault.open(sealed, for: place) else {
          throw OpeningError(
            text: "its secret was sealed with another key, or for another parameter")
        }
        secrets.append(opened)
        return opened
      }
      if let unfinished = Unfinished(value) { return try finish(unfinished) }
      switch value {
      case .array(let elements):
        var opened: [JSONValue] = []
        for element in elements { opened.append(try open(element, of: parameter)) }
        return .array(opened)
      case .object(let members):
        var opened: JSONObject = [:]
        for (name, value) in members { opened[name] = try open(value, of: parameter) }
        return .object(opened)
      default: return value
      }
    }

    private mutating func finish(_ unfinished: Unfinished) throws(OpeningError) -> JSONValue {
      var context: JSONObject = [:]
      for (name, value) in unfinished.context { context[name] = try open(value, of: name) }
      do {
        let finished = try Parameters.render(unfinished.template, context)
        secrets.append(finished)
        return finished
      } catch {
        throw OpeningError(text: "\(error)")
      }
    }
  }
}
