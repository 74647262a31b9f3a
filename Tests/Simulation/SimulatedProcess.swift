import Streams
import Threads

/// A process of a simulation: it dies, and whatever it asks for afterwards is refused.
final class SimulatedProcess: @unchecked Sendable {
  let name: String
  /// Counts the starts of the process.
  let incarnation: Int
  private(set) var isDead = false

  init(_ name: String, incarnation: Int) {
    self.name = name
    self.incarnation = incarnation
  }

  func die() { isDead = true }
}

/// The page that outlives a process of a simulation. `decide` cannot be made to trap here, so the
/// process dies at its next call of the log; the mark is the same.
final class SimulatedPage: StepWitness, @unchecked Sendable {
  private var marks: [Position: Int] = [:]
  /// The records at which `decide` traps.
  private var bombs: Set<Position> = []
  private(set) var hasTrapped = false

  func plant(_ position: Position) { bombs.insert(position) }

  func enter(_ position: Position) {
    guard bombs.contains(position), !hasTrapped else { return }
    hasTrapped = true
    marks[position, default: 0] += 1
  }

  func leave() {}
  func restart() { hasTrapped = false }
  var suspects: [Position: Int] { marks }

  /// What a process would do after its trap does not happen.
  func clear(_ position: Position) { if !hasTrapped { marks[position] = nil } }
}
