import Automation
import JSON
import Testing

/// Trigger types, documents, and what only the whole pack shows.
@Suite struct ContentTests {
  @Test func triggerTypes() throws {
    // given
    let text = """
      name: sold.out
      description: Nothing left
      key: thing.name
      payload_schema:
        type: object
        properties: {thing: {type: object}, left: {type: integer, required: true}}
      parameters_schema: {type: object, properties: {shelf: {type: string}}}
      tags: [{name: a, value: b}]
      """
    // when
    let type = try #require(PackTexts.content(["triggers/t.yaml": text])?.triggerTypes.first)
    // then
    #expect(
      type.json == [
        "name": "sold.out", "pack": "shop", "ref": "shop.sold.out", "description": "Nothing left",
        "key": "thing.name",
        "payload_schema": [
          "type": "object",
          "properties": [
            "thing": ["type": "object"], "left": ["type": "integer", "required": true],
          ],
        ],
        "parameters_schema": ["type": "object", "properties": ["shelf": ["type": "string"]]],
        "tags": [["name": "a", "value": "b"]], "metadata_file": "triggers/t.yaml",
      ])
    #expect(TriggerTypeDefinition(json: type.json) == type)
    #expect(TriggerTypeDefinition(json: ["name": "x"]) == nil)
  }

  @Test func triggerTypeMistakes() {
    #expect(
      PackTexts.complaints([
        "triggers/t.yaml": """
        pack: other
        key: hots
        payload_schema: {type: object, properties: {host: {type: string}}, required: [host]}
        payload: {}
        """
      ]) == [
        "triggers/t.yaml:1:1: error: a trigger type needs 'name'",
        "triggers/t.yaml:1:7: error: 'pack' must be 'shop', the pack that it is in, found 'other'"
          + " (leave it out)",
        "triggers/t.yaml:2:6: warning: the payload schema has no 'hots' that 'key' could name"
          + " (did you mean 'host'?)",
        "triggers/t.yaml:3:68: warning: a list of required names is not looked at"
          + " (write 'required: true' at each property)",
        "triggers/t.yaml:4:1: warning: a trigger type has no key 'payload'; it is ignored",
      ])
  }

  @Test func documentsAreKeptAsTheyAre() throws {
    // given
    let texts = [
      "sensors/s.yaml":
        "class_name: Watcher\nentry_point: s.py\npoll_interval: 5\ntrigger_types: [{name: seen}]",
      "sensors/s.py": "",
      "policies/p.yaml":
        "name: p\nresource_ref: shop.w\npolicy_type: action.retry\nparameters: {n: 1}",
      "aliases/l.yaml": "name: l\naction_ref: shop.w\nformats: ['sell {{ it }}']",
      "actions/w.yaml": "name: w\nrunner_type: orquesta\nentry_point: workflows/w.yaml",
      "actions/workflows/w.yaml": "version: 1.0\ntasks: {t: {action: core.noop}}",
      "config.schema.yaml": "region: {type: string, default: north}",
    ]
    // when
    let content = try #require(PackTexts.content(texts))
    // then
    #expect(content.triggerTypes.map(\.ref) == ["shop.seen"])
    #expect(
      content.documents.map { "\($0.kind.rawValue) \($0.ref) \($0.file)" } == [
        "sensor shop.Watcher sensors/s.yaml", "alias shop.l aliases/l.yaml",
        "policy shop.p policies/p.yaml", "config_schema shop config.schema.yaml",
        "workflow shop.w actions/workflows/w.yaml",
      ])
    #expect(content.documents[4].content["version"] == 1.0)
    for document in content.documents {
      #expect(PackDocument(json: document.json) == document)
    }
    #expect(PackDocument(json: ["kind": "poem", "ref": "a.b", "content": nil]) == nil)
  }

  @Test func documentMistakes() {
    #expect(
      PackTexts.complaints([
        "sensors/s.yaml": "class_name: W\nentry_point: s.py\ntrigger_types: [{}]",
        "policies/p.yaml": "name: p\nresource_ref: here\npolicy: x",
        "aliases/l.yaml": "name: l\naction_ref: shop.w\nformats: one",
        "config.schema.yaml": "region: north",
      ]) == [
        "aliases/l.yaml:3:10: error: 'formats' must be a list, found the text 'one'",
        "config.schema.yaml:1:9: error: expected the mapping of the schema of 'region', found the text"
          + " 'north'",
        "policies/p.yaml:1:1: error: a policy needs 'policy_type'",
        "policies/p.yaml:2:15: error: 'resource_ref' must be of the form pack.name, found 'here'",
        "policies/p.yaml:3:1: warning: a policy has no key 'policy'; it is ignored",
        "sensors/s.yaml:2:14: error: there is no file 'sensors/s.py'",
        "sensors/s.yaml:3:17: error: a trigger type needs 'name'",
      ])
  }

  @Test func onlyFilesOfTheRightPlaceAreMetadata() {
    #expect(
      PackTexts.complaints([
        "actions/scripts/x.yaml": "[", "tests/y.yaml": "[", "actions/config.yaml": "[",
        "rules/notes.txt": "[", "etc/rules/z.yaml": "[",
      ]).isEmpty)
  }

  @Test func namesGivenTwice() {
    #expect(
      PackTexts.complaints([
        "actions/a.yaml": "name: one\nrunner_type: noop",
        "actions/b.yaml": "runner_type: noop\nname: one",
        "triggers/t.yaml": "name: seen",
        "sensors/s.yaml": "class_name: W\nentry_point: s.py\ntrigger_types:\n  - name: seen",
        "sensors/s.py": "",
      ]) == [
        "actions/b.yaml:2:1: error: the action 'shop.one' is defined in actions/a.yaml, too",
        "sensors/s.yaml:4:5: error: the trigger type 'shop.seen' is defined in triggers/t.yaml, too",
      ])
  }

  @Test func referencesAreFollowedWhereTheirPackIsKnown() throws {
    // given
    let rule = { (type: String, parameters: String, action: String) in
      """
      name: r
      enabled: true
      trigger:
        type: \(type)
        parameters: \(parameters)
      action:
        ref: \(action)
      """
    }
    let store = try #require(
      checkPack(
        PackFiles(
          folder: "store",
          texts: [
            "pack.yaml": "name: store\ndescription: d\nversion: 1.0.0\nauthor: a",
            "actions/a.yaml": "name: deliver\nrunner_type: noop",
            "triggers/t.yaml":
              "name: empty\nparameters_schema: {type: object, properties: {shelf: {type: string,"
              + " required: true}}, additionalProperties: false}",
          ])
      ).content)
    let complaints = { (text: String) in
      PackTexts.complaints(["rules/r.yaml": text], beside: [store])
    }
    // then
    #expect(complaints(rule("store.empty", "{shelf: x}", "store.deliver")).isEmpty)
    #expect(complaints(rule("far.away", "{}", "far.act")).isEmpty)
    #expect(
      complaints(rule("store.emty", "{}", "store.delivr")) == [
        "rules/r.yaml:4:3: error: there is no trigger type 'store.emty' (did you mean 'store.empty'?)",
        "rules/r.yaml:7:3: warning: there is no action 'store.delivr'; the rule can only fail"
          + " (did you mean 'store.deliver'?)",
      ])
    #expect(
      complaints(rule("store.empty", "{shelv: x}", "shop.nothing")) == [
        "rules/r.yaml:4:3: error: the trigger type 'store.empty' needs the parameter 'shelf'",
        "rules/r.yaml:5:16: error: the trigger type 'store.empty' has no parameter 'shelv'"
          + " (did you mean 'shelf'?)",
        "rules/r.yaml:7:3: warning: there is no action 'shop.nothing'; the rule can only fail",
      ])
  }

  @Test func warningsLeaveTheContentErrorsDoNot() {
    let files = { PackTexts.files(["actions/a.yaml": $0]) }
    let warned = checkPack(files("name: a\nrunner_type: noop\nodd: 1"))
    #expect(warned.content != nil && warned.diagnostics.count == 1)
    let failed = checkPack(files("name: a\nrunner_type: noop\nenabled: 1"))
    #expect(failed.content == nil && failed.diagnostics.count == 1)
  }
}
