import TestSupport
import Testing

/// The log in memory keeps the promises of every log.
@Suite struct MemoryLogContractTests {
  @Test(arguments: EventLogContract.all)
  func onePartition(_ promise: ContractCase) async throws {
    try await promise.run(MemoryLogSubject(partitionCount: 1))
  }

  @Test(arguments: EventLogContract.all)
  func fourPartitions(_ promise: ContractCase) async throws {
    try await promise.run(MemoryLogSubject(partitionCount: 4))
  }
}
