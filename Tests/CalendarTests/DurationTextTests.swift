import Testing

@testable import Calendar

@Suite struct DurationTextTests {
  @Test(
    arguments: [
      ("0", 0, "0s"), ("0s", 0, "0s"), ("10s", 10_000_000, "10s"), ("90s", 90_000_000, "1m30s"),
      ("2h30m", 9_000_000_000, "2h30m"), ("90d", 7_776_000_000_000, "90d"),
      ("1w", 604_800_000_000, "7d"), ("1d 12h", 129_600_000_000, "1d12h"),
      ("1.5s", 1_500_000, "1.5s"), ("0.000001s", 1, "1us"), ("250ms", 250_000, "250ms"),
      ("1.25ms", 1_250, "1.25ms"), ("1m0.5s", 60_500_000, "1m0.5s"),
      ("0.5d", 43_200_000_000, "12h"), ("36525d", 3_155_760_000_000_000, "36525d"),
    ] as [(String, Int64, String)])
  func isReadAndWritten(given text: String, then microseconds: Int64, _ written: String) throws {
    let duration = try Duration(text: text)
    #expect(duration == .microseconds(microseconds))
    #expect(duration.text == written)
    #expect(try Duration(text: written) == duration)
  }

  @Test(
    arguments: [
      ("", "it is empty"), ("90", "a unit is missing: w, d, h, m, s, ms or us"),
      ("s", "a number is missing"), ("-5s", "a number is missing"), (" 5s", "a number is missing"),
      ("5s ", "a number is missing"), ("5 s", "a unit is missing: w, d, h, m, s, ms or us"),
      ("5y", "the unit 'y' is none of w, d, h, m, s, ms and us"),
      ("5S", "the unit 'S' is none of w, d, h, m, s, ms and us"),
      ("5m2h", "units must go from large to small, each once"),
      ("5m5m", "units must go from large to small, each once"),
      ("1.5h5m", "only the last number may be a fraction"), ("1.s", "a number is missing"),
      ("1.0000001s", "a number is missing"), ("٣s", "a number is missing"),
      ("36525d1us", "it is longer than 100 years"),
      ("999999999999999w", "it is longer than 100 years"),
      ("9999999999999999s", "a number is missing"),
    ])
  func saysWhatIsWrong(given text: String, then reason: String) {
    #expect(throws: CalendarError.notADuration(text, reason: reason)) { try Duration(text: text) }
  }

  @Test func aMessageNamesTheFormAndWhatWasFound() {
    #expect(
      CalendarError.notADuration("5y", reason: "why").description
        == "expected a duration such as 90s, 2h30m or 1d, found '5y': why")
    #expect(CalendarError.unknownZone("Paris").description.contains("Europe/Paris, found 'Paris'"))
  }

  @Test func negativeOnesAreWritten() {
    #expect(Duration.seconds(-90).text == "-1m30s")
    #expect(Duration.seconds(Int64.min).text == "-106751991d4h54.775807s")
  }

  @Test(
    arguments: [
      (0, "now"), (-1, "1 s ago"), (-59, "59 s ago"), (-60, "1 min ago"), (-3_599, "59 min ago"),
      (-3600, "1 h ago"), (-86_399, "23 h ago"), (-86_400, "1 d ago"),
      (-59 * 86_400, "59 d ago"), (-60 * 86_400, "2 months ago"), (-730 * 86_400, "2 years ago"),
      (1, "in 1 s"), (200, "in 3 min"), (100_000, "in 1 d"),
    ] as [(Int64, String)])
  func isToldFromNow(given seconds: Int64, then text: String) {
    let now = Instant(microseconds: 1_795_565_024_123_456)
    #expect((now + .seconds(seconds)).relative(to: now) == text)
  }
}
