import Automation
import JSON
import Testing

@Suite struct ActionReadingTests {
  private func complaints(_ text: String, _ more: [String: String] = [:]) -> [String] {
    PackTexts.complaints(["actions/a.yaml": text].merging(more) { $1 })
      .map { $0.replacing("actions/a.yaml:", with: "") }
  }

  @Test func allThatAnActionSays() throws {
    // given
    let text = """
      ---
      name: sell.one
      pack: shop
      description: Sells one thing
      enabled: false
      runner_type: local-shell-script
      entry_point: scripts/sell.sh
      idempotent: true
      parameters:
        thing: {type: string, required: true, position: 0, minLength: 1}
        price: {type: number, default: 1.5, position: 1}
        sudo: {immutable: true}
        since: {default: 2001-02-03}
      output_schema:
        type: object
        properties: {sold: {type: boolean}}
      tags: [{name: kind, value: sale}]
      notify: {on-failure: {message: lost, routes: [till], data: {level: 1}}}
      """
    // when
    let content = PackTexts.content(["actions/a.yml": text, "actions/scripts/sell.sh": ""])
    // then
    let action = try #require(content?.actions.first)
    #expect(action.ref == "shop.sell.one")
    #expect(action.parameters.keys == ["thing", "price", "sudo", "since"])
    #expect(
      action.json == [
        "name": "sell.one", "pack": "shop", "ref": "shop.sell.one",
        "description": "Sells one thing", "enabled": false, "runner_type": "local-shell-script",
        "entry_point": "scripts/sell.sh", "idempotent": true,
        "parameters": [
          "thing": ["type": "string", "required": true, "position": 0, "minLength": 1],
          "price": ["type": "number", "default": 1.5, "position": 1],
          "sudo": ["immutable": true], "since": ["default": "2001-02-03"],
        ],
        "output_schema": ["type": "object", "properties": ["sold": ["type": "boolean"]]],
        "tags": [["name": "kind", "value": "sale"]],
        "notify": ["on-failure": ["message": "lost", "routes": ["till"], "data": ["level": 1]]],
        "metadata_file": "actions/a.yml",
      ])
    #expect(ActionDefinition(json: action.json) == action)
  }

  @Test func whatAnActionNeedNotSay() throws {
    let action = try #require(
      PackTexts.content(["actions/a.yaml": "name: a\nrunner_type: noop"])?.actions.first)
    #expect(action.enabled && !action.isIdempotent && action.entryPoint.isEmpty)
    #expect(action.parameters.isEmpty && action.tags.isEmpty && action.description == nil)
    #expect(ActionDefinition(json: action.json) == action)
    #expect(ActionDefinition(json: ["name": "a", "pack": "shop"]) == nil)
  }

  @Test(arguments: [
    ("[]", ["1:1: error: expected the mapping of an action, found a list"]),
    ("", ["1:1: error: expected the mapping of an action, found nothing"]),
    (
      "description: x",
      ["1:1: error: an action needs 'name'", "1:1: error: an action needs 'runner_type'"]
    ),
    ("name: ''\nrunner_type: noop", ["1:7: error: 'name' must not be empty"]),
    (
      "name: a\nrunner_type: noop\nenabled: 'yes'\nentrypoint: x",
      [
        "3:10: error: 'enabled' must be true or false, found the text 'yes'",
        "4:1: warning: an action has no key 'entrypoint'; it is ignored (did you mean 'entry_point'?)",
      ]
    ),
    (
      "name: a\npack: other\nrunner_type: noop",
      ["2:7: error: 'pack' must be 'shop', the pack that it is in, found 'other' (leave it out)"]
    ),
    (
      "name: a\nrunner_type: local-shell-cdm",
      ["2:14: error: there is no runner 'local-shell-cdm' (did you mean 'local-shell-cmd'?)"]
    ),
    (
      "name: a\nrunner_type: run-local",
      ["2:14: warning: 'run-local' is a name of the past (write 'local-shell-cmd')"]
    ),
    (
      "name: a\nrunner_type: inquirer",
      ["2:14: warning: the runner 'inquirer' is not available yet; the action cannot run"]
    ),
    (
      "name: a\nrunner_type: noop\ntags: [{name: 1}, {value: x}]",
      [
        "3:15: error: 'name' must be text, found the number 1 (put it in quotes)",
        "3:19: error: a tag needs 'name'",
      ]
    ),
    (
      "name: a\nrunner_type: noop\nnotify: {on-compleet: {}, on-failure: {route: x}}",
      [
        "3:10: warning: 'notify' has no key 'on-compleet'; it is ignored (did you mean 'on-complete'?)",
        "3:40: warning: 'on-failure' has no key 'route'; it is ignored (did you mean 'routes'?)",
      ]
    ),
    (
      "name: a\nname: b\nrunner_type: noop",
      ["2:1: warning: the key 'name' stands at 1:1, too (this one counts; remove the other)"]
    ),
    (
      "name: a\n yes: no",
      [
        "2:5: error: expected no second ': ' (put the value in quotes, or check the indentation of this line), found ': no'"
      ]
    ),
    (
      "name: a\nrunner_type: noop\nyes: 1",
      [
        "3:1: warning: an action has no key that is a boolean (put it in quotes if it is meant as text)"
      ]
    ),
  ]) func mistakes(text: String, wanted: [String]) {
    #expect(complaints(text) == wanted)
  }

  @Test(arguments: [
    (
      "",
      [
        "1:1: error: the runner 'local-shell-script' needs 'entry_point' (the script's path below the folder actions)"
      ]
    ),
    ("entry_point: run.sh", [String]()),
    (
      "entry_point: rum.sh",
      ["3:14: error: there is no file 'actions/rum.sh' (did you mean 'run.sh'?)"]
    ),
    (
      "entry_point: ../run.sh",
      ["3:14: error: 'entry_point' must be a path below the folder actions, found '../run.sh'"]
    ),
    (
      "entry_point: /bin/sh",
      ["3:14: error: 'entry_point' must be a path below the folder actions, found '/bin/sh'"]
    ),
  ]) func entryPoints(line: String, wanted: [String]) {
    let text = "name: a\nrunner_type: local-shell-script\n\(line)"
    #expect(complaints(text, ["actions/run.sh": ""]) == wanted)
  }

  @Test(arguments: [
    ("[]", ["3:13: error: 'parameters' must be a mapping, found a list"]),
    (
      "{x: text}", ["3:17: error: expected the mapping of the schema of 'x', found the text 'text'"]
    ),
    ("{x: }", ["3:17: error: expected the mapping of the schema of 'x', found nothing"]),
    (
      "{'a-b': {}}",
      ["3:14: error: a parameter's name must be letters, digits and '_', found 'a-b'"]
    ),
    (
      "{1: {}}",
      ["3:14: error: a parameter's name must be text, found the number 1 (put it in quotes)"]
    ),
    (
      "{x: {requred: true}}",
      [
        "3:18: warning: the schema of 'x' has no key 'requred'; it is ignored (did you mean 'required'?)"
      ]
    ),
    (
      "{x: {required: 1, secret: 'no'}}",
      [
        "3:28: error: 'required' must be true or false, found the number 1",
        "3:39: error: 'secret' must be true or false, found the text 'no'",
      ]
    ),
    (
      "{x: {type: strnig}}",
      [
        "3:24: error: 'type' must be one of array, boolean, integer, null, number, object, string, found 'strnig' (did you mean 'string'?)"
      ]
    ),
    ("{x: {type: [string]}}", ["3:24: error: 'type' must be one type, found a list (use 'anyOf')"]),
    (
      "{x: {enum: a, position: -1, maxLength: 1.5}}",
      [
        "3:24: error: 'enum' must be a list of values, found the text 'a'",
        "3:37: error: 'position' must be a whole number from 0, found the number -1",
        "3:52: error: 'maxLength' must be a whole number from 0, found the number 1.5",
      ]
    ),
    (
      "{x: {properties: {y: {tipe: string}}}}",
      ["3:35: warning: the schema of 'x.y' has no key 'tipe'; it is ignored (did you mean 'type'?)"]
    ),
    (
      "{x: {items: [{typ: string}], additionalProperties: 1}}",
      [
        "3:27: warning: the schema of 'x.items' has no key 'typ'; it is ignored (did you mean 'type'?)",
        "3:64: error: expected the mapping of the schema of 'x.additionalProperties', found the number 1",
      ]
    ),
    (
      "{x: {immutable: true}}",
      ["3:14: error: the immutable parameter 'x' needs a default: nobody can give it a value"]
    ),
    (
      "{cmd: {immutable: true}}",
      ["3:14: error: the immutable parameter 'cmd' needs a default: nobody can give it a value"]
    ),
    ("{sudo: {immutable: true}}", [String]()),
    ("{timeout: {type: integer, default: 5}}", [String]()),
    (
      "{timeout: {type: number}}",
      [
        "3:24: error: 'type' of 'timeout' belongs to the runner 'local-shell-cmd' and cannot change (an action may set default, description, enum, immutable, required)"
      ]
    ),
    ("{x: {position: 0}, y: {position: 0}}", ["3:46: error: 'y' has the position 0 of 'x' (3:14)"]),
    (
      "{x: {position: 0}, y: {position: 2}}",
      ["3:32: error: positions must be 0, 1, 2 ...: 2 is taken, but 1 is not"]
    ),
    (
      "{x: {default: .nan}, y: {default: 99999999999999999999}}",
      [
        "3:27: error: expected a number that JSON can say, found nan (put it in quotes)",
        "3:47: error: expected an integer of at most 64 bits, found 99999999999999999999 (put it in quotes)",
      ]
    ),
    (
      "{x: {default: {on: 1}}}",
      [
        "3:28: warning: the key is a boolean in YAML 1.1; it is read as the text 'true' (put it in quotes)"
      ]
    ),
    (
      "{x: {default: {1: a, '1': b}}}",
      [
        "3:28: warning: the key is an integer in YAML 1.1; it is read as the text '1' (put it in quotes)",
        "3:34: warning: the key '1' is given twice once keys are text",
      ]
    ),
  ]) func parameters(text: String, wanted: [String]) {
    #expect(complaints("name: a\nrunner_type: local-shell-cmd\nparameters: \(text)") == wanted)
  }
}
