import Automation
import Connectors
import Crypto
import JSON

/// Content in StackStorm's form: what content holds, with `id` and `uid`.
enum ContentJSON {
  static func action(_ action: Action) -> Document {
    named(action.body, "action", pack: action.pack, name: action.name, ref: action.ref)
  }

  /// What is known of an action that content does not have any more.
  static func goneAction(_ ref: String) -> Document {
    let (pack, name) = parts(of: ref)
    let body: JSONValue = [
      "ref": .string(ref), "pack": .string(pack), "name": .string(name), "runner_type": "",
      "parameters": [:],
    ]
    return named(body, "action", pack: pack, name: name, ref: ref)
  }

  static func rule(_ rule: Rule, _ content: Content) -> Document {
    var document = named(
      rule.body, "rule", pack: rule.definition.pack, name: rule.name, ref: rule.ref,
      without: ["places"])
    let trigger = rule.definition.trigger
    document["trigger"] = [
      "type": .string(trigger.type), "parameters": .object(trigger.parameters),
      "ref": .string(triggerRef(of: rule, content)),
    ]
    return document
  }

  /// The reference of what a rule listens to; that of the type where content does not have it.
  static func triggerRef(of rule: Rule, _ content: Content) -> String {
    let trigger = rule.definition.trigger
    return content.triggerTypes[trigger.type].map {
      Trigger(of: $0, parameters: trigger.parameters).ref
    } ?? trigger.type
  }

  static func pack(_ body: JSONValue, ref: String, folder: String) -> Document {
    var document = Document(body)
    document["id"] = .string(ContentID.of("pack", ref))
    document["uid"] = .string("pack:\(ref)")
    for list in ["keywords", "contributors", "dependencies"] where document[list] == nil {
      document[list] = []
    }
    if let digest = body["digest"]?.stringValue {
      document["path"] = .string("\(folder)/\(ref)@\(digest)")
    }
    document["system"] = [:]
    return document
  }

  static func triggerType(_ type: TriggerType) -> Document {
    let (pack, name) = parts(of: type.ref)
    return named(type.body, "trigger_type", pack: pack, name: name, ref: type.ref)
  }

  /// A trigger with its parameters.
  static func trigger(
    ref: String, type: String, parameters: JSONObject
  ) -> JSONValue {
    let (pack, name) = parts(of: ref)
    let text = JSONValue.object(parameters).text(sorted: true)
    let digest = Hex.encode(Hash.md5.digest(of: text))
    return [
      "id": .string(ContentID.of("trigger", ref)), "name": .string(name), "pack": .string(pack),
      "parameters": .object(parameters), "ref": .string(ref), "type": .string(type),
      "uid": .string("trigger:\(pack):\(name):\(digest)"),
    ]
  }

  private static func named(
    _ body: JSONValue, _ kind: String, pack: String, name: String, ref: String,
    without names: Set<String> = []
  ) -> Document {
    var document = Document(body, without: names)
    document["id"] = .string(ContentID.of(kind, ref))
    document["uid"] = .string("\(kind):\(pack):\(name)")
    document["ref"] = .string(ref)
    return document
  }

  private static func parts(of ref: String) -> (pack: String, name: String) {
    (String(ref.prefix { $0 != "." }), String(ref.drop { $0 != "." }.dropFirst()))
  }
}
