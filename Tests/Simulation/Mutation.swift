import JSON
import Streams

/// A defect put into the engine's surroundings on purpose: each must be found, which shows that the
/// simulation can fail.
public enum Mutation: String, Sendable, CaseIterable {
  // The commit.
  case positionsBeforeFacts, factsBeforePositions, failedCommitTakenForDone, fencingIgnored
  case positionTooFar, positionTooShort, ticksDropped, deadLettersDropped
  case letterTwice, letterDropped, executionFactDropped, executionFactTwice, endedTwice
  case decisionDropped, decisionFlipped, triggerDropped, workDropped, workTwice
  // Checkpoints.
  case checkpointTooFar, checkpointTooEarly, checkpointPartDropped
  // What is read.
  case readSkips, readTwice, readSwapped, payloadChanged, workersNotRead, contentNotRead
  case duplicatesNotKnown
  // The edges.
  case acknowledgedUnsynced, startedUnsynced, workerRepeats, resultLost

  func durability(_ wanted: Durability, _ role: SimulatedLog.Role) -> Durability {
    switch (self, role) {
    case (.acknowledgedUnsynced, .client), (.startedUnsynced, .worker): .recorded
    default: wanted
    }
  }

  func losesAppend(_ role: SimulatedLog.Role, _ world: FaultSource) -> Bool {
    self == .resultLost && role == .worker && world.oneIn(3)
  }

  func committed(
    _ positions: Positions, _ role: SimulatedLog.Role, _ world: FaultSource
  ) -> Positions {
    guard self == .workerRepeats, role == .worker else { return positions }
    return positions.mapValues { max(0, $0 - 1) }
  }

  func positions(
    _ consumed: Positions, _ role: SimulatedLog.Role, _ world: FaultSource
  ) -> Positions {
    guard role == .engine, world.oneIn(4) else { return consumed }
    switch self {
    case .positionTooFar: return consumed.mapValues { $0 + 1 }
    case .positionTooShort: return consumed.mapValues { max(0, $0 - 1) }
    default: return consumed
    }
  }

  // MARK: - What is written

  func facts(_ facts: Outgoing, _ role: SimulatedLog.Role, _ world: FaultSource) -> Outgoing {
    guard role == .engine else { return facts }
    switch self {
    case .ticksDropped: return facts.without("ticks") { _ in true }
    case .deadLettersDropped: return facts.without("dead-letters") { _ in true }
    case .letterDropped: return facts.without("letters") { _ in world.oneIn(2) }
    case .letterTwice: return facts.doubling("letters") { _ in true }
    case .executionFactDropped: return facts.without("executions") { _ in world.oneIn(6) }
    case .executionFactTwice: return facts.doubling("executions") { _ in world.oneIn(4) }
    case .endedTwice: return facts.doubling("executions") { $0.contains("ExecutionEnded") }
    case .decisionDropped: return facts.without("decisions") { $0.contains("\"fired\"") }
    case .triggerDropped: return facts.without("triggers") { _ in world.oneIn(4) }
    case .workDropped: return facts.without("work") { _ in world.oneIn(3) }
    case .workTwice: return facts.doubling("work") { _ in world.oneIn(3) }
    case .checkpointPartDropped: return facts.without("checkpoints") { $0.contains("StateSaved") }
    case .decisionFlipped:
      return facts.mapping("decisions") {
        $0.replacing("\"outcome\":\"no_match\"", with: "\"outcome\":\"fired\"")
      }
    case .checkpointTooFar: return facts.movingCheckpoints(by: 1)
    case .checkpointTooEarly: return facts.movingCheckpoints(by: -1)
    default: return facts
    }
  }

  // MARK: - What is read

  func batch(
    _ batch: Batch, from positions: Positions, _ role: SimulatedLog.Role, _ world: FaultSource
  ) -> Batch {
    guard role == .engine, let first = batch.records.first else { return batch }
    let topic = first.position.partition.topic.name
    var batch = batch
    switch self {
    case .workersNotRead:
      batch.records.removeAll { $0.position.partition.topic.name == "workers" }
    case .contentNotRead where topic == "content" && world.oneIn(2):
      return Batch(records: [], positions: positions)
    case .readSkips where batch.records.count > 1 && isInput(topic) && world.oneIn(6):
      batch.records.remove(at: batch.records.count / 2)
    case .readTwice where isInput(topic) && world.oneIn(6):
      batch.records.insert(first, at: 0)
    case .readSwapped where batch.records.count > 1 && isInput(topic) && world.oneIn(3):
      batch.records.swapAt(0, 1)
    case .payloadChanged where topic == "events":
      batch.records = batch.records.replacing("\"value\":1", with: "\"value\":2")
    case .duplicatesNotKnown where topic == "events":
      batch.records = batch.records.replacing("\"sender_id\"", with: "\"no_id\"")
    default: break
    }
    return batch
  }

  private func isInput(_ topic: String) -> Bool {
    ["events", "commands", "results", "letters"].contains(topic)
  }
}

extension [Record] {
  fileprivate func replacing(_ text: String, with other: String) -> [Record] {
    map { record in
      let changed = String(decoding: record.value, as: UTF8.self).replacing(text, with: other)
      return Record(
        position: record.position, time: record.time, value: Array<UInt8>(changed.utf8)[...])
    }
  }
}

extension Outgoing {
  /// Every value of one topic replaced by some; the others as they are.
  private func rewriting(_ topic: String, _ change: (String) -> [String]) -> Outgoing {
    var result = Outgoing()
    for part in parts {
      for place in part.ends.indices {
        let bytes = part.bytes[part.value(place)]
        guard part.topic.name == topic else {
          result.add(part.topic, part.lanes[place], value: bytes)
          continue
        }
        for text in change(String(decoding: bytes, as: UTF8.self)) {
          result.add(part.topic, part.lanes[place], value: Array(text.utf8))
        }
      }
    }
    return result
  }

  func without(_ topic: String, _ isDropped: (String) -> Bool) -> Outgoing {
    rewriting(topic) { isDropped($0) ? [] : [$0] }
  }

  func doubling(_ topic: String, _ isDoubled: (String) -> Bool) -> Outgoing {
    rewriting(topic) { isDoubled($0) ? [$0, $0] : [$0] }
  }

  func mapping(_ topic: String, _ change: (String) -> String) -> Outgoing {
    rewriting(topic) { [change($0)] }
  }

  /// Closes checkpoints with other positions than the state reaches.
  func movingCheckpoints(by offset: Int) -> Outgoing {
    mapping("checkpoints") { text in
      guard text.contains("petrel.CheckpointClosed"),
        case .object(var event)? = try? JSONValue(parsing: text),
        case .object(var data)? = event["data"], case .object(let positions)? = data["positions"]
      else { return text }
      data["positions"] = .object(
        JSONObject(
          positions.map { ($0.key, .int(max(0, ($0.value.intValue ?? 0) + offset))) }))
      event["data"] = .object(data)
      return JSONValue.object(event).text()
    }
  }
}
