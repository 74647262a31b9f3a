import Calendar
import Testing

@testable import Arguments

@Suite struct ArgumentValueTests {
  @Test(
    arguments: [
      ("2026-11-25T01:03:44+01:00", "2026-11-25T00:03:44.000000Z"),
      ("2026-11-25", "2026-11-25T00:00:00.000000Z"),
    ])
  func timesAreRead(given text: String, then expected: String) throws {
    #expect(try Instant(argument: text).argumentText == expected)
  }

  @Test func anAgeIsATimeInThePast() throws {
    let before = Instant.now()
    let instant = try Instant(argument: "2h")
    #expect(instant >= before - .seconds(7200))
    #expect(instant <= Instant.now() - .seconds(7200))
  }

  @Test(arguments: ["", "x", "2026-11-25T01:03:44", "2026-02-30", "25.11.2026"])
  func otherTimesAreRefused(given text: String) {
    #expect(
      throws: ArgumentsError.invalidValue(
        expected: "a time such as 2026-11-25T01:03:44+01:00, 2026-11-25 or, for how long ago, 2h")
    ) { try Instant(argument: text) }
  }

  @Test(arguments: [("1", 1.0), ("-2.5", -2.5), ("1e3", 1000)])
  func numbersAreRead(given text: String, then number: Double) throws {
    #expect(try Double(argument: text) == number)
  }

  @Test(arguments: ["", "x", "nan", "inf", "1e999"])
  func numbersMustBeFinite(given text: String) {
    #expect(throws: ArgumentsError.invalidValue(expected: "a number")) {
      try Double(argument: text)
    }
  }

  @Test(arguments: ["", "x", "1.0", "99999999999999999999", "0x1", " 1"])
  func otherWholeNumbersAreRefused(given text: String) {
    #expect(throws: ArgumentsError.invalidValue(expected: "a whole number")) {
      try Int(argument: text)
    }
  }

  @Test(
    arguments: [
      ("stauts", ["start", "status"], "; did you mean 'status'?"),
      ("rules", ["rule", "run"], "; did you mean 'rule'?"), ("ab", ["ba"], "; did you mean 'ba'?"),
      ("xyz", ["rule", "run"], ""), ("", ["a"], "; did you mean 'a'?"), ("a", [], ""),
    ])
  func theNearestIsSuggested(given word: String, among names: [String], then hint: String) {
    #expect(suggestion(for: word, among: names) == hint)
  }

  @Test func longWordsAreNotCompared() {
    let word = String(repeating: "a", count: 64)
    #expect(suggestion(for: word, among: [word + "b"]) != "")
    #expect(suggestion(for: word + "a", among: [word + "b"]) == "")
  }
}
