import Streams

extension EventLogContract {
  /// Letting go of old records.
  static let trimming = [
    ContractCase("what lies before the first offset is gone") { subject in
      let log = try await subject.log()
      let events = Partition(.testEvents)
      try await log.append(0..<10)
      try await log.trim(events, before: 6)
      try expect(
        try await log.bounds(events), Bounds(first: 6, durable: 10, end: 10), "bounds")
      try expect(try await log.numbers(), Array(6..<10), "numbers")
      for offset in Int64(0)..<6 {
        try await expectError(.trimmed(first: 6), "a read from \(offset)") {
          try await log.read(events, from: offset)
        }
      }
      let batch = try await log.read(events, from: 6)
      try expect(try batch.records.numbers(), Array(6..<10), "numbers from the first")
    },
    ContractCase("a trim touches no other topic or partition") { subject in
      let log = try await subject.log()
      for lane in 0..<4 { try await log.append(0..<3, .testEvents, lane: UInt8(lane)) }
      try await log.append(0..<3, .letters)
      try await log.trim(Partition(.testEvents), before: 2)
      try expect(try await log.bounds(Partition(.letters)).first, 0, "first of letters")
      for partition in 1..<max(1, subject.features.partitionCount) {
        let bounds = try await log.bounds(Partition(.testEvents, partition))
        try expect(bounds.first, 0, "first of partition \(partition)")
      }
    },
    ContractCase("a trim to before what is gone already changes nothing") { subject in
      let log = try await subject.log()
      let events = Partition(.testEvents)
      try await log.append(0..<10)
      try await log.trim(events, before: 6)
      try await log.trim(events, before: 2)
      try expect(try await log.bounds(events).first, 6, "first")
    },
    ContractCase("a trim to beyond the end takes all and no more") { subject in
      let log = try await subject.log()
      let events = Partition(.testEvents)
      try await log.append(0..<3)
      try await log.trim(events, before: 1_000)
      try expect(try await log.bounds(events), Bounds(first: 3, durable: 3, end: 3), "bounds")
      try expect(try await log.numbers(), [], "numbers")
      let told = try await log.append([7])
      try expect(told[0].position.offset, 3, "offset of the next record")
      try expect(try await log.numbers(), [7], "numbers after it")
    },
    ContractCase("an empty topic may be trimmed") { subject in
      let log = try await subject.log()
      let letters = Partition(.letters)
      try await log.trim(letters, before: 5)
      try expect(try await log.bounds(letters), Bounds(first: 0, durable: 0, end: 0), "bounds")
      try await log.append([1], .letters)
      try expect(try await log.numbers(.letters), [1], "numbers")
    },
    ContractCase("packed records are trimmed whole") { subject in
      let log = try await subject.log()
      let facts = Partition(.testFacts)
      try await log.append([1, 2], .testFacts)
      try await log.append([3, 4], .testFacts)
      try await log.trim(facts, before: 1)
      for log in [log, try await subject.reopen()] {
        try expect(try await log.numbers(.testFacts), [3, 4], "numbers")
      }
    },
    ContractCase("what is trimmed stays so while much is appended") { subject in
      let log = try await subject.log()
      let events = Partition(.testEvents)
      let text = jsonText(bytes: 10_000)
      var first: Int64 = 0
      for round in 0..<40 {
        _ = try await log.append(
          Outgoing([String](repeating: text, count: 10)), .synced)
        try await log.append([round], .letters)
        if round % 4 == 3 {
          first = Int64(round * 10 - 15)
          try await log.trim(events, before: first)
        }
      }
      for log in [log, try await subject.reopen()] {
        try expect(
          try await log.bounds(events), Bounds(first: first, durable: 400, end: 400), "bounds")
        try expect(try await log.texts().count, 400 - Int(first), "count of records")
        try expect(try await log.numbers(.letters), Array(0..<40), "letters")
        try await expectError(.trimmed(first: first), "a read before the first") {
          try await log.read(events, from: first - 1)
        }
      }
    },
    ContractCase("committed positions outlive a trim") { subject in
      let log = try await subject.log()
      let events = Partition(.testEvents)
      try await log.append(0..<10)
      try await log.withOwner { owner in
        try await log.commit(Outgoing(), consumed: [events: 3], as: owner, .synced)
      }
      try await log.trim(events, before: 6)
      try expect(try await log.committed("g", partition: 0), [events: 3], "positions")
    },
  ]
}
