import Calendar
import Testing

@testable import Expressions

@Suite struct DateTextTests {
  private let now = Instant(iso8601: "2026-03-10T15:30:00Z")!

  @Test(arguments: [
    // ISO 8601
    ("2024-05-06T07:08:09Z", "2024-05-06T07:08:09Z"), ("2024-05-06 07:08", "2024-05-06T07:08:00Z"),
    ("20240506T070809.5", "2024-05-06T07:08:09.5Z"), ("2024-05", "2024-05-01T00:00:00Z"),
    ("2024-05-06T07:08:09,1234567+02:00", "2024-05-06T05:08:09.123456Z"),
    ("2024-05-06t24:00z", "2024-05-07T00:00:00Z"), ("2024-060", "2024-02-29T00:00:00Z"),
    ("2024-W01", "2024-01-01T00:00:00Z"), ("2020W537", "2021-01-03T00:00:00Z"),
    ("2024-05-06T07:08-0130", "2024-05-06T08:38:00Z"), ("2024-W10-3T10", "2024-03-06T10:00:00Z"),
    // RFC 2822 and what people write
    ("Mon, 06 May 2024 07:08:09 GMT", "2024-05-06T07:08:09Z"),
    ("Mon, 06 May 2024 07:08:09 +0200 (CEST)", "2024-05-06T05:08:09Z"),
    ("Mon May  6 07:08:09 2024", "2024-05-06T07:08:09Z"),
    ("May 6, 2024 3pm", "2024-05-06T15:00:00Z"), ("6 May 2024 12 AM", "2024-05-06T00:00:00Z"),
    ("05/06/2024", "2024-05-06T00:00:00Z"), ("13/06/2024", "2024-06-13T00:00:00Z"),
    ("6.May.24", "2024-05-06T00:00:00Z"), ("May-6-2024", "2024-05-06T00:00:00Z"),
    ("2024/05/06 07h08m09s", "2024-05-06T07:08:09Z"), ("2024.05.06 7:08.5", "2024-05-06T07:08:30Z"),
    ("990506", "1999-05-06T00:00:00Z"), ("240506", "2006-05-24T00:00:00Z"),
    ("202405060708", "2024-05-06T07:08:00Z"),
    ("2024-05-06 07:08:09 UTC", "2024-05-06T07:08:09Z"),
    ("2024-05-06 07:08:09 GMT+3", "2024-05-06T10:08:09Z"),
    ("2024-05-06 07:08:09 EST", "2024-05-06T07:08:09Z"),
    ("6th of May 2024", "2024-05-06T00:00:00Z"),
    // Missing parts come from the day of `now`
    ("07:08", "2026-03-10T07:08:00Z"), ("May 6", "2026-05-06T00:00:00Z"),
    ("Feb 2025", "2025-02-10T00:00:00Z"), ("1/2/75", "2075-01-02T00:00:00Z"),
    ("1/2/76", "1976-01-02T00:00:00Z"), ("friday", "2026-03-13T00:00:00Z"),
    ("Jan of 01", "2001-01-10T00:00:00Z"),
  ]) func `a date is read`(text: String, expected: String) throws {
    let instant = try #require(Instant(iso8601: expected))
    #expect(try DateText.instant(text, now: now) == instant)
  }

  @Test(arguments: [
    "", " ", "yesterday", "2024-13-01", "2024-02-30", "25:00", "2024-05-06T07:08:60", "13:00 pm",
    "1768478390", "1.2.3.4", "True", "None", "[]", "2024-05-06 7:08 +25:00", "0000-01-01",
    "0001-01-01T00:00:00+01:00", "May May 2024", "99999999999999999999", "nan", "2024-366-1",
    "2025-366", "2024-W54", "2024-05-06T07:08:09+01:3x",
  ]) func `what is no date is refused`(text: String) {
    #expect(throws: ExpressionError.self) { try DateText.instant(text, now: now) }
  }

  @Test func `the length of the text is bounded`() throws {
    let padding = String(repeating: " ", count: DateText.textBytesMax - 5)
    #expect(
      try DateText.instant("07:08" + padding, now: now) == DateText.instant("07:08", now: now))
    #expect(throws: ExpressionError.self) {
      try DateText.instant("07:08 " + padding, now: now)
    }
  }
}
