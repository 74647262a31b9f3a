import Automation
import Calendar
import JSON
import Streams
import Verifier

/// What runners did, held against what the log says they were to do.
enum Effects {
  static func violations(_ ledger: EffectLedger, _ history: [Written]) -> [Violation] {
    var begun: [String: Int] = [:]
    var finished: Set<String> = []
    for written in history {
      for record in written.records where record.position.partition.topic == .results {
        guard let event = try? record.event(),
          let id = event["data"]?["execution"]?.stringValue
        else { continue }
        switch event["type"]?.stringValue {
        case "petrel.WorkStarted": begun[id, default: 0] += 1
        case "petrel.WorkFinished": finished.insert(id)
        default: continue
        }
      }
    }
    var violations = ledger.early.sorted().map {
      Violation(.executions, at: $0, "it acted before its start was durable")
    }
    violations += ledger.reported.subtracting(finished).sorted().map {
      Violation(.executions, at: $0, "its worker has said how it ended, and nobody knows")
    }
    for (id, count) in ledger.counts.sorted(by: { $0.key < $1.key }) where count > begun[id] ?? 0 {
      // A start that a loss of power took with it had no effect that lasts: its runner is pure.
      if ledger.pure.contains(id) { continue }
      violations.append(
        Violation(.executions, at: id, "it acted \(count) times, begun \(begun[id] ?? 0) times"))
    }
    return violations
  }
}

/// Letters arrive once, and timers wake once and not too early.
enum Asking {
  static func violations(_ history: [Written]) -> [Violation] {
    var seen: [String: [String: Int]] = [:]
    var until: [String: Instant] = [:]
    var violations: [Violation] = []
    for written in history {
      for record in written.records where record.position.partition.topic == AskingProcessor.output
      {
        guard let event = try? record.event(), let type = event["type"]?.stringValue,
          let token = event["data"]?["token"]?.stringValue
        else { continue }
        seen[token, default: [:]][type, default: 0] += 1
        if type == "sim.Waiting" {
          until[token] = event["data"]?["until"]?.stringValue.flatMap { Instant(iso8601: $0) }
        }
        if type == "sim.Woken", let due = until[token], record.time < due {
          violations.append(Violation(.timers, at: token, "woken before its time"))
        }
      }
    }
    for (token, counts) in seen.sorted(by: { $0.key < $1.key }) {
      let asked = [counts["sim.Asked"], counts["sim.Heard"], counts["sim.Answered"]]
      if asked != [nil, nil, nil], asked != [1, 1, 1] {
        violations.append(
          Violation(.executions, at: token, "asked, heard, answered \(asked.map { $0 ?? 0 }) times")
        )
      }
      if counts["sim.Waiting"] != counts["sim.Woken"] || counts["sim.Waiting"] ?? 1 != 1 {
        violations.append(
          Violation(
            .timers, at: token,
            "set \(counts["sim.Waiting"] ?? 0) times, woken \(counts["sim.Woken"] ?? 0) times"))
      }
    }
    return violations
  }
}

/// The state is the fold of what was recorded, from wherever one begins.
struct Replay {
  private let simulation: Simulation
  private var records: [Partition: [Record]] = [:]

  init(_ simulation: Simulation) {
    self.simulation = simulation
    for written in simulation.store.history {
      for record in written.records {
        records[record.position.partition, default: []].append(record)
      }
    }
  }

  func violations() async throws -> [Violation] {
    var violations: [Violation] = []
    for (partition, live) in simulation.processes.flatMap({ Array($0.savedStates) }) {
      let fold = try await state(partition, upTo: [:], withCheckpoints: false)
      if fold != live { violations.append(Self.differs("the live state", partition, live, fold)) }
    }
    for partition in 0..<simulation.partitionCount {
      violations += try await checkpoints(partition)
    }
    return violations
  }

  /// Each closed checkpoint holds what folding from the start gives up to its positions.
  private func checkpoints(_ partition: Int) async throws -> [Violation] {
    let place = Partition(.checkpoints, partition)
    var closed: [Record] = []
    for record in records[place] ?? [] {
      if try record.event()["type"]?.stringValue == "petrel.CheckpointClosed" {
        closed.append(record)
      }
    }
    var violations: [Violation] = []
    for record in closed.suffix(2) + closed.prefix(1) {
      var ends: Positions = [place: record.position.offset + 1]
      for member in try record.event()["data"]?["positions"]?.members.map({ $0 }) ?? [] {
        guard let topic = Topic.all.first(where: { $0.name == member.key }) else { continue }
        ends[Partition(topic, partition)] = Int64(member.value.intValue ?? 0)
      }
      let saved = try await state(partition, upTo: ends, withCheckpoints: true)
      let folded = try await state(partition, upTo: ends, withCheckpoints: false)
      if saved != folded {
        violations.append(
          Self.differs("the checkpoint at \(record.position)", partition, saved, folded))
      }
    }
    return violations
  }

  private func state(
    _ partition: Int, upTo ends: Positions, withCheckpoints: Bool
  ) async throws -> [[UInt8]]? {
    var records = records
    var ends = ends
    let place = Partition(.checkpoints, partition)
    if !withCheckpoints {
      records[place] = []
      ends[place] = 0
    }
    let log = RecordedLog(records, upTo: ends, partitionCount: simulation.partitionCount)
    let owner = Owner(group: "engine", partition: partition, epoch: 0)
    let session = simulation.pipeline(NoWitness()).session(owner, on: log)
    _ = try await session.turn()
    return session.savedState()
  }

  private static func differs(
    _ what: String, _ partition: Int, _ one: [[UInt8]]?, _ other: [[UInt8]]?
  ) -> Violation {
    func text(_ parts: [[UInt8]]?) -> [String] {
      (parts ?? []).map { String(decoding: $0, as: UTF8.self) }
    }
    let (a, b) = (text(one), text(other))
    let difference = zip(a, b).first { $0 != $1 }.map { "\($0.prefix(300)) / \($1.prefix(300))" }
    return Violation(
      .replay, at: "partition \(partition)",
      "\(what) is not the fold from the start: \(difference ?? "\(a.count) and \(b.count) parts")")
  }
}
