import Testing

@testable import Calendar

@Suite struct TimeZoneTests {
  @Test(
    arguments: [
      ("UTC", "2026-07-01T12:00:00Z", 0),
      ("Europe/Paris", "2026-03-29T00:59:59Z", 3600),
      ("Europe/Paris", "2026-03-29T01:00:00Z", 7200),
      ("Europe/Paris", "2026-10-25T00:59:59Z", 7200),
      ("Europe/Paris", "2026-10-25T01:00:00Z", 3600),
      ("Europe/Paris", "1800-01-01T00:00:00Z", 561),
      ("Europe/Paris", "2525-07-01T00:00:00Z", 7200),
      ("Europe/Dublin", "2400-01-01T00:00:00Z", 0),
      ("Europe/Dublin", "2400-07-01T00:00:00Z", 3600),
      ("America/New_York", "1918-07-01T00:00:00Z", -14_400),
      ("America/New_York", "2300-12-31T23:59:59Z", -18_000),
      ("Australia/Lord_Howe", "2400-01-01T00:00:00Z", 39_600),
      ("Australia/Lord_Howe", "2400-07-01T00:00:00Z", 37_800),
      ("Asia/Kathmandu", "2026-01-01T00:00:00Z", 20_700),
      ("Pacific/Apia", "2011-12-30T09:59:59Z", -36_000),
      ("Pacific/Apia", "2011-12-30T10:00:00Z", 50_400),
      ("America/Nuuk", "2400-07-01T00:00:00Z", -3600),
    ])
  func clocksAreAheadOfUTC(given name: String, at text: String, then offset: Int) throws {
    let instant = try #require(Instant(iso8601: text))
    #expect(try TimeZone(named: name).offsetSeconds(at: instant) == offset)
  }

  @Test func aTimeIsShownOnceTwiceOrNever() throws {
    let paris = try TimeZone(named: "Europe/Paris")
    let rows: [(CivilTime, TimeZone.Instants)] = [
      (time(2026, 3, 29, 1, 59), .one(at("2026-03-29T00:59:00Z"))),
      (time(2026, 3, 29, 2, 0), .gap(at: at("2026-03-29T01:00:00Z"))),
      (time(2026, 3, 29, 2, 59), .gap(at: at("2026-03-29T01:00:00Z"))),
      (time(2026, 3, 29, 3, 0), .one(at("2026-03-29T01:00:00Z"))),
      (time(2026, 10, 25, 1, 59), .one(at("2026-10-24T23:59:00Z"))),
      (time(2026, 10, 25, 2, 0), .two(at("2026-10-25T00:00:00Z"), at("2026-10-25T01:00:00Z"))),
      (time(2026, 10, 25, 2, 59), .two(at("2026-10-25T00:59:00Z"), at("2026-10-25T01:59:00Z"))),
      (time(2026, 10, 25, 3, 0), .one(at("2026-10-25T02:00:00Z"))),
      (time(2400, 3, 26, 2, 30), .gap(at: at("2400-03-26T01:00:00Z"))),
    ]
    for (time, expected) in rows { #expect(paris.instants(of: time) == expected, "\(time)") }
    let apia = try TimeZone(named: "Pacific/Apia")
    #expect(apia.instants(of: time(2011, 12, 30, 12, 0)) == .gap(at: at("2011-12-30T10:00:00Z")))
    #expect(apia.instants(of: time(2011, 12, 29, 23, 59)) == .one(at("2011-12-30T09:59:00Z")))
  }

  @Test(
    arguments: [
      "Europe/Paris", "America/New_York", "Europe/Dublin", "Australia/Lord_Howe",
      "Africa/Casablanca",
      "Pacific/Apia", "America/Sao_Paulo", "Asia/Tehran",
    ])
  func whatClocksShowLeadsBack(given name: String) throws {
    let zone = try TimeZone(named: name)
    for hours in stride(from: Int64(-300_000), to: 5_000_000, by: 79) {
      let instant = Instant(microseconds: hours * 3_600_000_000 + 1_800_000_001)
      let isFound =
        switch zone.instants(of: zone.local(instant)) {
        case .one(let one): one == instant
        case .two(let one, let other): one == instant || other == instant
        case .gap: false
        }
      guard isFound else {
        Issue.record("\(name) does not find \(instant.iso8601) again")
        return
      }
    }
    #expect(zone.name == name)
  }

  @Test(
    arguments: [
      "", "Europe/Atlantis", "europe/paris ", "/etc/passwd", "../zoneinfo/UTC", "Europe/../UTC",
      "Europe", "Europe//Paris", "./UTC", "UTC\u{0}x",
    ])
  func unknownNamesAreRefused(given name: String) {
    #expect(throws: CalendarError.unknownZone(name)) { try TimeZone(named: name) }
  }

  @Test func aFileThatIsNoZoneIsRefused() {
    #expect(throws: CalendarError.self) { try TimeZone(named: "tzdata.zi") }
  }

  @Test func damagedFilesAreRefused() throws {
    let bytes = try #require(ZoneFile.read("/usr/share/zoneinfo/Europe/Paris"))
    let whole = try ZoneFile(bytes)
    #expect(whole.offsetSeconds(at: 0) == 3600)
    for count in 0..<(bytes.count - 30) {
      #expect(throws: ZoneFile.Damage.self) { try ZoneFile(Array(bytes.prefix(count))) }
    }
    for place in bytes.indices {
      var changed = bytes
      changed[place] ^= 0xFF
      if let zone = try? ZoneFile(changed) { _ = zone.offsetSeconds(at: 1_700_000_000) }
    }
    #expect(throws: ZoneFile.Damage.self) {
      try ZoneFile(bytes + [UInt8](repeating: 0, count: ZoneFile.bytesMax + 1 - bytes.count))
    }
    let longest = bytes + [UInt8](repeating: 10, count: ZoneFile.bytesMax - bytes.count)
    #expect(try ZoneFile(longest).offsetSeconds(at: 0) == 3600)
  }

  @Test func aFixedZoneNeverChanges() {
    let zone = TimeZone(fixedOffsetSeconds: -12_600, name: "-03:30")
    #expect(zone.local(at("2026-01-01T00:00:00Z")) == time(2025, 12, 31, 20, 30))
    #expect(zone.instants(of: time(2025, 12, 31, 20, 30)) == .one(at("2026-01-01T00:00:00Z")))
    #expect(TimeZone.utc.offsetSeconds(at: .now()) == 0)
  }

  private func time(
    _ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int
  ) -> CivilTime {
    CivilTime(CivilDate(year: year, month: month, day: day), hour: hour, minute: minute)
  }

  private func at(_ text: String) -> Instant { Instant(iso8601: text) ?? Instant(seconds: 0) }
}

@Suite struct ClockRuleTests {
  @Test(
    arguments: [
      ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T01:00:00Z", 7200),
      ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T01:00:00Z", 3600),
      ("<+0330>-3:30<+0430>,J79/24,J263/24", "2026-03-20T20:29:59Z", 12_600),
      ("<+0330>-3:30<+0430>,J79/24,J263/24", "2026-03-20T20:30:00Z", 16_200),
      ("AAA5BBB,J60/0,J61/0", "2024-03-01T05:00:00Z", -14_400),
      ("AAA5BBB,J60/0,J61/0", "2024-02-29T05:00:00Z", -18_000),
      ("AAA5BBB,59/0,60/0", "2024-02-29T05:00:00Z", -14_400),
      ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:59:59Z", -7200),
      ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", -3600),
      ("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-01-01T00:00:00Z", 0),
      ("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-06-01T00:00:00Z", 3600),
      ("UTC0", "2026-06-01T00:00:00Z", 0), ("ABC-1:02:03", "2026-06-01T00:00:00Z", 3723),
    ])
  func setsClocks(given text: String, at instant: String, then offset: Int) throws {
    let rule = try #require(ClockRule(text))
    #expect(rule.offsetSeconds(at: Int(try #require(Instant(iso8601: instant)).seconds)) == offset)
  }

  @Test(
    arguments: [
      "", "A", "AB1", "ABC", "ABCx", "ABC1DEF", "ABC1DEF,M3.5.0", "ABC1DEF,M13.5.0,M10.5.0",
      "ABC1DEF,M3.6.0,M10.5.0", "ABC1DEF,M3.5.7,M10.5.0", "ABC1DEF,J0,J1", "ABC1DEF,J366,J1",
      "ABC1DEF,366,1", "ABC168", "ABC1:60", "ABC1DEF,1,2,", "<AB>1", "<ABC1",
      "ABC9999999999999999999",
    ])
  func refusesAnythingElse(given text: String) {
    #expect(ClockRule(text) == nil)
  }
}
