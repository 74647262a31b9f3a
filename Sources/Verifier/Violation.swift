public import Streams

/// Something that must never be: an invariant, where it was broken, and what was found.
public struct Violation: Sendable, Hashable, CustomStringConvertible {
  /// The invariants, as operators and tests name them.
  public enum Invariant: String, Sendable, CaseIterable {
    /// An acknowledged event stands in the log, once.
    case acknowledged = "I1"
    /// Nothing in the log changes or vanishes; ids are names of positions, none is given twice.
    case prefix = "I2"
    /// Decisions are what the rules in force make of the trigger instances: none missing, none
    /// besides, none twice.
    case decisions = "I3"
    /// An execution ends at most once, begins before it acts, and acts once.
    case executions = "I4"
    /// Order is kept in a lane.
    case order = "I5"
    /// The view is the fold of the log.
    case view = "I6"
    /// Whatever was taken in is worked off.
    case liveness = "I9"
    /// A timer wakes once.
    case timers = "I10"
    /// A replay gives the same state.
    case replay = "replay"
  }

  public let invariant: Invariant
  /// An id or a position.
  public let place: String
  public let found: String

  public init(_ invariant: Invariant, at place: String, _ found: String) {
    self.invariant = invariant
    self.place = place
    self.found = found
  }

  public var description: String { "\(invariant.rawValue) at \(place): \(found)" }
}

/// What one commit or append wrote, in the log's order, and how far it says that inputs were taken.
public struct Written: Sendable {
  public let records: [Record]
  /// Empty where the log does not tell.
  public let consumed: Positions

  public init(records: [Record], consumed: Positions = [:]) {
    self.records = records
    self.consumed = consumed
  }
}
