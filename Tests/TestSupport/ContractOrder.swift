import Streams

extension EventLogContract {
  /// Order, offsets and partitions.
  static let order = [
    ContractCase("an empty log has nothing and begins at 0") { subject in
      let log = try await subject.log()
      let place = Partition(.testEvents)
      try expect(try await log.bounds(place), Bounds(first: 0, durable: 0, end: 0), "bounds")
      let batch = try await log.read(place, from: 0)
      try expect(batch.records.count, 0, "records")
      try expect(batch.positions, [place: 0], "positions")
    },
    ContractCase("records of one append come in the order in which they were added") { subject in
      let log = try await subject.log()
      try await log.append(0..<100)
      try expect(try await log.numbers(), Array(0..<100), "numbers")
    },
    ContractCase("records of several appends come in the order of the appends") { subject in
      let log = try await subject.log()
      for number in 0..<20 { try await log.append([2 * number, 2 * number + 1]) }
      try expect(try await log.numbers(), Array(0..<40), "numbers")
    },
    ContractCase("offsets begin at 0 and leave nothing out") { subject in
      let log = try await subject.log()
      for number in 0..<10 { try await log.append([number]) }
      let offsets = try await log.records(.testEvents).map(\.position.offset)
      try expect(offsets, Array(0..<10), "offsets")
    },
    ContractCase("an append tells the positions and times that are read later") { subject in
      let log = try await subject.log()
      var told: [Appended] = []
      for number in 0..<5 { told += try await log.append([number, 100 + number]) }
      let read = try await log.records(.testEvents)
      try expect(
        read.map { Appended(position: $0.position, time: $0.time) }, told, "positions and times")
    },
    ContractCase("an append tells one position for each value, topic after topic") { subject in
      let log = try await subject.log()
      var outgoing = Outgoing()
      for number in 0..<3 {
        outgoing.add(number, .testEvents)
        outgoing.add(number, .testFacts)
        outgoing.add(number, .letters)
      }
      let told = try await log.append(outgoing, .synced).map(\.position)
      let facts = Partition(.testFacts)
      try expect(
        told,
        (0..<3).map { Position(Partition(.testEvents), offset: $0) }
          + (0..<3).map { Position(facts, offset: 0, index: $0) }
          + (0..<3).map { Position(Partition(.letters), offset: $0) }, "positions")
    },
    ContractCase("topics are apart") { subject in
      let log = try await subject.log()
      var outgoing = Outgoing()
      outgoing.add(1, .testEvents)
      outgoing.add(2, .testCommands)
      outgoing.add(3, .testEvents)
      _ = try await log.append(outgoing, .synced)
      try await log.append([4], .testCommands)
      try expect(try await log.numbers(.testEvents), [1, 3], "events")
      try expect(try await log.numbers(.testCommands), [2, 4], "commands")
      try expect(try await log.numbers(.letters), [], "letters")
    },
    ContractCase("a lane goes to the partition of its number modulo their count") { subject in
      let log = try await subject.log()
      let count = subject.features.partitionCount
      try expect(log.partitionCount(of: .testEvents), count, "count of partitions")
      var outgoing = Outgoing()
      for lane in 0..<256 { outgoing.add(lane, .testEvents, lane: UInt8(lane)) }
      let told = try await log.append(outgoing, .synced)
      try expect(told.map(\.position.partition.index), (0..<256).map { $0 % count }, "partitions")
      for partition in 0..<count {
        try expect(
          try await log.numbers(.testEvents, partition),
          Array(stride(from: partition, to: 256, by: count)), "partition \(partition)")
        let bounds = try await log.bounds(Partition(.testEvents, partition))
        try expect(bounds.end, Int64(256 / count), "end of partition \(partition)")
      }
    },
    ContractCase("a table has one partition") { subject in
      let log = try await subject.log()
      try expect(log.partitionCount(of: .testTable), 1, "count of partitions")
      var outgoing = Outgoing()
      for lane in 0..<8 { outgoing.add(lane, .testTable, lane: UInt8(lane)) }
      _ = try await log.append(outgoing, .synced)
      try expect(try await log.numbers(.testTable), Array(0..<8), "numbers")
    },
    ContractCase("checkpoints are kept by partition") { subject in
      let log = try await subject.log()
      try expect(
        log.partitionCount(of: .checkpoints), subject.features.partitionCount,
        "count of partitions")
    },
    ContractCase("an append of nothing changes nothing") { subject in
      let log = try await subject.log()
      try await log.append([1])
      for durability in [Durability.recorded, .synced] {
        try expect(try await log.append(Outgoing(), durability), [], "positions told")
      }
      let bounds = try await log.bounds(Partition(.testEvents))
      try expect(bounds, Bounds(first: 0, durable: 1, end: 1), "bounds")
    },
    ContractCase("values come back to the byte") { subject in
      let log = try await subject.log()
      let texts = [
        "{}", #"{"a":"\u0000\"\\[{,}]"}"#, #"{"ä€𝄞":" "}"#, "[1,2]", "not json",
        "{\"specversion\":\"1.0\"}", String(repeating: "x", count: 70_000),
      ]
      _ = try await log.append(Outgoing(texts), .synced)
      try expect(try await log.texts(), texts, "values")
    },
    ContractCase("an incarnation names the log") { subject in
      let log = try await subject.log()
      try expect(!log.incarnation.isEmpty, "expected an incarnation that is not empty")
    },
  ]
}
