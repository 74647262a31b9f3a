import JSON
import TestSupport
import Testing

@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.missing)"))
struct TriggerInstanceTests {
  @Test func aListIsFilteredCountedAndCut() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      let first = try await bench.alarm(["door": "front"])
      let second = try await bench.alarm(["door": "back"])
      let path = "/api/v1/triggerinstances"
      let all = try await bench.eventually(path) { $0.header("x-total-count") == "2" }
      #expect(Set(all.each("id")) == [first, second])
      let both = all.each("id")
      let filters: [(query: String, ids: [String])] = [
        ("trigger=shop.alarm", both), ("trigger=shop.bell", []),
        ("trigger_type=shop.alarm", both), ("status=processed", both), ("status=pending", []),
        ("id=\(first)", [first]), ("timestamp_gt=2001-01-01T00:00:00Z", both),
        ("timestamp_lt=2001-01-01T00:00:00Z", []), ("sort_asc=true", both.reversed()),
        ("limit=1", [both[0]]), ("limit=1&offset=1", [both[1]]), ("offset=2", []),
        ("trace_tag=t", []),
      ]
      for (query, ids) in filters {
        let answer = try await bench.get("\(path)?\(query)")
        #expect(answer.each("id") == ids, "\(query): \(answer.text)")
      }
      for query in ["limit=0", "limit=-2", "offset=-1", "timestamp_gt=yesterday"] {
        #expect(try await bench.get("\(path)?\(query)").status == 400, "\(query)")
      }
    }
  }

  @Test func oneIsFoundAtOnce() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      let id = try await bench.alarm(["door": "front", "volume": 3])
      for prefix in ["/api/v1", "/v1", ""] {
        let found = try await bench.get("\(prefix)/triggerinstances/\(id)")
        #expect(found.status == 200)
        #expect(found.json["id"]?.stringValue == id)
        #expect(found.json["trigger"] == "shop.alarm")
        #expect(found.json["status"] == "processed")
        #expect(found.json["payload"] == ["door": "front", "volume": 3])
        #expect(found.json["occurrence_time"]?.stringValue?.hasSuffix("Z") ?? false)
      }
      for id in ["0123456789abcdef01234567", "123"] {
        let answer = try await bench.get("/triggerinstances/\(id)")
        #expect(answer.status == 404)
        #expect(answer.fault.contains(id))
      }
    }
  }
}
