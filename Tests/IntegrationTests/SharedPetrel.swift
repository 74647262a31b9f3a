import TestSupport
import Testing

/// One server for all tests of a suite.
struct SharedPetrel: SuiteTrait, TestScoping {
  @TaskLocal static var current: RunningPetrel?

  func provideScope(
    for test: Test, testCase: Test.Case?,
    performing function: @Sendable () async throws -> Void
  ) async throws {
    try await RunningPetrel.run { petrel in
      try await petrel.waitUntilReady()
      try await Self.$current.withValue(petrel) { try await function() }
    }
  }
}

extension Trait where Self == SharedPetrel {
  static var sharedPetrel: SharedPetrel { SharedPetrel() }
}

/// Tests that leave a server as it is and so can share one.
@Suite(
  .serialized, .enabled(if: RunningPetrel.isPossible, "\(RunningPetrel.missing)"), .sharedPetrel)
struct SharedServerTests {
  static var petrel: RunningPetrel { get throws { try #require(SharedPetrel.current) } }
}
