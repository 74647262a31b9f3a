import Calendar
import Streams

extension EventLogContract {
  /// Log time, and reading by it.
  static let time = [
    ContractCase("log time is not before the wall clock") { subject in
      let log = try await subject.log()
      subject.clock.advance(.seconds(10))
      let wall = subject.clock.now
      try expect(log.now() >= wall, "expected now not before \(wall.iso8601)")
      let given = try await log.append([1])[0].time
      try expect(given >= wall, "expected not before \(wall.iso8601), found \(given.iso8601)")
    },
    ContractCase("log time follows the wall clock forward") { subject in
      guard subject.features.hasHandClock else { return }
      let log = try await subject.log()
      let before = try await log.append([1])[0].time
      subject.clock.advance(.seconds(86_400))
      let passed = try await log.append([2])[0].time - before
      try expect(
        passed >= .seconds(86_000) && passed < .seconds(86_460),
        "expected about a day between two records, found \(passed)")
    },
    ContractCase("log time never goes back, though the wall clock does") { subject in
      let log = try await subject.log()
      var last = try await log.append([0])[0].time
      for number in 1..<30 {
        subject.clock.advance(number % 3 == 0 ? .seconds(-500) : .milliseconds(number))
        let now = log.now()
        let given = try await log.append([number])[0].time
        try expect(
          last <= now && now <= given,
          "expected \(last.iso8601) <= \(now.iso8601) <= \(given.iso8601)")
        last = given
      }
    },
    ContractCase("records of one append have one time") { subject in
      let log = try await subject.log()
      var outgoing = Outgoing(0..<50)
      for number in 0..<50 { outgoing.add(number, .testFacts) }
      let told = try await log.append(outgoing, .synced)
      try expect(Set(told.map(\.time)).count, 1, "count of times")
    },
    ContractCase("a time has the offset of the first record not before it") { subject in
      let log = try await subject.log()
      try await checkPositions(of: try await timed(log, subject), in: log)
    },
    ContractCase("a time has the same offset after a start") { subject in
      let log = try await subject.log()
      let times = try await timed(log, subject)
      try await checkPositions(of: times, in: try await subject.reopen())
    },
    ContractCase("a time in a topic without records has the end") { subject in
      let log = try await subject.log()
      let letters = Partition(.letters)
      try expect(try await log.position(of: subject.clock.now, in: letters), 0, "offset")
      try await log.append([1])
      try expect(
        try await log.position(of: Instant(seconds: 0), in: letters), 0, "offset before all")
    },
    ContractCase("a time reaches records of one topic between those of others") { subject in
      let log = try await subject.log()
      let letters = Partition(.letters)
      try await log.append([1], .letters)
      subject.clock.advance(.seconds(60))
      let between = try await log.append([2])[0].time
      subject.clock.advance(.seconds(60))
      try await log.append([3], .letters)
      for log in [log, try await subject.reopen()] {
        try expect(try await log.position(of: between, in: letters), 1, "offset")
      }
    },
    ContractCase("a time before the first record left has that one") { subject in
      let log = try await subject.log()
      let times = try await timed(log, subject)
      let events = Partition(.testEvents)
      try await log.trim(events, before: 3)
      for log in [log, try await subject.reopen()] {
        for (time, offset) in [(times[0], 3), (times[2], 3), (times[4], 4)] as [(Instant, Int64)] {
          try expect(
            try await log.position(of: time, in: events), offset, "offset of \(time.iso8601)")
        }
      }
    },
  ]

  /// Records a minute apart; their times.
  private static func timed(
    _ log: any EventLog, _ subject: any LogSubject
  ) async throws -> [Instant] {
    var times: [Instant] = []
    for number in 0..<8 {
      times.append(try await log.append([number])[0].time)
      subject.clock.advance(.seconds(60))
    }
    return times
  }

  private static func checkPositions(
    of times: [Instant], in log: any EventLog
  ) async throws {
    let events = Partition(.testEvents)
    for (number, time) in times.enumerated() {
      let (offset, moment) = (Int64(number), Duration.microseconds(1))
      try expect(
        try await log.position(of: time, in: events), offset, "offset of \(time.iso8601)")
      try expect(
        try await log.position(of: time - moment, in: events), offset, "a microsecond before it")
      try expect(
        try await log.position(of: time + moment, in: events), offset + 1, "one after it")
    }
    let ends: [(Instant, Int64)] = [
      (Instant(seconds: 0), 0), (Instant(microseconds: .max), Int64(times.count)),
    ]
    for (time, offset) in ends {
      try expect(try await log.position(of: time, in: events), offset, "offset of \(time.iso8601)")
    }
  }
}
