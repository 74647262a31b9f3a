import Streams
import Threads

extension EventLogContract {
  /// Facts and positions in one.
  static let commits = [
    ContractCase("facts and positions are committed at once") { subject in
      let log = try await subject.log()
      try await log.append(0..<3)
      try await log.withOwner { owner in
        let events = Partition(.testEvents)
        let told = try await log.commit(
          Outgoing([10, 11], .testFacts), consumed: [events: 2], as: owner, .synced)
        try expect(told.map(\.position.index), [0, 1], "indexes told")
        try expect(try await log.committed("g", partition: 0), [events: 2], "positions")
        try expect(try await log.numbers(.testFacts), [10, 11], "facts")
      }
    },
    ContractCase("positions are committed without facts") { subject in
      let log = try await subject.log()
      try await log.withOwner { owner in
        let events = Partition(.testEvents)
        try await log.commit(Outgoing(), consumed: [events: 7], as: owner, .recorded)
        try expect(try await log.committed("g", partition: 0), [events: 7], "positions")
      }
    },
    ContractCase("a commit moves the positions it names and leaves the others") { subject in
      let log = try await subject.log()
      let (events, letters) = (Partition(.testEvents), Partition(.letters))
      try await log.withOwner { owner in
        try await log.commit(
          Outgoing(), consumed: [events: 5, letters: 1], as: owner, .recorded)
        try await log.commit(Outgoing([1], .testFacts), consumed: [events: 6], as: owner, .synced)
        try expect(
          try await log.committed("g", partition: 0), [events: 6, letters: 1], "positions")
      }
    },
    ContractCase("a commit of neither facts nor positions changes nothing") { subject in
      let log = try await subject.log()
      try await log.withOwner { owner in
        try await log.commit(Outgoing(), consumed: [:], as: owner, .synced)
        try expect(try await log.committed("g", partition: 0), [:], "positions")
      }
    },
    ContractCase("a group that never committed has no positions") { subject in
      let log = try await subject.log()
      try expect(try await log.committed("nobody", partition: 0), [:], "positions")
    },
    ContractCase("groups stand where they stand without regard to each other") { subject in
      let log = try await subject.log()
      let events = Partition(.testEvents)
      try await log.withOwner(of: "one") { owner in
        try await log.commit(Outgoing(), consumed: [events: 1], as: owner, .recorded)
      }
      try await log.withOwner(of: "other") { owner in
        try await log.commit(Outgoing(), consumed: [events: 2], as: owner, .recorded)
      }
      try expect(try await log.committed("one", partition: 0), [events: 1], "one")
      try expect(try await log.committed("other", partition: 0), [events: 2], "other")
    },
    ContractCase("each partition of a group has an owner and positions of its own") { subject in
      let log = try await subject.log()
      let count = subject.features.partitionCount
      let served = Locked<[Int]>([])
      try await log.serve(as: "g") { owner in
        served.withLock { $0.append(owner.partition) }
        try await log.commit(
          Outgoing(), consumed: [Partition(.testEvents, owner.partition): Int64(owner.partition)],
          as: owner, .recorded)
      }
      try expect(served.withLock { $0 }.sorted(), Array(0..<count), "partitions served")
      for partition in 0..<count {
        try expect(
          try await log.committed("g", partition: partition),
          [Partition(.testEvents, partition): Int64(partition)], "partition \(partition)")
      }
    },
    ContractCase("a commit that fails leaves neither facts nor positions") { subject in
      let log = try await subject.log()
      let events = Partition(.testEvents)
      try await log.withOwner { owner in
        try await log.commit(Outgoing([1], .testFacts), consumed: [events: 1], as: owner, .synced)
        var outgoing = Outgoing([2, 3], .testFacts)
        outgoing.add(
          .letters, Lane(0), value: [UInt8](repeating: 0x20, count: Limits.valueBytesMax + 1))
        outgoing.add(4, .testFacts)
        try await expectError(.tooLarge(max: Limits.valueBytesMax), "a commit of too much") {
          try await log.commit(outgoing, consumed: [events: 9], as: owner, .synced)
        }
        try expect(try await log.numbers(.testFacts), [1], "facts")
        try expect(try await log.bounds(Partition(.letters)).end, 0, "end of letters")
        try expect(try await log.committed("g", partition: 0), [events: 1], "positions")
        try await log.commit(Outgoing([5], .testFacts), consumed: [events: 2], as: owner, .synced)
        try expect(try await log.numbers(.testFacts), [1, 5], "facts of a later commit")
      }
    },
    ContractCase("an error of the body comes out of serve") { subject in
      let log = try await subject.log()
      try await expectError(.unavailable("the body's own"), "serve") {
        try await log.serve(as: "g") { _ in throw LogError.unavailable("the body's own") }
      }
    },
  ]

  /// Of one group and partition there is one owner.
  static let fencing = [
    ContractCase("a second owner fences the first") { subject in
      let log = try await subject.log()
      let events = Partition(.testEvents)
      try await log.withOwner { first in
        try await log.commit(Outgoing([1], .testFacts), consumed: [events: 1], as: first, .synced)
        try await log.withOwner { second in
          try expect(second.epoch > first.epoch, "expected \(second) to be later than \(first)")
          try await expectError(.fenced, "a commit of the first owner") {
            try await log.commit(
              Outgoing([2], .testFacts), consumed: [events: 2], as: first, .synced)
          }
          try await log.commit(
            Outgoing([3], .testFacts), consumed: [events: 3], as: second, .synced)
        }
        try await expectError(.fenced, "a later commit of the first owner") {
          try await log.commit(Outgoing(), consumed: [events: 9], as: first, .recorded)
        }
      }
      try expect(try await log.numbers(.testFacts), [1, 3], "facts")
      try expect(try await log.committed("g", partition: 0), [events: 3], "positions")
    },
    ContractCase("owners of different groups do not fence each other") { subject in
      let log = try await subject.log()
      try await log.withOwner(of: "one") { one in
        try await log.withOwner(of: "other") { other in
          try await log.commit(Outgoing([1], .testFacts), consumed: [:], as: one, .recorded)
          try await log.commit(Outgoing([2], .testFacts), consumed: [:], as: other, .recorded)
        }
      }
      try expect(try await log.numbers(.testFacts), [1, 2], "facts")
    },
    ContractCase("who was never an owner is fenced") { subject in
      let log = try await subject.log()
      let forged = Owner(group: "g", partition: 0, epoch: 1)
      try await expectError(.fenced, "a commit") {
        try await log.commit(Outgoing([1], .testFacts), consumed: [:], as: forged, .recorded)
      }
      try expect(try await log.numbers(.testFacts), [], "facts")
    },
    ContractCase("what is appended needs no owner") { subject in
      let log = try await subject.log()
      try await log.withOwner { first in
        try await log.withOwner { _ in try await log.append([1]) }
        _ = first
      }
      try expect(try await log.numbers(), [1], "numbers")
    },
    ContractCase("an owner of before is fenced after opening again") { subject in
      var log = try await subject.log()
      let old = Locked<[Owner]>([])
      for _ in 0..<2 {
        try await log.withOwner { [log] owner in
          old.withLock { $0.append(owner) }
          try await log.commit(Outgoing([1], .testFacts), consumed: [:], as: owner, .synced)
        }
      }
      log = try await subject.reopen()
      try await log.withOwner { [log] owner in
        for old in old.withLock({ $0 }) {
          try expect(owner.epoch > old.epoch, "expected \(owner) to be later than \(old)")
          try await expectError(.fenced, "a commit of an owner of before") {
            try await log.commit(Outgoing([2], .testFacts), consumed: [:], as: old, .recorded)
          }
        }
        try await log.commit(Outgoing([3], .testFacts), consumed: [:], as: owner, .recorded)
      }
      try expect(try await log.numbers(.testFacts), [1, 1, 3], "facts")
    },
    ContractCase("a new owner finds all that the old one ever will have committed") { subject in
      let log = try await subject.log()
      let events = Partition(.testEvents)
      for _ in 0..<20 {
        let start = try await log.committed("g", partition: 0)[events] ?? 0
        let committing = Task {
          try await log.withOwner { owner in
            for _ in 0..<1_000 {
              let at = try await log.committed("g", partition: 0)[events] ?? 0
              try await log.commit(
                Outgoing([Int(at)], .testFacts), consumed: [events: at + 1], as: owner, .recorded)
            }
          }
        }
        while try await log.committed("g", partition: 0)[events] ?? 0 < start + 3 {
          await Task.yield()
        }
        try await log.withOwner { owner in
          let at = try await log.committed("g", partition: 0)[events] ?? 0
          try await log.commit(
            Outgoing([Int(at)], .testFacts), consumed: [events: at + 1], as: owner, .recorded)
        }
        _ = await committing.result
        let facts = try await log.numbers(.testFacts)
        try expect(facts, Array(0..<facts.count), "facts, each decided once")
      }
    },
  ]
}
