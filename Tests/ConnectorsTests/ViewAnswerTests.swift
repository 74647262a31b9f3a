import Connectors
import TestSupport
import Testing

@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.missing)"))
struct ViewAnswerTests {
  @Test func aDatabaseThatIsAwayIsTold() async throws {
    let conninfo = try await TestPostgres.database()
    #expect(await View(conninfo).answers(within: .seconds(30)))
    #expect(await !View("host=/nowhere dbname=none").answers(within: .seconds(30)))
  }
}
