import Automation
import JSON
import TestSupport
import Testing

/// Content as StackStorm shows it; nothing here is read from the database.
@Suite struct ContentTests {
  /// Nobody answers there.
  static let nowhere = "host=/nonexistent user=petrel dbname=petrel"

  private static let lists: [(query: String, refs: [String])] = [
    ("rules", ["shop.close_front", "shop.close_loud", "shop.close_never"]),
    ("rules?pack=shop&enabled=true", ["shop.close_front", "shop.close_loud"]),
    ("rules?enabled=false", ["shop.close_never"]), ("rules?pack=garden", []),
    ("rules?action=shop.close&limit=1&offset=1", ["shop.close_loud"]),
    ("rules?action=shop.knock", []), ("rules?trigger=shop.bell", []),
    (
      "rules?trigger=shop.alarm&name=close_loud,close_never",
      ["shop.close_loud", "shop.close_never"]
    ),
    ("actions", ["shop.close", "shop.knock", "shop.off"]), ("actions?pack=garden", []),
    ("actions?name=knock,off", ["shop.knock", "shop.off"]), ("actions?tags=kind", ["shop.knock"]),
    ("actions?runner_type=noop&limit=1", ["shop.close"]), ("actions?runner_type=orquesta", []),
    ("packs", ["shop"]), ("packs?ref=garden", []), ("packs?name=Shop", ["shop"]),
    ("triggertypes?pack=shop", ["shop.alarm"]), ("triggertypes?name=alarm", ["shop.alarm"]),
    ("triggertypes?pack=garden", []),
  ]

  @Test func listsAreFilteredAndCut() async throws {
    try await APIBench.run(database: Self.nowhere) { bench in
      try await bench.standardContent()
      for (query, refs) in Self.lists {
        let answer = try await bench.get("/api/v1/\(query)")
        #expect(answer.each("ref") == refs, "\(query): \(answer.text)")
      }
      let part = try await bench.get("/rules/?limit=1&offset=1")
      #expect(part.header("x-total-count") == "3")
      #expect(part.header("x-limit") == "1")
      for query in ["rules?enabled=perhaps", "rules?limit=0", "actions?offset=-1", "packs?limit=x"]
      {
        #expect(try await bench.get("/api/v1/\(query)").status == 400, "\(query)")
      }
      let chosen = try await bench.get("/rules?name=close_front&include_attributes=enabled")
      #expect(Set(chosen.json[0]?.objectValue?.keys ?? []) == ["id", "ref", "enabled"])
    }
  }

  @Test(arguments: [
    ("rules", "shop.close_front", "rule:shop:close_front"),
    ("actions", "shop.knock", "action:shop:knock"), ("packs", "shop", "pack:shop"),
    ("triggertypes", "shop.alarm", "trigger_type:shop:alarm"),
    ("runnertypes", "noop", "runner_type:noop"),
  ])
  func oneIsFoundByReferenceAndById(_ list: String, _ ref: String, _ uid: String) async throws {
    try await APIBench.run(database: Self.nowhere) { bench in
      try await bench.standardContent()
      let found = try await bench.get("/api/v1/\(list)/\(ref)")
      #expect(found.status == 200)
      #expect(found.json["uid"]?.stringValue == uid)
      let id = try #require(found.json["id"]?.stringValue)
      for path in ["/v1/\(list)/\(id)", "/\(list)/\(ref)/"] {
        #expect(try await bench.get(path).json == found.json, "\(path)")
      }
      #expect(try await bench.get("/\(list)?id=\(id)").json == [found.json])
      let unknown = try await bench.get("/api/v1/\(list)/shop.nothing")
      #expect(unknown.status == 404)
      #expect(unknown.fault.contains("shop.nothing"))
    }
  }

  @Test func eachIsShownAsStackStormDoes() async throws {
    try await APIBench.run(database: Self.nowhere) { bench in
      try await bench.standardContent()
      let rule = try await bench.get("/rules/shop.close_front")
      #expect(rule.json["places"] == nil)
      #expect(rule.json["trigger"]?["ref"] == "shop.alarm")
      #expect(rule.json["criteria"]?["trigger.door"]?["pattern"] == "front")
      let pack = try await bench.get("/packs/shop")
      #expect(pack.json["keywords"] == [])
      #expect(
        pack.json["path"]?.stringValue == "\(bench.packsFolder)/shop@0123456789abcdef")
      let runners = try await bench.get("/runnertypes")
      #expect(runners.each("name") == RunnerType.all.map(\.name).sorted())
      #expect(try await bench.get("/runnertypes?name=noop").each("name") == ["noop"])
      let backwards = try await bench.get("/runnertypes?sort=-name")
      #expect(backwards.each("name") == runners.each("name").reversed())
    }
  }
}
