import Testing

@testable import Automation

@Suite struct ExecutionStatusTests {
  @Test func everyStatusHasItsRow() {
    #expect(ExecutionStatus.transitions.count == ExecutionStatus.allCases.count)
    #expect(ExecutionStatus.allCases.count == 14)
  }

  @Test func fiveStatusesEndAnExecution() {
    let completed = ExecutionStatus.allCases.filter(\.isCompleted)
    #expect(Set(completed) == [.succeeded, .failed, .timeout, .abandoned, .canceled])
  }

  /// Walks every pair: a transition is in the table or it is not, and nothing leaves an end.
  @Test func onlyTheTableMoves() {
    var count = 0
    for one in ExecutionStatus.allCases {
      for other in ExecutionStatus.allCases {
        let may = one.mayBecome(other)
        if may { count += 1 }
        if one.isCompleted || one == other { #expect(!may) }
        if other == .requested { #expect(!may) }
      }
    }
    #expect(count == 45)
  }
}
