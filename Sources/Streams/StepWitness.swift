/// Sees which record a step is at when the process traps: a trap in `decide` cannot be caught, but
/// what outlives the process can tell the next start where it was.
public protocol StepWitness: Sendable {
  /// Called before a step; what it notes must outlive the process.
  func enter(_ position: Position)
  func leave()
  /// The records at which a process trapped, and how often.
  var suspects: [Position: Int] { get }
  /// Called when a suspect was decided or dead-lettered.
  func clear(_ position: Position)
}

/// For a process whose traps nobody survives to note, such as a test.
public struct NoWitness: StepWitness {
  public init() {}
  public func enter(_ position: Position) {}
  public func leave() {}
  public var suspects: [Position: Int] { [:] }
  public func clear(_ position: Position) {}
}
