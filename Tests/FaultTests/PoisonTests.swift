import Automation
import Connectors
import JSON
import Processes
import Streams
import TestSupport
import Testing

/// Records that nobody can take, written into every input topic past the edge that would refuse
/// them: each becomes a dead letter that names its place, and what comes behind it is taken.
@Suite(.enabled(if: RunningPetrel.isPossible, "\(RunningPetrel.missing)"))
struct PoisonTests {
  @Test func everyKindBecomesADeadLetterAndHoldsUpNothing() async throws {
    let poisons = Poison.all
    #expect(poisons.count >= 200)
    try await RunningPetrel.run { petrel in
      let load = Load()
      #expect(await load.post(petrel))
      try await Judgement(petrel: petrel).settle()
      petrel.terminate()
      #expect(try await petrel.end().ending == .exited(0))
      let places = try await append(poisons, to: petrel.data + "/log")
      try await petrel.start()
      #expect(await load.post(petrel))
      try await Judgement(petrel: petrel).settle()
      for (poison, place) in zip(poisons, places) {
        let path = "/api/v2/dead-letters/\(place.partition.topic.name)/\(place.offset)"
        let answer = try await petrel.get(path)
        #expect(answer.status == 200, "\(poison) at \(place): \(answer.text)")
        #expect(answer.json["reason"]?.stringValue?.isEmpty == false, "\(poison)")
      }
      let status = try await Judgement(petrel: petrel).settle()
      #expect(status["dead_letters"]?.intValue == poisons.count)
      try await Judgement(petrel: petrel).compareView()
      let decided = try await petrel.get("/triggerinstances?limit=-1").each("event_id")
      #expect(load.acknowledged.isSubset(of: decided))
      try await expectReadableExport(petrel, poisons)
    }
  }

  /// The export has a line of JSON for each record, whatever that is.
  private func expectReadableExport(
    _ petrel: RunningPetrel, _ poisons: [Poison]
  ) async throws {
    for topic in [Topic.events, .commands, .results, .letters] {
      let lines = try await petrel.get("/api/v2/log/\(topic.name)").lines
      #expect(lines.allSatisfy { $0["position"]?["offset"] != nil }, "\(topic.name)")
      #expect(lines.count >= poisons.filter { $0.topic == topic }.count, "\(topic.name)")
    }
  }

  private func append(_ poisons: [Poison], to path: String) async throws -> [Position] {
    let log = try await SQLiteLog.open(path)
    var places: [Position] = []
    for poison in poisons {
      var outgoing = Outgoing()
      outgoing.add(poison.topic, Lane(0), value: poison.text)
      places += try await log.append(outgoing, .recorded).map(\.position)
    }
    await log.close()
    return places
  }
}
