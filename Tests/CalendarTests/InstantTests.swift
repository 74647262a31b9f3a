import Testing

@testable import Calendar

@Suite struct InstantTests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000000Z"),
      (1, "1970-01-01T00:00:00.000001Z"),
      (-1, "1969-12-31T23:59:59.999999Z"),
      (1_795_565_024_123_456, "2026-11-25T00:03:44.123456Z"),
      (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
      (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
      (-62_167_219_200_000_000, "0000-01-01T00:00:00.000000Z"),
    ] as [(Int64, String)])
  func isWrittenAndReadAgain(given microseconds: Int64, then text: String) {
    let instant = Instant(microseconds: microseconds)
    #expect(instant.iso8601 == text)
    #expect(Instant(iso8601: text) == instant)
    var bytes = Array("at ".utf8)
    instant.writeISO8601(into: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == "at " + text)
    let fromBytes = Instant(iso8601: bytes.span.extracting(3...))
    #expect(fromBytes == instant)
  }

  @Test(
    arguments: [
      (253_402_300_800_000_000, "+010000-01-01T00:00:00.000000Z"),
      (-62_167_219_200_000_001, "-000001-12-31T23:59:59.999999Z"),
      (.max, "+294247-01-10T04:00:54.775807Z"),
      (.min, "-290308-12-21T19:59:05.224192Z"),
    ] as [(Int64, String)])
  func yearsBeyondFourDigitsAreWrittenOnly(given microseconds: Int64, then text: String) {
    #expect(Instant(microseconds: microseconds).iso8601 == text)
    #expect(Instant(iso8601: text) == nil)
  }

  @Test(
    arguments: [
      ("2026-11-25T01:03:44+01:00", "2026-11-25T00:03:44.000000Z"),
      ("2026-11-24t14:03:44.5-09:30", "2026-11-24T23:33:44.500000Z"),
      ("2026-11-25 00:03:44z", "2026-11-25T00:03:44.000000Z"),
      ("2026-11-25T00:03:44.123456999Z", "2026-11-25T00:03:44.123456Z"),
      ("2026-11-25T00:03:44.1234567-00:00", "2026-11-25T00:03:44.123456Z"),
      ("2026-12-31T23:59:60Z", "2027-01-01T00:00:00.000000Z"),
      ("2026-07-01T01:59:60.25+02:00", "2026-07-01T00:00:00.250000Z"),
    ])
  func readsWhatRFC3339Allows(given text: String, then expected: String) {
    #expect(Instant(iso8601: text)?.iso8601 == expected)
  }

  @Test(
    arguments: [
      "", "2026", "2026-11-25", "2026-11-25T00:03:44", "2026-11-25T00:03Z",
      "2026-11-25T00:03:44.Z", "2026-11-25T00:03:44.1234567890Z", "2026-11-25T00:03:44,5Z",
      "2026-11-25T00:03:44+0100", "2026-11-25T00:03:44+01", "2026-11-25T00:03:44+24:00",
      "2026-11-25T00:03:44+01:60", "2026-11-25T00:03:44ZZ", "2026-11-25T00:03:44Z ",
      " 2026-11-25T00:03:44Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
      "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
      "2026-01-32T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
      "2026-01-01T00:00:61Z", "2026-11-25T23:59:60Z", "2026-12-31T23:58:60Z",
      "+2026-11-25T00:03:44Z", "-026-11-25T00:03:44Z", "20261125T000344Z",
      "2026-11-25T00:03:44\u{0}Z", "２０２６-11-25T00:03:44Z", "2026-11-25T00:03:44.1Z\n",
    ])
  func refusesAnythingElse(given text: String) {
    #expect(Instant(iso8601: text) == nil)
  }

  @Test func readsANaiveTextOnlyWhereTheCallerKnowsTheOffset() {
    let text = "2026-11-25T01:03:44.5"
    #expect(Instant(iso8601: text) == nil)
    #expect(
      Instant(iso8601: text, naiveOffsetSeconds: 3600)?.iso8601 == "2026-11-25T00:03:44.500000Z")
    #expect(
      Instant(iso8601: text + "-01:00", naiveOffsetSeconds: 3600)?.iso8601
        == "2026-11-25T02:03:44.500000Z")
  }

  @Test func textsSortAsInstants() {
    let instants = (0..<2_000).map { Instant(microseconds: ($0 - 1_000) * 7_919_000_003) }
    #expect(instants.map(\.iso8601) == instants.map(\.iso8601).sorted())
    #expect(instants.allSatisfy { Instant(iso8601: $0.iso8601) == $0 })
  }

  @Test func countsWithDurations() {
    let instant = Instant(seconds: 10)
    #expect(instant + .milliseconds(1_500) == Instant(microseconds: 11_500_000))
    #expect(instant - .seconds(11) == Instant(seconds: -1))
    #expect(Instant(seconds: 3) - instant == .seconds(-7))
    #expect(Instant(microseconds: -1).seconds == -1)
    #expect(Instant(microseconds: -1).microsecondOfSecond == 999_999)
  }

  @Test func arithmeticStopsAtTheEnds() {
    let first = Instant(microseconds: .min)
    let last = Instant(microseconds: .max)
    #expect(last + .microseconds(1) == last)
    #expect(last - .microseconds(-1) == last)
    #expect(first - .seconds(Int64.max) == first)
    #expect(first + .seconds(Int64.min) == first)
    #expect(Instant(seconds: .max) == last)
    #expect(Instant(seconds: .min) == first)
    #expect(last - first == .microseconds(Int64.max))
    #expect(first.seconds == -9_223_372_036_855)
  }
}
