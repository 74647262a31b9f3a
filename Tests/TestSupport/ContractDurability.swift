import Calendar
import Streams

extension EventLogContract {
  /// What is recorded and what is durable.
  static let durability = [
    ContractCase("what is appended synced is durable at return") { subject in
      let log = try await subject.log()
      for number in 0..<5 {
        try await log.append([number])
        let bounds = try await log.bounds(Partition(.testEvents))
        try expect(bounds.durable, Int64(number + 1), "durable end")
      }
    },
    ContractCase("what is committed synced is durable at return") { subject in
      let log = try await subject.log()
      try await log.withOwner { owner in
        try await log.commit(Outgoing([1], .testFacts), consumed: [:], as: owner, .synced)
        try expect(try await log.bounds(Partition(.testFacts)).durable, 1, "durable end")
      }
    },
    ContractCase("a sync makes durable all that was recorded before it") { subject in
      let log = try await subject.log()
      for topic in [Topic.testEvents, .letters, .testFacts] {
        _ = try await log.append(Outgoing([1, 2], topic), .recorded)
      }
      try await log.sync()
      for topic in [Topic.testEvents, .letters, .testFacts] {
        let bounds = try await log.bounds(Partition(topic))
        try expect(bounds.durable, bounds.end, "durable end of \(topic.name)")
      }
    },
    ContractCase("a synced append makes durable what was recorded before it") { subject in
      let log = try await subject.log()
      _ = try await log.append(Outgoing([1], .letters), .recorded)
      try await log.append([2])
      try expect(try await log.bounds(Partition(.letters)).durable, 1, "durable end")
    },
    ContractCase("the durable end is never beyond the recorded one nor before itself") { subject in
      let log = try await subject.log()
      var last: Int64 = 0
      for number in 0..<200 {
        _ = try await log.append(Outgoing([number]), number % 50 == 0 ? .synced : .recorded)
        let bounds = try await log.bounds(Partition(.testEvents))
        try expect(
          last <= bounds.durable && bounds.durable <= bounds.end,
          "expected a durable end from \(last) to \(bounds.end), found \(bounds.durable)")
        last = bounds.durable
      }
    },
    ContractCase("a read to the durable end gives nothing beyond it") { subject in
      let log = try await subject.log()
      let events = Partition(.testEvents)
      for number in 0..<50 {
        _ = try await log.append(Outgoing([number]), .recorded)
        let batch = try await log.read(events, from: 0, to: .durable)
        let durable = try await log.bounds(events).durable
        try expect(
          batch.positions[events]! <= durable,
          "expected at most \(durable) records, found \(batch.positions[events]!)")
      }
      try await log.sync()
      let batch = try await log.read(events, from: 0, to: .durable)
      try expect(try batch.records.numbers(), Array(0..<50), "numbers after a sync")
    },
    ContractCase("a read to the recorded end gives what is not durable yet") { subject in
      let log = try await subject.log()
      _ = try await log.append(Outgoing([1]), .recorded)
      try expect(try await log.numbers(), [1], "numbers")
    },
    ContractCase("a loss of power takes the unsynced end and nothing else") { subject in
      guard subject.features.losesUnsyncedEnd else { return }
      var log = try await subject.log()
      let events = Partition(.testEvents)
      try await log.withOwner { [log] owner in
        try await log.commit(Outgoing([1], .testFacts), consumed: [events: 1], as: owner, .synced)
        try await log.commit(
          Outgoing([2], .testFacts), consumed: [events: 2], as: owner, .recorded)
      }
      log = try await subject.losePower()
      try expect(try await log.numbers(.testFacts), [1], "facts")
      try expect(try await log.committed("g", partition: 0), [events: 1], "positions")
      let facts = Partition(.testFacts)
      try await expectError(.beyondEnd(facts, end: 1), "a read of what was lost") {
        try await log.read(facts, from: 2)
      }
      try await log.append([3], .testFacts)
      try expect(try await log.numbers(.testFacts), [1, 3], "facts after a new append")
    },
  ]

  /// What a new start finds.
  static let reopening = [
    ContractCase("records, positions and times stay") { subject in
      var log = try await subject.log()
      var outgoing = Outgoing(0..<10)
      for number in 10..<20 { outgoing.add(number, .testFacts) }
      outgoing.add(20, .letters, lane: 3)
      _ = try await log.append(outgoing, .synced)
      subject.clock.advance(.seconds(1))
      try await log.append([30])
      let partitions =
        [Partition(.testEvents), Partition(.testFacts)]
        + (0..<subject.features.partitionCount).map { Partition(.letters, $0) }
      var before: [[Seen]] = []
      for place in partitions {
        before.append(try await log.records(place.topic, place.index).map(Seen.init))
      }
      log = try await subject.reopen()
      for (place, before) in zip(partitions, before) {
        try expect(
          try await log.records(place.topic, place.index).map(Seen.init), before, "\(place)")
      }
    },
    ContractCase("the incarnation stays") { subject in
      let before = try await subject.log().incarnation
      try expect(try await subject.reopen().incarnation, before, "incarnation")
    },
    ContractCase("positions of groups stay") { subject in
      let log = try await subject.log()
      let (events, letters) = (Partition(.testEvents), Partition(.letters))
      try await log.withOwner { owner in
        try await log.commit(
          Outgoing(), consumed: [events: 5, letters: 0], as: owner, .synced)
      }
      let opened = try await subject.reopen()
      try expect(
        try await opened.committed("g", partition: 0), [events: 5, letters: 0], "positions")
      try expect(try await opened.committed("other", partition: 0), [:], "another group's")
    },
    ContractCase("offsets go on where they ended") { subject in
      var log = try await subject.log()
      for round in 0..<4 {
        let told = try await log.append([2 * round, 2 * round + 1])
        try expect(
          told.map(\.position.offset), [Int64(2 * round), Int64(2 * round + 1)], "offsets")
        log = try await subject.reopen()
      }
      try expect(try await log.numbers(), Array(0..<8), "numbers")
    },
    ContractCase("what a start finds is durable") { subject in
      let log = try await subject.log()
      _ = try await log.append(Outgoing(0..<5), .recorded)
      let opened = try await subject.reopen()
      try await opened.sync()
      let bounds = try await opened.bounds(Partition(.testEvents))
      try expect(bounds, Bounds(first: 0, durable: 5, end: 5), "bounds")
    },
    ContractCase("the first offsets stay") { subject in
      let log = try await subject.log()
      try await log.append(0..<10)
      try await log.trim(Partition(.testEvents), before: 4)
      let opened = try await subject.reopen()
      let events = Partition(.testEvents)
      try expect(try await opened.bounds(events), Bounds(first: 4, durable: 10, end: 10), "bounds")
      try expect(try await opened.numbers(), Array(4..<10), "numbers")
      try await expectError(.trimmed(first: 4), "a read before the first") {
        try await opened.read(events, from: 3)
      }
    },
    ContractCase("an empty log stays empty") { subject in
      _ = try await subject.log()
      let opened = try await subject.reopen()
      let bounds = try await opened.bounds(Partition(.testEvents))
      try expect(bounds, Bounds(first: 0, durable: 0, end: 0), "bounds")
      try expect(try await opened.numbers(), [], "numbers")
    },
    ContractCase("time does not go back over a start") { subject in
      let log = try await subject.log()
      let before = try await log.append([1])[0].time
      subject.clock.advance(.seconds(-3600))
      let opened = try await subject.reopen()
      try expect(opened.now() >= before, "expected now not before \(before.iso8601)")
      let after = try await opened.append([2])[0].time
      try expect(
        after >= before, "expected not before \(before.iso8601), found \(after.iso8601)")
    },
  ]
}

/// A record in a form that can be compared.
private struct Seen: Equatable {
  let position: Position
  let microseconds: Int64
  let text: String

  init(_ record: Record) {
    position = record.position
    microseconds = record.time.microseconds
    text = record.text
  }
}
