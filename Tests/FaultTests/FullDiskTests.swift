import JSON
import TestSupport
import Testing

/// The whole program on a disk that fills up and is freed again. The view's database is elsewhere:
/// a private one takes more than such a disk has.
@Suite(
  .serialized, .enabled(if: RunningPetrel.isPossible, "\(RunningPetrel.missing)"),
  .enabled(if: SmallDisk.isPossible, "a small disk can only be mounted by the superuser"))
struct FullDiskTests {
  /// What the server keeps free: nothing, so that the disk is full indeed, or its own choice.
  @Test(arguments: ["0", "auto"])
  func aFullDiskRefusesAndGoesOnWhenThereIsRoom(freeSpaceMin: String) async throws {
    let disk = try #require(SmallDisk(bytes: 64 << 20))
    var form = RunningPetrel.Form()
    form.data = disk.path
    form.arguments = [
      "--database", try await TestPostgres.database(), "--free-space-min", freeSpaceMin,
    ]
    try await RunningPetrel.prepare(form) { petrel in
      try await petrel.start()
      var acknowledged: Set<String> = []
      var number = 0
      // What one round takes of the disk must leave more than the server keeps free by itself.
      for round in 1...(freeSpaceMin == "0" ? 3 : 1) {
        disk.fill(leaving: freeSpaceMin == "0" ? 2 << 20 : 20 << 20)
        var refusals = 0
        await until {
          number += 1
          guard let answer = try? await post(petrel, number) else { return false }
          if answer.status == 202 {
            acknowledged.insert(Load.id(number))
          } else {
            refusals += 1
            #expect([503, 507].contains(answer.status), "\(answer.text)")
          }
          return refusals >= 5
        }
        disk.empty()
        await until {
          number += 1
          guard let answer = try? await post(petrel, number), answer.status == 202 else {
            return false
          }
          acknowledged.insert(Load.id(number))
          return acknowledged.count > 3 * round
        }
      }
      try await Judgement(petrel: petrel).check(acknowledged)
    }
  }

  /// An event of about 60 kB.
  private func post(_ petrel: RunningPetrel, _ number: Int) async throws -> Answer {
    let event: JSONValue = [
      "trigger": "demo.alert", "id": .string(Load.id(number)), "source": "/load",
      "payload": [
        "host": "lab-1", "message": .string(String(repeating: "m", count: 60_000)),
      ],
    ]
    return try await petrel.send("POST", "/api/v2/events", event)
  }
}
