import Connectors
import TestSupport
import Testing

/// The embedded log keeps the promises of every log: as it is set by default, and with segments and
/// memory so small that nearly every read comes from the disk and crosses segments.
@Suite struct SQLiteLogContractTests {
  @Test(arguments: EventLogContract.all)
  func byDefault(_ promise: ContractCase) async throws {
    try await promise.run(SQLiteLogSubject(SQLiteLogSettings()))
  }

  @Test(arguments: EventLogContract.all)
  func inSmallSegments(_ promise: ContractCase) async throws {
    var settings = SQLiteLogSettings()
    settings.segmentBytesMax = 10_000
    settings.tailBytesMax = 1
    try await promise.run(SQLiteLogSubject(settings))
  }
}
