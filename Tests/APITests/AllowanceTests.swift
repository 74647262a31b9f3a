import HTTPServer
import Testing

@testable import API

@Suite struct AllowanceTests {
  @Test func aShareIsGivenBackWhenNobodyHoldsIt() {
    let allowance = Allowance(10)
    var share = allowance.take(8)
    #expect(share != nil)
    #expect(allowance.take(3) == nil)
    do {
      let rest = allowance.take(2)
      #expect(rest != nil)
      #expect(allowance.take() == nil)
    }
    share = nil
    #expect(share == nil)
    #expect(allowance.take(10) != nil)
  }

  @Test func whatIsRefusedIsToldWhenToComeBack() {
    let response = Response.fault(429, "too many")
    #expect(response.headers.contains { $0 == ("Retry-After", "1") })
  }
}
