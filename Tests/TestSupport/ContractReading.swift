import Streams

extension EventLogContract {
  /// What a read gives and refuses.
  static let reading = [
    ContractCase("a read gives about as many bytes as asked, each record once") { subject in
      let log = try await subject.log()
      let texts = (0..<200).map { #"{"n":\#($0),"t":"\#(String(repeating: "x", count: 900))"}"# }
      for start in stride(from: 0, to: 200, by: 10) {
        _ = try await log.append(Outgoing(Array(texts[start..<start + 10])), .synced)
      }
      for log in [log, try await subject.reopen()] {
        let events = Partition(.testEvents)
        var (read, offset): ([String], Int64) = ([], 0)
        while read.count < texts.count {
          let batch = try await log.read(events, from: offset, bytesMax: 10_000)
          let bytes = batch.records.reduce(0) { $0 + $1.value.count }
          try expect(bytes > 0 && bytes <= 11_000, "expected 1 to 11000 bytes, found \(bytes)")
          read += batch.records.map(\.text)
          offset = batch.positions[events]!
        }
        try expectSame(read, texts)
      }
    },
    ContractCase("a read of few bytes gives one record") { subject in
      let log = try await subject.log()
      try await log.append(0..<3)
      for log in [log, try await subject.reopen()] {
        let batch = try await log.read(Partition(.testEvents), from: 1, bytesMax: 1)
        try expect(try batch.records.numbers(), [1], "numbers")
        try expect(batch.positions, [Partition(.testEvents): 2], "positions")
      }
    },
    ContractCase("a read of several topics gives each in order and says where to go on") {
      subject in
      let log = try await subject.log()
      for number in 0..<10 {
        try await log.append([number])
        try await log.append([100 + number], .letters)
      }
      let wanted = [Partition(.testEvents): Int64(2), Partition(.letters): 9]
      for log in [log, try await subject.reopen()] {
        let batch = try await log.read(
          from: wanted, to: .recorded, bytesMax: 1 << 20, wait: .zero)
        let byTopic = Dictionary(grouping: batch.records) { $0.position.partition.topic }
        try expect(try (byTopic[.testEvents] ?? []).numbers(), Array(2..<10), "events")
        try expect(try (byTopic[.letters] ?? []).numbers(), [109], "letters")
        try expect(
          batch.positions, [Partition(.testEvents): 10, Partition(.letters): 10], "positions")
      }
    },
    ContractCase("a topic that has much does not keep another one out") { subject in
      let log = try await subject.log()
      let text = jsonText(bytes: 1_000)
      for _ in 0..<10 {
        _ = try await log.append(Outgoing([String](repeating: text, count: 50)), .synced)
      }
      try await log.append([1], .letters)
      for log in [log, try await subject.reopen()] {
        var positions = [Partition(.testEvents): Int64(0), Partition(.letters): 0]
        var reads = 0
        while positions[Partition(.letters)] == 0 {
          let batch = try await log.read(
            from: positions, to: .recorded, bytesMax: 20_000, wait: .zero)
          positions = batch.positions
          reads += 1
          try expect(reads <= 3, "expected the letter within 3 reads")
        }
      }
    },
    ContractCase("a read at the end gives nothing and stays there") { subject in
      let log = try await subject.log()
      try await log.append(0..<3)
      for log in [log, try await subject.reopen()] {
        for end in [End.recorded, .durable] {
          let batch = try await log.read(Partition(.testEvents), from: 3, to: end)
          try expect(batch.records.count, 0, "records")
          try expect(batch.positions, [Partition(.testEvents): 3], "positions")
        }
      }
    },
    ContractCase("a read of no partition gives nothing") { subject in
      let log = try await subject.log()
      let batch = try await log.read(from: [:], to: .recorded, bytesMax: 1, wait: .zero)
      try expect(batch.records.count, 0, "records")
    },
    ContractCase("a position beyond the end is refused") { subject in
      let log = try await subject.log()
      let events = Partition(.testEvents)
      try await expectError(.beyondEnd(events, end: 0), "a read of an empty log") {
        try await log.read(events, from: 1)
      }
      try await log.append(0..<3)
      for log in [log, try await subject.reopen()] {
        for end in [End.recorded, .durable] {
          try await expectError(.beyondEnd(events, end: 3), "a read") {
            try await log.read(events, from: 4, to: end)
          }
        }
      }
    },
    ContractCase("one bad position refuses the whole read") { subject in
      let log = try await subject.log()
      try await log.append([1])
      try await expectError(.beyondEnd(Partition(.letters), end: 0), "a read") {
        try await log.read(
          from: [Partition(.testEvents): 0, Partition(.letters): 5], to: .recorded,
          bytesMax: 1 << 20, wait: .zero)
      }
    },
    ContractCase("packed records are given whole") { subject in
      let log = try await subject.log()
      try await log.append(0..<100, .testFacts)
      try await log.append([100], .testFacts)
      let batch = try await log.read(Partition(.testFacts), from: 0, bytesMax: 1)
      try expect(try batch.records.numbers(), Array(0..<100), "numbers")
      try expect(batch.positions, [Partition(.testFacts): 1], "positions")
    },
  ]

  /// Reads that wait.
  static let waiting = [
    ContractCase("a waiting read is woken by an append") { subject in
      let log = try await subject.log()
      let events = Partition(.testEvents)
      try await log.append([1])
      let waiting = Task {
        try await log.read(from: [events: 1], to: .recorded, bytesMax: 1 << 20, wait: long)
      }
      try await log.append([2])
      try expect(try await waiting.value.records.numbers(), [2], "numbers")
    },
    ContractCase("a waiting read is woken by a commit") { subject in
      let log = try await subject.log()
      let waiting = Task {
        try await log.read(
          from: [Partition(.testFacts): 0], to: .recorded, bytesMax: 1 << 20, wait: long)
      }
      try await log.withOwner { owner in
        try await log.commit(Outgoing([1], .testFacts), consumed: [:], as: owner, .recorded)
      }
      try expect(try await waiting.value.records.numbers(), [1], "numbers")
    },
    ContractCase("a read that waits for the durable end is woken by a sync") { subject in
      let log = try await subject.log()
      let waiting = Task {
        try await log.read(
          from: [Partition(.testEvents): 0], to: .durable, bytesMax: 1 << 20, wait: long)
      }
      _ = try await log.append(Outgoing([1]), .recorded)
      try await log.sync()
      try expect(try await waiting.value.records.numbers(), [1], "numbers")
    },
    ContractCase("a read of several topics is woken by any of them") { subject in
      let log = try await subject.log()
      for topic in [Topic.testEvents, .letters] {
        let ends = [
          Partition(.testEvents): try await log.bounds(Partition(.testEvents)).end,
          Partition(.letters): try await log.bounds(Partition(.letters)).end,
        ]
        let waiting = Task {
          try await log.read(from: ends, to: .recorded, bytesMax: 1 << 20, wait: long)
        }
        try await log.append([1], topic)
        let topics = try await waiting.value.records.map(\.position.partition.topic)
        try expect(topics, [topic], "topics")
      }
    },
    ContractCase("a read that finds something does not wait") { subject in
      let log = try await subject.log()
      try await log.append([1])
      let batch = try await log.read(
        from: [Partition(.testEvents): 0, Partition(.letters): 0], to: .recorded,
        bytesMax: 1 << 20, wait: long)
      try expect(try batch.records.numbers(), [1], "numbers")
    },
    ContractCase("a read that waits in vain gives nothing") { subject in
      let log = try await subject.log()
      let events = Partition(.testEvents)
      let waiting = Task {
        try await log.read(
          from: [events: 0], to: .recorded, bytesMax: 1 << 20, wait: .milliseconds(50))
      }
      try await log.append([1], .letters)
      let batch = try await waiting.value
      try expect(batch.records.count, 0, "records")
      try expect(batch.positions, [events: 0], "positions")
    },
    ContractCase("a cancelled read gives up waiting") { subject in
      let log = try await subject.log()
      let waiting = Task {
        try await log.read(
          from: [Partition(.testEvents): 0], to: .recorded, bytesMax: 1 << 20, wait: long)
      }
      waiting.cancel()
      try await expectError(.cancelled, "a cancelled read") { try await waiting.value }
    },
  ]

  /// Longer than any of these cases may take.
  private static let long = Duration.seconds(60)
}
