import Streams

extension EventLogContract {
  /// How large a value may be.
  static let sizes = [
    ContractCase("a value of 16 MB is taken and comes back whole") { subject in
      let log = try await subject.log()
      let text = jsonText(bytes: Limits.valueBytesMax)
      _ = try await log.append(Outgoing([text]), .synced)
      try expectSame(try await log.texts(), [text])
      try expectSame(try await subject.reopen().texts(), [text])
    },
    ContractCase("a value of a byte more is refused and leaves nothing") { subject in
      let log = try await subject.log()
      try await log.append([1])
      var outgoing = Outgoing([2])
      outgoing.add(
        .testEvents, Lane(0), value: jsonText(bytes: Limits.valueBytesMax + 1).utf8)
      for durability in [Durability.recorded, .synced] {
        try await expectError(.tooLarge(max: Limits.valueBytesMax), "an append") {
          try await log.append(outgoing, durability)
        }
      }
      try await log.append([3])
      try expect(try await log.numbers(), [1, 3], "numbers")
      try expect(try await log.bounds(Partition(.testEvents)).end, 2, "end")
    },
    ContractCase("an append of more bytes than one may have is refused") { subject in
      let log = try await subject.log()
      var outgoing = Outgoing()
      let text = Array(jsonText(bytes: Limits.valueBytesMax).utf8)
      for _ in 0..<Limits.batchBytesMax / Limits.valueBytesMax {
        outgoing.add(.testEvents, Lane(0), value: text)
      }
      outgoing.add(.letters, Lane(0), value: "{}".utf8)
      try await expectError(.tooLarge(max: Limits.batchBytesMax), "an append") {
        try await log.append(outgoing, .synced)
      }
      try expect(try await log.bounds(Partition(.testEvents)).end, 0, "end")
    },
    ContractCase("many values of every size around a page come back") { subject in
      let log = try await subject.log()
      let texts = stride(from: 2, through: 70_000, by: 1_777).map { jsonText(bytes: $0) }
      _ = try await log.append(Outgoing(texts), .synced)
      try expectSame(try await log.texts(), texts)
      try expectSame(try await subject.reopen().texts(), texts)
    },
  ]

  /// Values that are too large for one record.
  static let chunks = [
    ContractCase("a value of the record limit is one record") { subject in
      let log = try await subject.log()
      let text = jsonText(bytes: Limits.recordBytesMax)
      let told = try await log.append(Outgoing([text]), .synced)
      try expect(told[0].position.offset, 0, "offset")
      try expect(try await log.bounds(Partition(.testEvents)).end, 1, "end")
      try expectSame(try await log.texts(), [text])
    },
    ContractCase("a value of a byte more stands at the offset of its last chunk") { subject in
      let log = try await subject.log()
      let text = jsonText(bytes: Limits.recordBytesMax + 1)
      let told = try await log.append(Outgoing([text]), .synced)
      let end = try await log.bounds(Partition(.testEvents)).end
      try expect(end > 1, "expected more than one record, found \(end)")
      try expect(told[0].position.offset, end - 1, "offset")
      for log in [log, try await subject.reopen()] {
        let records = try await log.records(.testEvents)
        try expect(records.map(\.position), [told[0].position], "positions")
        try expectSame(records.map(\.text), [text])
      }
    },
    ContractCase("characters of several bytes are not cut") { subject in
      let log = try await subject.log()
      let texts = ["ä", "€", "𝄞"].map { character in
        (0..<4).map { shift in
          #"{"\#(String(repeating: "x", count: shift))":""#
            + String(repeating: character, count: 1_000_000 / character.utf8.count) + "\"}"
        }
      }.flatMap { $0 }
      _ = try await log.append(Outgoing(texts), .synced)
      try expectSame(try await log.texts(), texts)
      try expectSame(try await subject.reopen().texts(), texts)
    },
    ContractCase("characters that are escaped come back") { subject in
      let log = try await subject.log()
      let texts = [#"\""#, #"\\"#, "\n", "\t\r", "\u{1}", "\u{7f}", "/", "\u{2028}"].map {
        "{\"t\":\"" + String(repeating: $0, count: 1_000_000 / $0.utf8.count) + "\"}"
      }
      _ = try await log.append(Outgoing(texts), .synced)
      try expectSame(try await log.texts(), texts)
      try expectSame(try await subject.reopen().texts(), texts)
    },
    ContractCase("values in chunks keep their place among the others") { subject in
      let log = try await subject.log()
      let large = jsonText(bytes: 2_000_000)
      for topic in [Topic.testEvents, .testFacts] {
        let texts = [#"{"n":1}"#, large, #"{"n":2}"#, #"{"n":3}"#, large, large, #"{"n":4}"#]
        let told = try await log.append(Outgoing(texts, topic), .synced)
        try expect(told.map(\.position).sorted(), told.map(\.position), "positions in order")
        try expectSame(try await log.texts(topic), texts)
      }
      for topic in [Topic.testEvents, .testFacts] {
        try expect(try await subject.reopen().texts(topic).count, 7, "count after a start")
      }
    },
    ContractCase("a read from the middle of a value's chunks gives the value") { subject in
      let log = try await subject.log()
      let text = jsonText(bytes: 3_000_000)
      let told = try await log.append(Outgoing([text]), .synced)
      for log in [log, try await subject.reopen()] {
        for offset in 0...told[0].position.offset {
          let batch = try await log.read(Partition(.testEvents), from: offset)
          try expectSame(batch.records.map(\.text), [text])
        }
      }
    },
    ContractCase("a read of few bytes still gives a value in chunks") { subject in
      let log = try await subject.log()
      let text = jsonText(bytes: 3_000_000)
      _ = try await log.append(Outgoing([text, "{}"]), .synced)
      for log in [log, try await subject.reopen()] {
        let batch = try await log.read(Partition(.testEvents), from: 0, bytesMax: 1)
        try expectSame(batch.records.map(\.text), [text])
      }
    },
    ContractCase("a foreign value that looks like a chunk harms nobody") { subject in
      let log = try await subject.log()
      let opening = #"{"specversion":"1.0","type":"petrel.Chunk","#
      let texts = [
        opening + #""data":{"number":1,"count":2,"text":"x"}}"#, opening, "{}",
        opening + #""data":{"number":0,"count":2,"text":"x"}}"#, "{}",
        opening + #""data":{"number":0,"count":3,"text":"x"}}"#,
      ]
      for text in texts { _ = try await log.append(Outgoing([text]), .synced) }
      try expectSame(try await log.texts(), texts)
      try expectSame(try await subject.reopen().texts(), texts)
    },
  ]

  /// Facts of one append in one record.
  static let packing = [
    ContractCase("facts of one append share an offset and are told apart by index") { subject in
      let log = try await subject.log()
      let told = try await log.append(0..<5, .testFacts)
      let place = Partition(.testFacts)
      try expect(
        told.map(\.position), (0..<5).map { Position(place, offset: 0, index: $0) }, "positions")
      try expect(try await log.bounds(place).end, 1, "end")
      try expect(
        try await log.records(.testFacts).map(\.position), told.map(\.position), "as read")
    },
    ContractCase("facts of two appends do not") { subject in
      let log = try await subject.log()
      try await log.append([1], .testFacts)
      let told = try await log.append([2, 3], .testFacts)
      try expect(told.map(\.position.offset), [1, 1], "offsets")
      try expect(try await log.numbers(.testFacts), [1, 2, 3], "numbers")
    },
    ContractCase("facts fill a record to 64 KiB and not a byte more") { subject in
      let log = try await subject.log()
      // Two values with two brackets and a comma.
      let first = jsonText(bytes: 30_000)
      let rest = Limits.packedBytesMax - first.utf8.count - 3
      let fitting = [first, jsonText(bytes: rest)]
      let told = try await log.append(Outgoing(fitting, .testFacts), .synced)
      try expect(told.map(\.position.offset), [0, 0], "offsets at the limit")
      let more = [first, jsonText(bytes: rest + 1)]
      let apart = try await log.append(Outgoing(more, .testFacts), .synced)
      try expect(apart.map(\.position.offset), [1, 2], "offsets one past it")
      try expect(apart.map(\.position.index), [0, 0], "indexes one past it")
      try expectSame(try await log.texts(.testFacts), fitting + more)
      try expectSame(try await subject.reopen().texts(.testFacts), fitting + more)
    },
    ContractCase("a fact larger than a packed record has one of its own") { subject in
      let log = try await subject.log()
      let texts = [
        "{}", jsonText(bytes: 500_000), jsonText(bytes: Limits.recordBytesMax), "{}", "{}",
      ]
      let told = try await log.append(Outgoing(texts, .testFacts), .synced)
      let offsets = told.map(\.position.offset)
      try expect(offsets[0] < offsets[1] && offsets[1] < offsets[2], "found offsets \(offsets)")
      try expect(offsets[3], offsets[4], "offset of the small ones at the end")
      try expectSame(try await log.texts(.testFacts), texts)
      try expectSame(try await subject.reopen().texts(.testFacts), texts)
    },
    ContractCase("facts with brackets, commas and quotes are told apart") { subject in
      let log = try await subject.log()
      let texts = [
        #"{"a":[1,[2,{"b":"],["}]]}"#, #"{"\"":"\\"}"#, #"{"x":"\\\",["}"#, #"{"e":[]}"#, "{}",
        #"{"s":" , ] } "}"#,
      ]
      _ = try await log.append(Outgoing(texts, .testFacts), .synced)
      try expectSame(try await log.texts(.testFacts), texts)
      try expectSame(try await subject.reopen().texts(.testFacts), texts)
    },
    ContractCase("facts of different partitions are packed apart") { subject in
      let log = try await subject.log()
      let count = subject.features.partitionCount
      var outgoing = Outgoing()
      for number in 0..<8 { outgoing.add(number, .testFacts, lane: UInt8(number)) }
      let told = try await log.append(outgoing, .synced)
      try expect(told.map(\.position.offset), Array(repeating: 0, count: 8), "offsets")
      try expect(told.map(\.position.index), (0..<8).map { $0 / count }, "indexes")
    },
    ContractCase("values of a topic that does not pack have an offset each") { subject in
      let log = try await subject.log()
      let told = try await log.append(0..<3)
      try expect(told.map(\.position.offset), [0, 1, 2], "offsets")
      try expect(told.map(\.position.index), [0, 0, 0], "indexes")
    },
  ]

  /// A JSON object of exactly so many bytes, at least 2.
  static func jsonText(bytes: Int) -> String {
    if bytes < 8 { return "{" + String(repeating: " ", count: bytes - 2) + "}" }
    return #"{"t":""# + String(repeating: "t", count: bytes - 8) + "\"}"
  }

  /// Compares long texts without showing them whole.
  static func expectSame(_ found: [String], _ expected: [String]) throws(ContractBreach) {
    try expect(found.map(\.utf8.count), expected.map(\.utf8.count), "lengths of the values")
    for (place, pair) in zip(found, expected).enumerated() where pair.0 != pair.1 {
      throw ContractBreach(
        description: """
          value \(place): expected '\(pair.1.prefix(100))' of \(pair.1.utf8.count) bytes, \
          found '\(pair.0.prefix(100))' with other bytes
          """)
    }
  }
}
