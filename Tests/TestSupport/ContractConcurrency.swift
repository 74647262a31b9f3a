import Streams

extension EventLogContract {
  /// Many at once.
  static let concurrency = [
    ContractCase("appends at the same time all stand, each in one place") { subject in
      let log = try await subject.log()
      let told = try await together(300) { number in
        try await log.append([number])
      }
      let offsets = told.map(\.position.offset).sorted()
      try expect(offsets, Array(0..<300), "offsets told")
      try expect(try await log.numbers().sorted(), Array(0..<300), "numbers")
      let records = try await log.records(.testEvents)
      let numbers = try records.numbers()
      for (number, told) in told.enumerated() {
        let place = Int(told.position.offset)
        try expect(numbers[place], number, "number at the place told")
        try expect(records[place].time, told.time, "time at the place told")
      }
    },
    ContractCase("appends at the same time stay whole") { subject in
      let log = try await subject.log()
      _ = try await together(40) { number in
        try await log.append((0..<25).map { number * 25 + $0 })
      }
      let numbers = try await log.numbers()
      for start in stride(from: 0, to: 1_000, by: 25) {
        let first = numbers[start]
        try expect(
          Array(numbers[start..<start + 25]), Array(first..<first + 25), "records from \(start)")
      }
      try expect(numbers.sorted(), Array(0..<1_000), "numbers")
    },
    ContractCase("times of a partition do not fall while many append") { subject in
      let log = try await subject.log()
      _ = try await together(100) { number in
        subject.clock.advance(number % 2 == 0 ? .milliseconds(7) : .milliseconds(-5))
        return try await log.append([number])
      }
      let times = try await log.records(.testEvents).map(\.time)
      try expect(times, times.sorted(), "times")
    },
    ContractCase("readers at the same time see every record once and in order") { subject in
      let log = try await subject.log()
      let count = 400
      let appending = Task {
        _ = try await together(4) { writer in
          var told: [Appended] = []
          for number in 0..<count / 4 {
            told += try await log.append(
              Outgoing([writer * 1_000 + number]), number % 10 == 0 ? .synced : .recorded)
          }
          return told
        }
        try await log.sync()
      }
      let seen = try await withThrowingTaskGroup(of: [Int].self) { tasks in
        for end in [End.recorded, .durable, .recorded, .durable] {
          tasks.addTask { try await follow(log, to: end, count: count) }
        }
        return try await tasks.reduce(into: []) { $0.append($1) }
      }
      try await appending.value
      let numbers = try await log.numbers()
      for seen in seen { try expect(seen, numbers, "numbers that a reader saw") }
      for writer in 0..<4 {
        let own = numbers.filter { $0 / 1_000 == writer }
        try expect(own, own.sorted(), "numbers of writer \(writer)")
      }
    },
    ContractCase("commits of one owner at the same time all stand") { subject in
      let log = try await subject.log()
      try await log.withOwner { owner in
        _ = try await together(50) { number in
          try await log.commit(
            Outgoing([number], .testFacts), consumed: [:], as: owner, .recorded)
        }
      }
      try expect(try await log.numbers(.testFacts).sorted(), Array(0..<50), "facts")
    },
    ContractCase("a log may be trimmed while it is read") { subject in
      let log = try await subject.log()
      let events = Partition(.testEvents)
      for number in 0..<50 { try await log.append([number]) }
      let trimming = Task {
        for offset in Int64(1)...40 { try await log.trim(events, before: offset) }
      }
      for offset in Int64(0)..<50 {
        do {
          let batch = try await log.read(events, from: offset)
          try expect(
            try batch.records.numbers(), Array(Int(offset)..<50), "numbers from \(offset)")
        } catch LogError.trimmed(let first) {
          try expect(first > offset, "found \(offset) trimmed, though the first is \(first)")
        }
      }
      try await trimming.value
      try expect(try await log.numbers(), Array(40..<50), "numbers")
    },
  ]

  /// Runs `body` so many times at once; what it told, in the order of the numbers.
  private static func together(
    _ count: Int, _ body: @escaping @Sendable (Int) async throws -> [Appended]
  ) async throws -> [Appended] {
    try await withThrowingTaskGroup(of: (Int, [Appended]).self) { tasks in
      for number in 0..<count {
        tasks.addTask { (number, try await body(number)) }
      }
      var all: [(Int, [Appended])] = []
      for try await one in tasks { all.append(one) }
      return all.sorted { $0.0 < $1.0 }.flatMap(\.1)
    }
  }

  /// Reads on until `count` records were read.
  private static func follow(
    _ log: any EventLog, to end: End, count: Int
  ) async throws -> [Int] {
    let events = Partition(.testEvents)
    var positions = [events: Int64(0)]
    var numbers: [Int] = []
    while numbers.count < count {
      let batch = try await log.read(
        from: positions, to: end, bytesMax: 200, wait: .seconds(60))
      if batch.records.isEmpty {
        throw ContractBreach(description: "expected records, waited for them in vain")
      }
      numbers += try batch.records.numbers()
      positions = batch.positions
    }
    return numbers
  }
}
